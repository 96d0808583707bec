"""Customers: persons and organizations, and who acts for them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from accounts.models import Customer
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.formats import local_time


@admin.register(Customer)
class CustomerPage(ConsoleModelAdmin):
    """Whom the institution serves. Search by the beginning of the name."""

    view_permission = "accounts.view_users"
    nav_group, nav_icon, nav_order = "People", "groups", 10
    nav_key = "c"
    list_display = ("name", "kind", "country", "created")
    list_filter = ("kind",)
    search_fields = ("name",)
    search_help_text = "Beginning of the name"
    ordering = ("-created_at", "-id")
    fields = ("name", "kind", "country", "nationality", "born", "members", "created", "id")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        term = search_term.strip()
        return (queryset.filter(name__istartswith=term) if term else queryset), False

    @admin.display(description="Created", ordering="created_at")
    def created(self, customer: Customer) -> str:
        return local_time(customer.created_at)

    @admin.display(description="Date of birth")
    def born(self, customer: Customer) -> str:
        return str(customer.date_of_birth or "—")

    @admin.display(description="Who acts for them")
    def members(self, customer: Customer) -> str:
        rows = customer.memberships.select_related("user").order_by("created_at")[:50]
        links = ((reverse("admin:accounts_user_change", args=[row.user_id]), row.user.email, row.role) for row in rows)
        return format_html_join(", ", '<a href="{}">{}</a> ({})', links) or "—"
