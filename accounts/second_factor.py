"""The one-time code at sign-in."""

from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.exceptions import InvalidCredentials, OtpRequired
from accounts.models import User


def second_factor_of(request: HttpRequest, user: User, otp: str | None) -> TOTPDevice | None:
    """The user's device after it accepted the code; None when there is no device.

    Raises OtpRequired without a code, InvalidCredentials for a wrong or replayed one, which counts as a failed sign-in.
    The device is named, so that a wrong code never throttles another one; its row is locked and a code counts once.
    """
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()
    if device is None:
        return None
    if not otp:
        raise OtpRequired
    if verify_token(user, device.persistent_id, otp) is None:
        user_login_failed.send(sender=__name__, credentials={"username": user.email}, request=request)
        raise InvalidCredentials
    return device
