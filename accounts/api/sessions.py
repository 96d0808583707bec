"""Where the user is signed in."""

from uuid import UUID

from rest_framework.response import Response

from accounts.api.serializers import SessionOut
from accounts.authentication import SignedInRequest
from accounts.services.sessions import revoke_own_session
from nexafi.api.serializers import ListFilters
from nexafi.api.views import ApiView


class SessionsView(ApiView):
    """GET /auth/sessions."""

    access = {"GET": "accounts.own_sessions"}

    def get(self, request: SignedInRequest) -> Response:
        return self.list(request.user.sessions.live(), ListFilters, SessionOut)


class SessionView(ApiView):
    """DELETE /auth/sessions/{id}."""

    access = {"DELETE": "accounts.own_sessions"}

    def delete(self, request: SignedInRequest, session_id: UUID) -> Response:
        revoke_own_session(user=request.user, session_id=session_id)
        return Response(status=204)
