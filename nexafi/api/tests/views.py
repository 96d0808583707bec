"""Views of a urlconf that only the tests of the API kernel use."""

from typing import Any

from django.db import OperationalError
from django.http import JsonResponse
from django.urls import include, path
from rest_framework.response import Response

from nexafi import urls
from nexafi.api.idempotency import idempotent
from nexafi.api.permissions import PUBLIC
from nexafi.api.serializers import (
    AmountField,
    CharField,
    ChoiceField,
    CurrencyField,
    DateTimeField,
    EmailField,
    ListField,
    ListFilters,
    MetadataField,
    StrictSerializer,
    UUIDField,
)
from nexafi.api.views import ApiView
from nexafi.core.context import current_actor
from nexafi.core.errors import BusinessRule
from nexafi.outbox.models import IdempotencyKey, OutboxEvent
from nexafi.outbox.services.publish import publish
from nexafi.urls import handler400, handler403, handler404, handler500  # noqa: F401  part of a urlconf


class LineInput(StrictSerializer):
    account_id = UUIDField()
    amount = AmountField()
    currency = CurrencyField()


class TransferInput(StrictSerializer):
    source_wallet_id = UUIDField(required=False)
    destination_wallet_id = UUIDField(required=False)
    amount = AmountField()
    currency = CurrencyField()
    description = CharField(required=False, allow_blank=True)
    kind = ChoiceField(choices=["normal", "refused", "crash", "loses_lease"], default="normal")
    metadata = MetadataField(required=False)
    lines = ListField(child=LineInput(), required=False, max_length=100)


class TransfersView(ApiView):
    access = {"GET": PUBLIC, "POST": PUBLIC}

    def get(self, request: Any) -> Response:
        return self.list(OutboxEvent.objects.all(), EventFilters, lambda event: {"id": event.id, "name": event.name})

    @idempotent
    def post(self, request: Any) -> Response:
        data = self.body(TransferInput)
        event_id = publish("tests.transfer", {"amount": data["amount"].amount})
        if data["kind"] == "refused":
            raise BusinessRule("Not today.", code="insufficient_funds")
        if data["kind"] == "crash":
            raise RuntimeError
        if data["kind"] == "loses_lease":
            IdempotencyKey.objects.update(lease=None)
        return Response({"id": event_id, "amount": data["amount"].amount}, status=201)


class EventFilters(ListFilters):
    orderings = ("-created_at", "created_at", "name", "-name", "id")
    name = CharField()
    created_after = DateTimeField(source="created_at__gte")


class SignInInput(StrictSerializer):
    email = EmailField()


class SignInView(ApiView):
    """Stands for every view whose limit names an account."""

    access = {"POST": PUBLIC}
    throttle_scope = "sign_in"

    def post(self, request: Any) -> Response:
        return Response(self.body(SignInInput))


class MoneyView(SignInView):
    throttle_scope = "money"


class CrashView(ApiView):
    access = {"GET": PUBLIC, "PUT": "payments.pay"}

    def get(self, request: Any) -> Response:
        raise ZeroDivisionError("secret-detail")

    def put(self, request: Any) -> Response:
        return Response(None, status=204)


class DatabaseDownView(ApiView):
    access = {"GET": PUBLIC}

    def get(self, request: Any) -> Response:
        raise OperationalError("connection to secret-host failed")


def whoami(request: Any) -> JsonResponse:
    """What services would see of the caller."""
    actor = current_actor()
    return JsonResponse({"kind": actor.kind, "request_id": actor.request_id, "client_ip": actor.client_ip})


urlpatterns = [
    path("api/v1/test-crash", CrashView.as_view()),
    path("api/v1/test-down", DatabaseDownView.as_view()),
    path("api/v1/test-whoami", whoami),
    path("test-page", whoami),
    path("api/v1/test-transfers", TransfersView.as_view()),
    path("api/v1/test-sign-in", SignInView.as_view()),
    path("api/v1/test-money", MoneyView.as_view()),
    path("", include(urls)),
]
