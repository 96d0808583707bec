"""Tables of payments."""

from payments.models.payments import Payment, Refund
from payments.models.sandbox import SandboxTransfer
from payments.models.transfers import ProcessorEvent, Transfer
from payments.models.wallets import Wallet

__all__ = ["Payment", "ProcessorEvent", "Refund", "SandboxTransfer", "Transfer", "Wallet"]
