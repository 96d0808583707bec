"""Console pages of payments."""

from payments.admin import payments, tiles, transfers, wallets

__all__ = ["payments", "tiles", "transfers", "wallets"]
