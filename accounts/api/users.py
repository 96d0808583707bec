"""The caller's profile; users and their roles for staff."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.serializers import (
    ProfileOut,
    ProfileUpdate,
    RoleGrantedOut,
    RoleRequest,
    RoleRequestedOut,
    StaffUserOut,
    UserFilters,
)
from accounts.authentication import SignedInRequest
from accounts.emails import safe_email
from accounts.models import User
from accounts.services.profiles import update_profile
from accounts.services.role_requests import change_role
from nexafi.api.etags import check_match, etag
from nexafi.api.views import ApiView
from nexafi.approvals.models import Approval
from nexafi.core.errors import NotFound


class ProfileView(ApiView):
    """GET, PUT, PATCH /users/profile."""

    access = dict.fromkeys(("GET", "PUT", "PATCH"), "accounts.own_profile")

    def get(self, request: SignedInRequest) -> Response:
        return _profile(request.user)

    def put(self, request: SignedInRequest) -> Response:
        return self._update(request, self.body(ProfileUpdate))

    def patch(self, request: SignedInRequest) -> Response:
        return self._update(request, self.body(ProfileUpdate, partial=True))

    def _update(self, request: SignedInRequest, changes: dict[str, Any]) -> Response:
        with transaction.atomic():  # the row is locked between the comparison and the change
            check_match(request, _profile_tag(User.objects.select_for_update().get(pk=request.user.pk)))
            user = update_profile(user_id=request.user.pk, changes=changes)
        return _profile(user)


def _profile(user: User) -> Response:
    return Response(ProfileOut(user).data, headers={"ETag": _profile_tag(user)})


def _profile_tag(user: User) -> str:
    return etag(*ProfileOut(user).data.values())


class UsersView(ApiView):
    """GET /users: staff; `email` finds one address in any spelling."""

    access = {"GET": "accounts.view_users"}

    def get(self, request: SignedInRequest) -> Response:
        filters = self.query(UserFilters)
        lookups = filters.lookups()
        if "email" in lookups:
            lookups["email"] = safe_email(lookups["email"])
        return self.page(_users(request).filter(**lookups), filters, StaffUserOut)


class UserView(ApiView):
    """GET /users/{id}: oneself, or anybody for staff."""

    access = {"GET": ("accounts.view_users", "accounts.own_profile")}

    def get(self, request: SignedInRequest, user_id: UUID) -> Response:
        return Response(StaffUserOut(_user(request, user_id)).data)


class UserRolesView(ApiView):
    """POST /users/{id}/roles: a staff role waits for a second person (202)."""

    access = {"POST": "accounts.request_role"}

    @extend_schema(responses={201: RoleGrantedOut, 202: RoleRequestedOut})
    def post(self, request: SignedInRequest, user_id: UUID) -> Response:
        given = self.body(RoleRequest)
        return _change(request, _user(request, user_id), given["role"], given.get("reason", ""), grant=True)


class UserRoleView(ApiView):
    """DELETE /users/{id}/roles/{role}: as granting."""

    access = {"DELETE": "accounts.request_role"}

    @extend_schema(responses={202: RoleRequestedOut, 204: None})
    def delete(self, request: SignedInRequest, user_id: UUID, role: str) -> Response:
        return _change(request, _user(request, user_id), role, "", grant=False)


def _users(request: SignedInRequest) -> QuerySet[User]:
    return User.objects.visible_to(request.user).prefetch_related("role_grants")


def _user(request: SignedInRequest, user_id: UUID) -> User:
    user = _users(request).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def _change(request: SignedInRequest, user: User, role: str, reason: str, *, grant: bool) -> Response:
    outcome = change_role(maker=request.user, user=user, role=role, grant=grant, reason=reason)
    if isinstance(outcome, Approval):
        return Response(RoleRequestedOut({"approval": outcome}).data, status=202)
    return Response(RoleGrantedOut({"user": user}).data, status=201) if grant else Response(status=204)
