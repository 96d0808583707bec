"""The rules in the console: what is in force, and what was before."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from compliance.monitoring import rules
from compliance.monitoring.models import Rule
from nexafi.console.admin import ConsoleModelAdmin
from nexafi.console.formats import badge, local_time


@admin.register(Rule)
class RulePage(ConsoleModelAdmin):
    """Every version of every rule, the live ones first."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "Rules", "rule", 40
    list_display = ("title", "about", "state", "shown_parameters", "since")
    list_display_links = ("title",)
    list_filter = ("is_live",)
    ordering = ("-is_live", "code", "-version")
    fields = readonly_fields = ("code", "version", "state", "about", "shown_parameters", "note", "since")

    @display(description="Rule")
    def title(self, rule: Rule) -> str:
        return str(rule)

    @display(description="What it finds")
    def about(self, rule: Rule) -> str:
        return " ".join((rules.RULES[rule.code].__doc__ or "").split())

    @display(description="State")
    def state(self, rule: Rule) -> SafeString:
        return badge("Live", "good") if rule.is_live else badge("Earlier version")

    @display(description="Parameters")
    def shown_parameters(self, rule: Rule) -> SafeString:
        pairs = ((name.replace("_", " "), f"{value:,}") for name, value in rule.parameters.items())
        return format_html_join("", '<span class="nx-parameter">{} <b>{}</b></span>', pairs)

    @display(description="Since")
    def since(self, rule: Rule) -> SafeString | str:
        return local_time(rule.created_at)

    def get_queryset(self, request: HttpRequest) -> object:
        return super().get_queryset(request).filter(code__in=rules.RULES)
