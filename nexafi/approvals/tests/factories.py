"""Requests to decide, and people to decide them."""

from itertools import count
from typing import Any

from accounts.models import RoleGrant, User
from nexafi.approvals.models import Approval
from nexafi.approvals.registry import approval_kind
from nexafi.approvals.services import request_approval

done: list[dict[str, Any]] = []  # what the test kind executed
_numbers = count()


@approval_kind("tests.act", permission_request="approvals.view")
def act(payload: dict[str, Any]) -> None:
    if payload.get("fails"):
        raise RuntimeError("the act fails")
    done.append(payload)


def make_person(*roles: str) -> User:
    user = User.objects.create_user(f"person{next(_numbers)}@approvals.test", "irrelevant")
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


def make_request(maker: User | None = None, **payload: Any) -> Approval:
    return request_approval(
        kind="tests.act", payload=payload or {"n": 1}, maker=maker or make_person("admin"), reason="needed"
    )
