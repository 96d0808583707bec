"""Users with their roles, and their sign-ins."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.emails import safe_email
from accounts.models import Session, User
from accounts.roles import PERMISSIONS
from accounts.services.role_requests import change_role
from accounts.services.sessions import revoke_session
from accounts.services.users import disable_user, enable_user
from nexafi.approvals.models import Approval
from nexafi.console.admin import ConsoleModelAdmin, ReasonForm, service_action
from nexafi.console.formats import badge, local_time
from nexafi.core import clock


class RoleForm(ReasonForm):
    """Which role to ask for, or to ask to take away, and why."""

    role = forms.ChoiceField(
        choices=[(role, role.replace("_", " ")) for role in PERMISSIONS], widget=UnfoldAdminSelectWidget
    )
    field_order = ("role", "reason")


class RoleFilter(admin.SimpleListFilter):
    title, parameter_name = "role", "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role, role.replace("_", " ")) for role in PERMISSIONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(role_grants__role=self.value()) if self.value() else queryset


@admin.register(User)
class UserPage(ConsoleModelAdmin):
    """Who can sign in. Search by the beginning of an e-mail address."""

    view_permission = "accounts.view_users"
    nav_group, nav_icon, nav_order = "People", "person", 20
    nav_key = "u"
    list_display = ("email", "full_name", "role_names", "state", "created")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("email",)
    search_help_text = "Beginning of the e-mail address"
    ordering = ("-created_at", "-id")
    fields = ("email", "full_name", "phone", "role_names", "state", "second_factor", "sign_ins", "customers", "created")
    readonly_fields = fields
    actions_detail = ("request_role", "request_role_removal", "disable", "enable")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("role_grants")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        beginning = safe_email(search_term) if "@" in search_term else search_term.strip().casefold()
        return (queryset.filter(email__startswith=beginning) if beginning else queryset), False

    def offered(self, obj: User) -> Collection[str]:
        return ("request_role", "request_role_removal", "disable" if obj.is_active else "enable")

    @admin.display(description="Roles")
    def role_names(self, user: User) -> str:
        return ", ".join(sorted(role.replace("_", " ") for role in user.roles)) or "—"

    @admin.display(description="State")
    def state(self, user: User) -> str:
        return badge("active", "good") if user.is_active else badge("disabled", "bad")

    @admin.display(description="Created", ordering="created_at")
    def created(self, user: User) -> str:
        return local_time(user.created_at)

    @admin.display(description="Second factor")
    def second_factor(self, user: User) -> str:
        return badge("set up", "good") if user.has_second_factor else badge("none", "warning")

    @admin.display(description="Sign-ins")
    def sign_ins(self, user: User) -> str:
        link = reverse("admin:accounts_session_changelist")
        return format_html('<a href="{}?user__id__exact={}">{} live</a>', link, user.id, user.sessions.live().count())

    @admin.display(description="Acts for")
    def customers(self, user: User) -> str:
        rows = user.memberships.select_related("customer").order_by("created_at")[:50]
        page = "admin:accounts_customer_change"
        links = ((reverse(page, args=[row.customer_id]), row.customer.name, row.role) for row in rows)
        return format_html_join(", ", '<a href="{}">{}</a> ({})', links) or "—"

    @service_action(
        label="Request role",
        permission="accounts.request_role",
        title="Request a role",
        description="A second person decides on staff roles; the role customer is given at once.",
        icon="person_add",
        form=RoleForm,
    )
    def request_role(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        return _change_role(request, object_id, data, grant=True)

    @service_action(
        label="Request removal of role",
        permission="accounts.request_role",
        title="Request that a role is taken away",
        description="A second person decides on staff roles; the role customer is taken away at once.",
        icon="person_remove",
        form=RoleForm,
    )
    def request_role_removal(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        return _change_role(request, object_id, data, grant=False)

    @service_action(
        label="Disable",
        permission="accounts.disable_users",
        title="Disable this user",
        description="They are signed out everywhere at once and cannot sign in.",
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def disable(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        return f"{disable_user(user_id=UUID(object_id), reason=data['reason'])} is disabled."

    @service_action(
        label="Enable", permission="accounts.disable_users", title="Let this user sign in again", icon="check"
    )
    def enable(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        return f"{enable_user(user_id=UUID(object_id), reason=data['reason'])} can sign in again."


def _change_role(request: HttpRequest, object_id: str, data: dict[str, Any], *, grant: bool) -> str:
    user = User.objects.get(pk=object_id)
    maker: Any = request.user
    outcome = change_role(maker=maker, user=user, role=data["role"], grant=grant, reason=data["reason"])
    return "A second person will decide." if isinstance(outcome, Approval) else "Done."


@admin.register(Session)
class SessionPage(ConsoleModelAdmin):
    """Where users are signed in."""

    view_permission = "accounts.view_users"
    nav_group, nav_icon, nav_order, nav_title = "People", "devices", 30, "Sign-ins"
    list_display = ("opened", "user", "client_ip", "state", "last_used")
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = (
        "user", "state", "client_ip", "user_agent", "second_factor", "opened", "last_used", "expires", "revoked_reason",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("revoke",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A user's page links here; a filter that lists every user would be no help."""
        return lookup == "user__id__exact"

    def object_title(self, obj: Session) -> str:
        return f"Sign-in of {obj.user.email}"

    def offered(self, obj: Session) -> Collection[str]:
        return self.actions_detail if obj.revoked_at is None and obj.expires_at > clock.now() else ()

    @admin.display(description="Signed in", ordering="id")
    def opened(self, session: Session) -> str:
        return local_time(session.created_at)

    @admin.display(description="Last refreshed")
    def last_used(self, session: Session) -> str:
        return local_time(session.last_used_at)

    @admin.display(description="Expires")
    def expires(self, session: Session) -> str:
        return local_time(session.expires_at)

    @admin.display(description="State")
    def state(self, session: Session) -> str:
        if session.revoked_at:
            return badge("ended")
        return badge("expired") if session.expires_at <= clock.now() else badge("live", "good")

    @service_action(
        label="End sign-in",
        permission="accounts.revoke_sessions",
        title="End this sign-in",
        description="Its tokens stop working on their next use.",
        icon="logout",
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        session = Session.objects.get(pk=object_id)
        ended = revoke_session(session, reason=Session.RevokedReason.BY_STAFF, note=data["reason"])
        return "The sign-in has ended." if ended else "The sign-in had ended already."
