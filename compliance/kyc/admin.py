"""The KYC queue and the review page."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.models import Membership, User
from compliance.cases.models import Alert
from compliance.cases.presentation import span
from compliance.kyc.models import KycVerification
from compliance.kyc.services.documents import read_document
from compliance.kyc.services.verification import complete_verification, reveal_number
from nexafi.console.admin import ConsoleModelAdmin, opens_on, service_action
from nexafi.console.formats import badge
from nexafi.core import clock
from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError

TONES = {
    "requested": "neutral",
    "documents_received": "warning",
    "approved": "good",
    "rejected": "bad",
    "expired": "neutral",
}


@admin.register(KycVerification)
class KycPage(ConsoleModelAdmin):
    """Verifications, the oldest waiting first; the page shows what was declared beside the documents."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "KYC", "badge", 20
    nav_key = "k"
    empty_text = "No verification waits for a review."
    list_display = ("who", "verification_type", "document", "documents_column", "waiting", "state")
    list_display_links = ("who",)
    list_filter = (opens_on("status", KycVerification.Status.DOCUMENTS_RECEIVED), "verification_type")
    list_select_related = ("customer",)
    search_fields = ("customer__name__startswith",)
    search_help_text = "Start of the customer's name"
    ordering = ("id",)
    change_form_template = "compliance/kyc.html"
    actions_detail = ("approve", "reject")

    def get_queryset(self, request: HttpRequest) -> QuerySet[KycVerification]:
        found = super().get_queryset(request).select_related("customer", "decided_by", "requested_by")
        return found.annotate(document_count=Count("documents"))

    @display(description="Customer", ordering="customer__name")
    def who(self, verification: KycVerification) -> SafeString:
        country = verification.customer.country or "no country"
        kind = verification.customer.get_kind_display()
        name = format_html('<span class="nx-what">{}</span>', verification.customer.name)
        return format_html('{}<span class="nx-sub">{} · {}</span>', name, kind, country)

    @display(description="Document")
    def document(self, verification: KycVerification) -> str:
        place = f", {verification.document_country}" if verification.document_country else ""
        return f"{verification.document_type}{place}"

    @display(description="Files")
    def documents_column(self, verification: Any) -> str:
        return str(verification.document_count)

    @display(description="Age", ordering="id")
    def waiting(self, verification: KycVerification) -> str:
        return span(clock.now() - verification.created_at)

    @display(description="Status")
    def state(self, verification: KycVerification) -> SafeString:
        return badge(verification.get_status_display(), TONES[verification.status])

    # --- the page ----------------------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        verification = context["original"]
        earlier = KycVerification.objects.filter(customer=verification.customer).exclude(pk=verification.pk)
        shared = Alert.objects.filter(dedupe_key=f"kyc:shared_number:{verification.customer_id}").by_urgency()
        context |= {
            "verification": verification,
            "tone": TONES[verification.status],
            "documents": verification.documents.order_by("id"),
            "earlier": [(row, TONES[row.status]) for row in earlier.order_by("-id")[:5]],
            "shared_number_alert": shared.first(),
            "is_own": Membership.objects.filter(user=cast(User, request.user), customer=verification.customer).exists(),
            "may_see_documents": cast(User, request.user).may("compliance.view_documents"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def offered(self, obj: KycVerification) -> Collection[str]:
        """Nothing more to do on a decided verification."""
        return self.actions_detail if obj.status in KycVerification.OPEN else ()

    @service_action(
        label="Approve",
        permission="compliance.complete_kyc",
        title="Approve this verification",
        description="Say what you compared. The decision and your words go into the audit log.",
        icon="verified",
        variant=ActionVariant.SUCCESS,
        key="r",
    )
    def approve(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        complete_verification(verification_id=UUID(object_id), decision="approve", notes=data["reason"])
        return "Approved."

    @service_action(
        label="Reject",
        permission="compliance.complete_kyc",
        title="Reject this verification",
        description="The customer learns that it was rejected, not why. Your reason goes into the audit log.",
        icon="block",
        variant=ActionVariant.DANGER,
        key="x",
    )
    def reject(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        complete_verification(verification_id=UUID(object_id), decision="reject", notes=data["reason"])
        return "Rejected."

    # --- documents ---------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path(
                "documents/<uuid:document_id>/", view(require_GET(self.document_view)), name="compliance_kyc_document"
            ),
            path("<uuid:verification_id>/number/", view(require_POST(self.number_view)), name="compliance_kyc_number"),
        ]
        return [*own, *super().get_urls()]

    def document_view(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        """A document for compliance staff: images to look at, PDFs to download; every look is recorded."""
        try:
            with acting_as("user", str(request.user.pk)):
                document, content = read_document(document_id)
        except DomainError as error:
            return HttpResponse(error.detail, status=error.status, content_type="text/plain; charset=utf-8")
        response = HttpResponse(content, content_type=document.media_type)
        is_image = document.media_type.startswith("image/")
        response["Content-Disposition"] = content_disposition_header(not is_image, document.file_name) or "attachment"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store, private"
        return response

    def number_view(self, request: HttpRequest, verification_id: UUID) -> HttpResponse:
        """The whole document number, to compare with the document; the look is recorded."""
        try:
            with acting_as("user", str(request.user.pk)):
                number = reveal_number(verification_id)
        except DomainError as error:
            messages.error(request, error.detail)
            number = ""
        request.method = "GET"  # shows the page; nothing is saved
        return self.change_view(request, str(verification_id), extra_context={"number": number})
