"""Typed errors with stable codes. The API renders them as RFC 9457 problems; services raise them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class FieldError:
    """One fault in the input: a JSON pointer (RFC 6901), a stable code and a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """An expected refusal. `code` is part of the API contract, `status` the HTTP status it maps to."""

    code = "error"
    status = 400
    title = "Request failed"
    retry_after: int | None = None  # seconds, sent as Retry-After

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        pointer: str | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        self.detail = detail or self.title
        if code is not None:
            self.code = code
        self.errors = tuple(errors)
        if pointer is not None:
            self.errors = (FieldError(pointer, self.code, self.detail), *self.errors)
        super().__init__(self.detail)

    def within(self, pointer: str) -> "DomainError":
        """The same error, met in a part of the request: its pointers lead there through `pointer`."""
        errors = [replace(error, pointer=f"{pointer}{error.pointer}") for error in self.errors]
        return type(self)(self.detail, code=self.code, errors=errors or [FieldError(pointer, self.code, self.detail)])


class InvalidInput(DomainError):
    """The request is malformed or a value is invalid."""

    code, status, title = "invalid", 400, "Invalid input"


class Unauthenticated(DomainError):
    code, status, title = "not_authenticated", 401, "Not authenticated"


class Forbidden(DomainError):
    code, status, title = "permission_denied", 403, "Not allowed"


class NotFound(DomainError):
    """Not there, or not the caller's to see; the two are never told apart."""

    code, status, title = "not_found", 404, "Not found"


class Conflict(DomainError):
    """The object's state does not allow the act."""

    code, status, title = "conflict", 409, "State conflict"


class BusinessRule(DomainError):
    """The request is well formed but a rule of the business says no."""

    code, status, title = "business_rule", 422, "Refused by a business rule"


class Locked(DomainError):
    code, status, title = "account_locked", 423, "Account locked"


class RateLimited(DomainError):
    code, status, title = "rate_limited", 429, "Too many requests"


class ServiceUnavailable(DomainError):
    code, status, title = "service_unavailable", 503, "A needed part is down"
    retry_after = 5


class MoneyError(InvalidInput):
    code, title = "invalid_amount", "Invalid amount"


class CurrencyMismatch(InvalidInput):
    code, title = "currency_mismatch", "Currencies differ"


class UnknownCurrency(InvalidInput):
    code, title = "unknown_currency", "Unknown currency"
