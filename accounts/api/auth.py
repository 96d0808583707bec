"""Registration and sign-in."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import Login, RefreshToken, Registration, user_body
from accounts.lockout import check_credentials, forget_failures
from accounts.second_factor import check_second_factor
from accounts.services.registration import register_user
from accounts.services.sessions import open_session, refresh_session, sign_out
from accounts.tokens import TokenPair, issue_pair
from nexafi.api.permissions import PUBLIC


class RegisterView(APIView):
    """POST /auth/register."""

    access = {"POST": PUBLIC}
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        body = Registration(data=request.data)
        body.is_valid(raise_exception=True)
        user = register_user(**body.validated_data)
        return Response({"user": user_body(user)}, status=201)


class LoginView(APIView):
    """POST /auth/login."""

    access = {"POST": PUBLIC}
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        body = Login(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        user = check_credentials(request._request, email=given["email"], password=given["password"])
        second_factor = check_second_factor(user, given.get("otp"))
        session = open_session(user=user, user_agent=request.headers.get("User-Agent", ""), second_factor=second_factor)
        forget_failures(request._request, user.email)
        return Response(pair_body(issue_pair(session)) | {"user": user_body(user)})


class RefreshView(APIView):
    """POST /auth/refresh."""

    access = {"POST": PUBLIC}
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        body = RefreshToken(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(pair_body(refresh_session(body.validated_data["refresh_token"])))


class LogoutView(APIView):
    """POST /auth/logout."""

    access = {"POST": PUBLIC}
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        body = RefreshToken(data=request.data)
        body.is_valid(raise_exception=True)
        sign_out(body.validated_data["refresh_token"])
        return Response(status=204)


def pair_body(pair: TokenPair) -> dict[str, Any]:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
    }
