"""Refusals of payments, with the codes that the API promises."""

from nexafi.core.errors import BusinessRule, Conflict, Forbidden, InvalidInput, NotFound


class WalletNotFound(NotFound):
    title = "No such wallet"


class PaymentNotFound(NotFound):
    title = "No such payment"


class WalletExists(Conflict):
    code, title = "wallet_exists", "There is already a wallet in this currency"


class WalletInUse(Conflict):
    code, title = "wallet_in_use", "The wallet still holds or expects money"


class WalletNotActive(BusinessRule):
    code, title = "wallet_not_active", "The wallet cannot send or receive money"


class MayNotPay(Forbidden):
    title = "Your role does not move this customer's money"


class SameWallet(InvalidInput):
    code, title = "same_wallet", "A payment needs two different wallets"


class KycRequired(BusinessRule):
    """The customer's identity is not verified and the amount exceeds what may move without it."""

    code, title = "kyc_required", "Identity verification is required for this amount"


class PaymentNotHeld(Conflict):
    code, title = "payment_not_pending", "The payment is not waiting for a decision"


class PaymentNotRefundable(Conflict):
    code, title = "payment_not_refundable", "Only a completed payment can be refunded"


class RefundExceedsPayment(BusinessRule):
    code, title = "refund_exceeds_payment", "More than what is left of the payment cannot be refunded"


class InvalidSignature(InvalidInput):
    code, title = "invalid_signature", "The event is not signed by the processor"


class TransferNotFound(NotFound):
    title = "No such transfer"
