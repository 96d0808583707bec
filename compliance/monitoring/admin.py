"""The rules in the console: what is in force, and what was before."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from compliance.monitoring import rulebook, rules
from compliance.monitoring.models import Rule
from nexafi.approvals.models import Approval
from nexafi.console.admin import ConsoleModelAdmin, ReasonForm, service_action
from nexafi.console.formats import badge, local_time
from nexafi.console.targets import reference


class ProposalForm(ReasonForm):
    """A field for every parameter of the rule, as it is now, and why it should change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = _rule(self.object_id)
        names = list(rules.DEFAULTS[rule.code])  # PostgreSQL keeps no order within a JSON value
        for name in names:
            least, most = rulebook.bounds_of(name)
            self.fields[name] = forms.IntegerField(
                min_value=least,
                max_value=most,
                initial=rule.parameters[name],
                help_text=f"{least:,} to {most:,}",
                widget=UnfoldAdminIntegerFieldWidget(),
            )
        self.order_fields([*names, "reason"])


def _rule(object_id: Any) -> Rule:
    """Raises Http404 when there is none."""
    try:
        return Rule.objects.get(pk=object_id, code__in=rules.RULES)
    except (Rule.DoesNotExist, ValidationError) as error:
        raise Http404("There is no such rule.") from error


@admin.register(Rule)
class RulePage(ConsoleModelAdmin):
    """Every version of every rule, the live ones first. New parameters go live when a second person approves."""

    view_permission = "compliance.view"
    nav_group, nav_title, nav_icon, nav_order = "Compliance", "Rules", "rule", 40
    list_display = ("title", "about", "state", "shown_parameters", "since")
    list_display_links = ("title",)
    list_filter = ("is_live",)
    ordering = ("-is_live", "code", "-version")
    fields = readonly_fields = ("code", "version", "state", "about", "shown_parameters", "note", "since", "waiting")
    actions_detail = ("propose",)

    def offered(self, obj: Rule) -> Collection[str]:
        return self.actions_detail if obj.is_live else ()

    @service_action(
        label="Propose new parameters",
        permission="compliance.manage_rules",
        title="Propose new parameters",
        description="A second person approves them; every payment is judged by them from then on.",
        icon="tune",
        form=ProposalForm,
    )
    def propose(self, request: HttpRequest, object_id: str, data: dict[str, Any]) -> str:
        maker: Any = request.user
        rule = _rule(object_id)
        parameters = {name: data[name] for name in rule.parameters}
        rulebook.request_rule(code=rule.code, parameters=parameters, maker=maker, reason=data["reason"])
        return "The proposal waits for a second person's approval."

    @display(description="Waiting proposal")
    def waiting(self, rule: Rule) -> SafeString | str:
        found = Approval.objects.waiting_about(rulebook.PUBLISH_RULE, rule.pk)
        return reference("approval", str(found.pk)) if found else "—"

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
