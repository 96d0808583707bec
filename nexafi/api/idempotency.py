"""`Idempotency-Key` on a view's method.

    class PaymentsView(ApiView):
        @idempotent
        def post(self, request): ...

The method runs in a transaction that also holds its answer: both are committed or neither.
"""

import functools
import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from nexafi.api.problems import MEDIA_TYPE, domain_problem
from nexafi.api.renderers import to_bytes
from nexafi.core.context import current_actor
from nexafi.core.errors import BusinessRule, InvalidInput
from nexafi.outbox.services import idempotency
from nexafi.outbox.services.idempotency import Answer, Claim

Method = Callable[..., Response]


class InvalidKey(InvalidInput):
    code, title = "invalid_idempotency_key", "Invalid Idempotency-Key"


class KeyRequired(InvalidInput):
    code, title = "idempotency_key_required", "Idempotency-Key required"


def idempotent(method: Method | None = None, *, required: bool = True) -> Any:
    """Honour `Idempotency-Key`; callers with an API key must send one unless `required` is False."""
    if method is None:
        return functools.partial(idempotent, required=required)

    @functools.wraps(method)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse | Response:
        key = _key(request, required=required)
        if key is None:
            with transaction.atomic():
                return method(view, request, *args, **kwargs)
        actor = current_actor()
        held = idempotency.claim(caller=f"{actor.kind}:{actor.id}", key=key, fingerprint=_fingerprint(request))
        if isinstance(held, Answer):
            return _replay(held)
        return _first_answer(held, request, lambda: method(view, request, *args, **kwargs))

    run.idempotent = True  # type: ignore[attr-defined]
    return run


def _key(request: Request, *, required: bool) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        if required and current_actor().kind == "api_key":
            raise KeyRequired("Calls made with an API key carry an Idempotency-Key here.")
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise InvalidKey("An Idempotency-Key is 1 to 255 printable ASCII characters.")
    return str(key)


def _fingerprint(request: Request) -> str:
    """SHA-256 of method, full path and body, each on its own line."""
    digest = hashlib.sha256(f"{request.method}\n{request.get_full_path()}\n".encode())
    digest.update(request._request.body)
    return digest.hexdigest()


def _first_answer(held: Claim, request: Request, work: Callable[[], Response]) -> HttpResponse:
    try:
        with transaction.atomic():
            response = work()
            answer = Answer(response.status_code, to_bytes(response.data))
            idempotency.complete(held, answer)
    except BusinessRule as refusal:
        return _stored_refusal(held, refusal, request)
    except Exception:
        with suppress(DatabaseError):  # then the lease runs out instead
            idempotency.release(held)
        raise
    return _http(answer, dict(response.items()))


def _stored_refusal(held: Claim, refusal: BusinessRule, request: Request) -> HttpResponse:
    """A rule said no: that is an answer too, and stays the answer to this key."""
    answer = Answer(refusal.status, to_bytes(domain_problem(refusal, request.path)))
    idempotency.complete(held, answer)
    return _http(answer)


def _replay(answer: Answer) -> HttpResponse:
    return _http(answer, {"Idempotent-Replayed": "true"})


def _http(answer: Answer, headers: dict[str, str] | None = None) -> HttpResponse:
    content_type = MEDIA_TYPE if answer.status >= 400 else "application/json"
    headers = {name: value for name, value in (headers or {}).items() if name != "Content-Type"}
    return HttpResponse(answer.body, status=answer.status, content_type=content_type, headers=headers)
