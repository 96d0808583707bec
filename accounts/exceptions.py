"""Refusals of the accounts app, with the codes the API promises."""

from nexafi.core.errors import BusinessRule, Conflict, Forbidden, InvalidInput, Locked, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """Also for an unknown address, a disabled user and a wrong one-time code: the answer never tells which."""

    code, title = "invalid_credentials", "E-mail address, password or code is wrong"


class OtpRequired(Unauthenticated):
    """The password was right and the user has a device: ask again with its code."""

    code, title = "otp_required", "A one-time code is required"


class AccountLocked(Locked):
    """Too many failures; `retry_after` seconds until the next try."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many failed sign-ins. Try again later.")
        self.retry_after = retry_after


class InvalidToken(Unauthenticated):
    """Malformed, forged, for another audience, or of the wrong kind."""

    code, title = "invalid_token", "The token is not valid"


class TokenExpired(Unauthenticated):
    """An honest token whose time is over."""

    code, title = "token_expired", "The token has expired"


class TokenReused(Unauthenticated):
    """A refresh token came twice, so one of its holders is a thief: the whole sign-in is ended."""

    code, title = "token_reused", "The refresh token was already used"


class SessionEnded(Unauthenticated):
    """Signed out, revoked or expired, or the user was disabled."""

    code, title = "session_ended", "The sign-in has ended"


class EmailTaken(Conflict):
    """Some spelling of this address has an account."""

    code, title = "email_taken", "The e-mail address is already registered"


class WrongPassword(InvalidInput):
    """The proof of the current password failed."""

    code, title = "wrong_password", "The current password is wrong"


class UnknownRole(InvalidInput):
    """Not in accounts.roles."""

    code, title = "unknown_role", "There is no such role"


class RoleAlreadyHeld(Conflict):
    """Nothing to grant."""

    code, title = "role_already_held", "The user already holds this role"


class RoleNotHeld(Conflict):
    """Nothing to revoke."""

    code, title = "role_not_held", "The user does not hold this role"


class MembershipTooLow(Forbidden):
    """The caller is a member, but their role in the organization does not allow the act."""

    code, title = "membership_role_too_low", "Your role in the organization does not allow this"


class AlreadyMember(Conflict):
    """To change a role, change the membership."""

    code, title = "already_member", "The user is already a member"


class LastOwner(BusinessRule):
    """Somebody must be able to manage the organization."""

    code, title = "last_owner", "An organization keeps at least one owner"


class UnknownUser(BusinessRule):
    """Members are registered users."""

    code, title = "unknown_user", "Nobody is registered with this e-mail address"


class NotACustomer(BusinessRule):
    """Staff have no date of birth, country or nationality here."""

    code, title = "not_a_customer", "Only a customer has this data"


class StateUnchanged(Conflict):
    """Nothing to switch."""

    code, title = "state_unchanged", "The user is in that state already"
