"""Where the user is signed in."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import session_body
from accounts.services.sessions import revoke_own_session


class SessionsView(APIView):
    """GET /auth/sessions."""

    access = {"GET": "accounts.own_sessions"}

    def get(self, request: Request) -> Response:
        sessions = request.user.sessions.live().order_by("-id")[:200]
        results = [session_body(session, request.auth.session_id) for session in sessions]
        return Response({"next": None, "previous": None, "results": results})


class SessionView(APIView):
    """DELETE /auth/sessions/{id}."""

    access = {"DELETE": "accounts.own_sessions"}

    def delete(self, request: Request, session_id: UUID) -> Response:
        revoke_own_session(user=request.user, session_id=session_id)
        return Response(status=204)
