"""What this app does for others: imported when Django starts."""

from accounts.services import role_requests  # noqa: F401  registers its approval kinds
