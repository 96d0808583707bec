"""Console pages of users, sign-ins and customers."""

from accounts.admin import customers, users  # noqa: F401  register their pages
