"""Who calls the API: an access token of a live session."""

from rest_framework.authentication import BaseAuthentication


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request):  # type: ignore[no-untyped-def]
        return None

    def authenticate_header(self, request):  # type: ignore[no-untyped-def]
        return "Bearer"
