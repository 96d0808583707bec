"""Views of a urlconf that only the tests of the API kernel use."""

from typing import Any

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
from nexafi.core.errors import BusinessRule
from nexafi.outbox.models import IdempotencyKey, OutboxEvent
from nexafi.outbox.services.publish import publish


class LineInput(StrictSerializer):
    account_id = UUIDField()
    amount = AmountField()
    currency = CurrencyField()


class TransferInput(StrictSerializer):
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
        event = publish("tests.transfer", {"amount": data["amount"].amount})
        if data["kind"] == "refused":
            raise BusinessRule("Not today.", code="insufficient_funds")
        if data["kind"] == "crash":
            raise RuntimeError
        if data["kind"] == "loses_lease":
            IdempotencyKey.objects.update(lease=None)
        return Response({"id": event.id, "amount": data["amount"].amount}, status=201)


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


urlpatterns = [
    path("api/v1/test-transfers", TransfersView.as_view()),
    path("api/v1/test-sign-in", SignInView.as_view()),
    path("api/v1/test-money", MoneyView.as_view()),
    path("", include(urls)),
]
