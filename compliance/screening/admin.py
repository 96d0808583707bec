"""Console pages of screening: the queue of hits, the lists with their versions, and the entries."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.enums import ActionVariant

from compliance.screening import tiles  # noqa: F401  registers the dashboard's tile
from compliance.screening.models import EntryRevision, ScreeningHit, WatchlistEntry, WatchlistSnapshot
from compliance.screening.presentation import STATUS_TONES, entry_details, percent, score_tone
from compliance.screening.selectors import entries_like, hits_behind, list_status
from compliance.screening.services.resolve import ALLOW_PAIR, decide_hit
from compliance.screening.types import DateRange
from nexafi.approvals.models import Approval
from nexafi.console.admin import ConsoleModelAdmin, opens_on, service_action
from nexafi.console.formats import badge, local_time

SHOWN_CHANGES = 100


@admin.register(ScreeningHit)
class ScreeningHitPage(ConsoleModelAdmin):
    """Hits that wait for a decision; the page compares customer and entry, and takes the decision."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "Screening hits", "person_search", 30
    nav_key = "s"
    empty_text = "No hit waits for a decision."
    list_display = ("who", "resembles", "score_column", "state", "found")
    list_filter = (opens_on("status", ScreeningHit.Status.OPEN), "entry__source")
    list_select_related = ("entry", "customer")
    search_fields = ("subject_name__startswith",)
    search_help_text = "Start of the name that was screened"
    ordering = ("-created_at", "-id")
    change_form_template = "compliance/hit.html"
    actions_detail = ("true_match", "false_positive")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScreeningHit]:
        return ScreeningHit.objects.visible_to(request.user).select_related("run", "entry", "customer")

    @display(description="Screened", ordering="subject_name")
    def who(self, hit: ScreeningHit) -> SafeString:
        whose = "customer" if hit.customer_id else "name asked over the API or in a payment"
        return format_html('<span class="nx-what">{}</span><span class="nx-sub">{}</span>', hit.subject_name, whose)

    @display(description="Resembles")
    def resembles(self, hit: ScreeningHit) -> SafeString:
        where = f"{hit.entry.source_id.upper()} · {hit.entry.reference} · {hit.entry.entity_type}"
        return format_html('<span class="nx-what">{}</span><span class="nx-sub">{}</span>', hit.matched_name, where)

    @display(description="Score", ordering="score")
    def score_column(self, hit: ScreeningHit) -> SafeString:
        return badge(f"{percent(hit.score)} %", score_tone(hit.score))

    @display(description="Status")
    def state(self, hit: ScreeningHit) -> SafeString:
        return badge(hit.get_status_display(), STATUS_TONES[ScreeningHit.Status(hit.status)])

    @display(description="Found", ordering="created_at")
    def found(self, hit: ScreeningHit) -> SafeString | str:
        return local_time(hit.created_at)

    def object_title(self, obj: ScreeningHit) -> str:
        return f"{obj.subject_name} and {obj.matched_name}"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        hit = context["original"]
        context["others"] = [each for each in hits_behind(hit.run_id) if each.pk != hit.pk]
        context["waiting"] = Approval.objects.waiting_about(ALLOW_PAIR, hit.pk)
        context["starter"] = any(status.starter for status in list_status())
        return super().render_change_form(request, context, *args, **kwargs)

    def offered(self, obj: ScreeningHit) -> Collection[str]:
        """A decided hit takes no second decision, one that waits for approval no second request."""
        if obj.status != ScreeningHit.Status.OPEN:
            return ()
        return ("true_match",) if Approval.objects.waiting_about(ALLOW_PAIR, obj.pk) else self.actions_detail

    @service_action(
        label="True match",
        permission="compliance.decide_alerts",
        title="True match: the two are the same",
        description="The customer's payments are blocked from now on. The decision goes into the audit log.",
        icon="gpp_bad",
        variant=ActionVariant.DANGER,
        key="t",
    )
    def true_match(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        _decide(request, object_id, "true_match", data)
        return "Recorded as a true match."

    @service_action(
        label="False positive",
        permission="compliance.decide_alerts",
        title="False positive: the two are different",
        description="For a customer a second person approves it; then this pair stays silent until the list entry or "
        "the customer changes.",
        icon="how_to_reg",
        variant=ActionVariant.SUCCESS,
        key="f",
    )
    def false_positive(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        approval = _decide(request, object_id, "false_positive", data)
        return "It waits for a second person's approval." if approval else "Recorded as a false positive."


def _decide(request: HttpRequest, object_id: str, decision: str, data: dict[str, Any]) -> Approval | None:
    maker: Any = request.user
    return decide_hit(UUID(object_id), decision=decision, reason=data["reason"], maker=maker)


@admin.register(WatchlistSnapshot)
class WatchlistSnapshotPage(ConsoleModelAdmin):
    """Every imported version of every list, the newest first."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "Sanctions lists", "list_alt_check", 50
    list_display = ("what", "state", "entries", "difference", "imported")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-imported_at", "-id")
    change_form_template = "compliance/snapshot.html"

    @display(description="List and version")
    def what(self, snapshot: WatchlistSnapshot) -> SafeString:
        text = '<span class="nx-what">{}</span><span class="nx-sub nx-mono">{}</span>'
        return format_html(text, snapshot.source.name, snapshot.version)

    @display(description="State")
    def state(self, snapshot: WatchlistSnapshot) -> SafeString:
        if snapshot.source.current_id != snapshot.pk:
            return badge("Replaced")
        return badge("Starter list", "warning") if snapshot.is_starter else badge("In force", "good")

    @display(description="Added, changed, removed")
    def difference(self, snapshot: WatchlistSnapshot) -> str:
        return f"+{snapshot.added:,} ~{snapshot.changed:,} −{snapshot.removed:,}"

    @display(description="Imported", ordering="imported_at")
    def imported(self, snapshot: WatchlistSnapshot) -> SafeString | str:
        return local_time(snapshot.imported_at)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        snapshot = context["original"]
        context["in_force"] = snapshot.source.current_id == snapshot.pk
        context["changes"] = list(_changes(snapshot))
        return super().render_change_form(request, context, *args, **kwargs)


def _changes(snapshot: WatchlistSnapshot) -> list[tuple[str, list[EntryRevision]]]:
    """The entry-level difference, at most SHOWN_CHANGES of a kind; a first import has nothing to differ from."""
    found = []
    for change in EntryRevision.Change if snapshot.number > 1 else ():
        rows = snapshot.revisions.filter(change=change).select_related("entry").defer("before", "entry__document")
        if shown := list(rows.order_by("id")[:SHOWN_CHANGES]):
            found.append((f"{change.label} ({getattr(snapshot, change.value):,})", shown))
    return found


@admin.register(WatchlistEntry)
class WatchlistEntryPage(ConsoleModelAdmin):
    """Designations, searched by the beginning of a name, a resembling name or a document number."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "List entries", "gavel", 60
    list_display = ("primary_name", "entity_type", "source", "reference", "state")
    list_filter = ("source", "entity_type")
    list_select_related = ("source",)
    search_fields = ("reference",)
    search_help_text = "A name in any spelling or script, its beginning, a reference or a document number"
    ordering = ("primary_name", "id")
    change_form_template = "compliance/entry.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WatchlistEntry], search_term: str
    ) -> tuple[QuerySet[WatchlistEntry], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        by_reference = queryset.filter(reference__iexact=term)
        return by_reference | queryset.filter(pk__in=entries_like(term)), False

    @display(description="State")
    def state(self, entry: WatchlistEntry) -> SafeString:
        return badge("No longer listed") if entry.removed_in_id else badge("Listed", "warning")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        entry = context["original"]
        born = "; ".join(str(DateRange.from_json(each)) for each in entry.document["birth_dates"])
        context |= {"title": str(entry), "names": entry.names.all(), "born": born}
        context["details"] = [row for row in entry_details(entry.document) if row[0] != "Also listed as"]
        return super().render_change_form(request, context, *args, **kwargs)
