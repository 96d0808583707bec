"""Registration, sign-in and password."""

from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    Login,
    PasswordChange,
    RefreshToken,
    RegisteredOut,
    Registration,
    SignedInOut,
    TokensOut,
)
from accounts.authentication import SignedInRequest
from accounts.exceptions import AccountLocked, InvalidCredentials, WrongPassword
from accounts.lockout import check_credentials, forget_failures, locked_for
from accounts.second_factor import second_factor_of
from accounts.services.passwords import change_password
from accounts.services.registration import register_user
from accounts.services.sessions import open_session, refresh_session, sign_out
from accounts.tokens import issue_pair
from nexafi.api.permissions import PUBLIC
from nexafi.api.views import ApiView


class PublicView(ApiView):
    """Answers strangers; a token sent along is not looked at."""

    access = {"POST": PUBLIC}
    authentication_classes = ()


class RegisterView(PublicView):
    """POST /auth/register."""

    throttle_scope = "registration"

    def post(self, request: Request) -> Response:
        user = register_user(**self.body(Registration))
        return Response(RegisteredOut({"user": user}).data, status=201)


class LoginView(PublicView):
    """POST /auth/login."""

    throttle_scope = "sign_in"

    def check_throttles(self, request: Request) -> None:
        """A locked account says so (423) also when the rate limit is used up, as five failures use it up."""
        try:
            super().check_throttles(request)
        except Throttled:
            email = request.data.get("email") if isinstance(request.data, dict) else None
            wait = locked_for(request._request, email) if isinstance(email, str) else 0
            if wait:
                raise AccountLocked(wait) from None
            raise

    def post(self, request: Request) -> Response:
        given = self.body(Login)
        user = check_credentials(request._request, email=given["email"], password=given["password"])
        device = second_factor_of(request._request, user, given.get("otp"))
        forget_failures(request._request, user.email)
        agent = request.headers.get("User-Agent", "")
        session = open_session(user=user, user_agent=agent, second_factor=device is not None)
        return Response(SignedInOut({**issue_pair(session).body(), "user": user}).data)


class RefreshView(PublicView):
    """POST /auth/refresh."""

    def post(self, request: Request) -> Response:
        pair = refresh_session(self.body(RefreshToken)["refresh_token"])
        return Response(TokensOut(pair.body()).data)


class LogoutView(PublicView):
    """POST /auth/logout."""

    def post(self, request: Request) -> Response:
        sign_out(self.body(RefreshToken)["refresh_token"])
        return Response(status=204)


class PasswordChangeView(ApiView):
    """POST /auth/password/change."""

    access = {"POST": "accounts.own_profile"}
    throttle_scope = "sign_in"

    def post(self, request: SignedInRequest) -> Response:
        given = self.body(PasswordChange)
        try:
            check_credentials(request._request, email=request.user.email, password=given["current_password"])
        except InvalidCredentials as error:
            raise WrongPassword(pointer="/current_password") from error
        change_password(user=request.user, password=given["new_password"], keep_session=request.auth.session_id)
        forget_failures(request._request, request.user.email)
        return Response(status=204)
