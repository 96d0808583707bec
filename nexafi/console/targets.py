"""References to objects by kind and id, as the audit log and approvals keep them, with the pages they lead to."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

SHORT = 12  # characters of an id that a list shows


def page_of(kind: str, object_id: str) -> str:
    """The address of the object's page, "" when the console has none for "kyc_verification" or "ledger.account"."""
    name = kind.rpartition(".")[2].replace("_", "")
    for model in admin.site._registry:
        if model._meta.model_name == name and object_id:
            return reverse(f"admin:{model._meta.app_label}_{name}_change", args=[object_id])
    return ""


def reference(kind: str, object_id: str, *, short: bool = False) -> SafeString | str:
    """The kind in words and the id, which leads to the page; lists show the end of the id."""
    if not kind:
        return "—"
    shown = f"…{object_id[-SHORT:]}" if short and len(object_id) > SHORT else object_id
    text = format_html('<span class="nx-id" title="{}">{}</span>', object_id, shown)
    page = "" if short else page_of(kind, object_id)
    words = kind.replace("_", " ").replace(".", " ")
    return format_html('{} <a href="{}">{}</a>', words, page, text) if page else format_html("{} {}", words, text)
