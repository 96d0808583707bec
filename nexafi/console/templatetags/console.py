"""The console's small formats, for templates: {{ at|local_time }}, {{ amount|money }}, {% badge text tone %}; and where
the reader stands: {% breadcrumbs %}."""

from typing import Any

from django import template
from django.contrib import admin
from django.urls import reverse

from nexafi.console import formats

register = template.Library()
register.filter("local_time", formats.local_time)
register.filter("money", formats.money)
register.filter("number", formats.number)
register.simple_tag(formats.badge, name="badge")


@register.filter
def role_names(user: Any) -> str:
    """The user's roles in words: "Compliance officer, Accountant"."""
    return ", ".join(sorted(role.replace("_", " ").capitalize() for role in getattr(user, "roles", ())))


@register.inclusion_tag("console/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: dict[str, Any]) -> dict[str, Any]:
    """The sidebar's group, the list and, on a page of one object or a report, its title. A page that is of no model may
    give its own `trail` of (name, address)."""
    opts, title = context.get("opts"), context.get("title")
    if "trail" in context:
        return {"trail": context["trail"], "title": title}
    page: Any = admin.site._registry.get(opts.model) if opts else None
    if opts is None or not getattr(page, "nav_group", ""):
        return {"trail": [], "title": title}
    name = page.nav_title or str(opts.verbose_name_plural).capitalize()
    if context.get("cl"):
        return {"trail": [(page.nav_group, "")], "title": name}
    link = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return {"trail": [(page.nav_group, ""), (name, link)], "title": title}
