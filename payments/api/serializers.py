"""What the payment resources take."""

from nexafi.api.serializers import (
    AmountField,
    CharField,
    ChoiceField,
    CurrencyField,
    DateTimeField,
    ListFilters,
    StrictSerializer,
    UUIDField,
)
from payments.constants import PaymentStatus, TransferStatus, WalletStatus


class NewWallet(StrictSerializer):
    currency = CurrencyField()
    organization_id = UUIDField(required=False)


class NewPayment(StrictSerializer):
    source_wallet_id = UUIDField()
    destination_wallet_id = UUIDField()
    amount = AmountField()
    currency = CurrencyField()
    description = CharField(required=False, allow_blank=True, max_length=200, default="")


class NewRefund(StrictSerializer):
    """Without an amount, all that is left is refunded. The amount is in the payment's currency."""

    amount = AmountField(required=False, currency_field=None)
    reason = CharField(required=False, allow_blank=True, max_length=200, default="")


class NewTransfer(StrictSerializer):
    """The amount is in the wallet's currency; naming it guards against a mistake."""

    amount = AmountField(currency_field=None)
    currency = CurrencyField(required=False)


class WalletFilters(ListFilters):
    currency = CurrencyField()
    status = ChoiceField(choices=WalletStatus.choices)
    organization_id = UUIDField(source="customer_id")


class TransactionFilters(ListFilters):
    orderings = ("-effective_date", "effective_date")

    kind = CharField(max_length=40, source="entry__kind")
    created_after = DateTimeField(source="recorded_at__gte")
    created_before = DateTimeField(source="recorded_at__lt")


class PaymentFilters(ListFilters):
    status = ChoiceField(choices=PaymentStatus.choices)
    currency = CurrencyField()
    source_wallet_id = UUIDField(source="source_id")
    destination_wallet_id = UUIDField(source="destination_id")
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")


class TransferFilters(ListFilters):
    status = ChoiceField(choices=TransferStatus.choices)
    created_after = DateTimeField(source="created_at__gte")
    created_before = DateTimeField(source="created_at__lt")
