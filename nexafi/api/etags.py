"""Optimistic concurrency on single resources: `ETag` out, `If-Match` in."""

import hashlib
from typing import Any

from rest_framework.request import Request

from nexafi.core.errors import DomainError


class PreconditionFailed(DomainError):
    """The resource changed since the client read it."""

    code, status, title = "precondition_failed", 412, "The resource has changed"


def etag(*values: Any) -> str:
    """A strong validator of the values that a client may edit."""
    digest = hashlib.sha256(repr(values).encode()).hexdigest()
    return f'"{digest[:32]}"'


def check_match(request: Request, tag: str) -> None:
    """Raises PreconditionFailed when `If-Match` names other versions than this one; without the header, passes."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if tag not in {item.strip() for item in wanted.split(",")}:
        raise PreconditionFailed("Read the resource again and repeat the change.")
