"""The console's sign-in form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.exceptions import InvalidCredentials, OtpRequired
from accounts.models import User
from accounts.second_factor import second_factor_of


class ConsoleSignInForm(AuthenticationForm):
    """E-mail, password, and the code of the user's one-time-password device when there is one."""

    otp = forms.CharField(
        label="One-time code",
        required=False,
        max_length=10,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="Six digits, if you set up a device.",
    )

    request: HttpRequest

    def get_invalid_login_error(self) -> ValidationError:
        if getattr(self.request, "lockout_seconds", 0):
            return ValidationError("Too many failed sign-ins. Try again later.", code="account_locked")
        return super().get_invalid_login_error()

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        assert isinstance(user, User)
        try:
            # Django's login() hands it to django-otp, which marks the session as verified.
            vars(user)["otp_device"] = second_factor_of(self.request, user, self.cleaned_data.get("otp"))
        except OtpRequired as error:
            raise ValidationError("Enter the one-time code of your device.", code=error.code) from error
        except InvalidCredentials as error:
            raise super().get_invalid_login_error() from error
