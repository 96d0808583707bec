"""The one-time code at sign-in."""

from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.exceptions import InvalidCredentials, OtpRequired
from accounts.models import User


def check_second_factor(user: User, otp: str | None) -> bool:
    """Whether the sign-in used a second factor: True when the user's device accepted the code, False without a device.

    Raises OtpRequired when a device waits for a code, InvalidCredentials for a wrong or replayed one. The device is
    named, so that a wrong code never throttles another device of the user; its row is locked and a code counts once.
    """
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()
    if device is None:
        return False
    if not otp:
        raise OtpRequired
    if verify_token(user, device.persistent_id, otp) is None:
        raise InvalidCredentials
    return True
