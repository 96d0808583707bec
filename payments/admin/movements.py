"""What the pages of payments and transfers show alike: the money and the decision on it."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.formats import badge, local_time, money
from payments.models import Wallet
from payments.models.assessed import AssessedMovement

_TONES = {
    "completed": "good",
    "active": "good",
    "approve": "good",
    "pending": "warning",
    "pending_review": "warning",
    "review": "warning",
    "frozen": "warning",
    "declined": "bad",
    "block": "bad",
    "failed": "bad",
}


def words(value: str) -> str:
    """A status or outcome as a person says it: "Pending review"."""
    return value.replace("_", " ").capitalize()


def tone_of(value: str) -> str:
    """How a status or outcome reads."""
    return _TONES.get(value, "neutral")


def state_badge(value: str) -> SafeString:
    """A status or outcome, by word and tone."""
    return badge(words(value), tone_of(value))


def wallet_link(wallet: Wallet) -> SafeString:
    """The owner's name, leading to the wallet. The wallet's customer is read with it."""
    url = reverse("admin:payments_wallet_change", args=[wallet.pk])
    return format_html('<a href="{}">{}</a>', url, wallet.customer.name)


class SearchById:
    """Looks an id up in the columns of `id_columns`; anything else finds nothing."""

    id_columns: tuple[str, ...] = ("id",)
    search_fields = ("id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        found = Q()
        for column in self.id_columns:
            found |= Q(**{column: wanted})
        return queryset.filter(found), False


class MovementPage(SearchById, ConsoleModelAdmin):
    """The shared columns."""

    view_permission = "payments.view_all"
    nav_group = "Money"
    ordering = ("-created_at", "-id")
    list_display_links = ("created",)

    @display(description="Amount")
    def amount_column(self, movement: AssessedMovement) -> SafeString:
        return money(movement.amount)

    @display(description="Status", ordering="status")
    def state(self, movement: Any) -> SafeString:
        return state_badge(movement.status)

    @display(description="Created", ordering="created_at")
    def created(self, movement: Any) -> SafeString | str:
        return local_time(movement.created_at)

    @display(description="Closed")
    def closed(self, movement: Any) -> SafeString | str:
        return local_time(movement.closed_at)

    @display(description="Decision")
    def decision(self, movement: AssessedMovement) -> SafeString:
        """The outcome and every reason with its score: for staff only."""
        reasons = format_html_join(
            "",
            "<li><strong>{}</strong> ({}): {}</li>",
            ((reason["code"], reason["score"], reason["explanation"]) for reason in movement.reasons),
        )
        return format_html("{}<ul>{}</ul>", state_badge(movement.outcome), reasons)

    @display(description="Alert")
    def alert(self, movement: AssessedMovement) -> SafeString | str:
        if movement.alert_id is None:
            return "—"
        url = reverse("admin:compliance_alert_change", args=[movement.alert_id])
        return format_html('<a href="{}">Open the alert</a>', url)
