"""Console pages of payments."""

from payments.admin import payments, states, tiles, transfers, wallets

__all__ = ["payments", "states", "tiles", "transfers", "wallets"]
