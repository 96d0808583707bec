"""What the console asks before it changes an account."""

from typing import Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from ledger.constants import MAX_TAGS, TAG
from ledger.models import Account
from nexafi.console.admin import ReasonForm
from nexafi.core.errors import MoneyError
from nexafi.core.money import Money


def _text(label: str, length: int, help_text: str = "", *, required: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(max_length=length, label=label, help_text=help_text, required=required, widget=widget)


class _AccountForm(BaseDialogForm):
    """Starts from the account as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = Account.objects.filter(pk=self.object_id).first() or Account()
        for name, value in self.starting().items():
            self.fields[name].initial = value

    def starting(self) -> dict[str, Any]:
        raise NotImplementedError


class DescribeForm(_AccountForm, ReasonForm):
    """Name, description, subtype and tags."""

    name = _text("Name", 200, required=True)
    description = forms.CharField(max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    subtype = _text("Subtype", 40, "What reports classify the account by.")
    tags = _text("Tags", 800, "Words with spaces between them, such as hqla:level1 rwa:20.")
    field_order = ("name", "description", "subtype", "tags", "reason")

    def starting(self) -> dict[str, Any]:
        account = self.account
        described = {name: getattr(account, name) for name in ("name", "description", "subtype")}
        return {**described, "tags": " ".join(account.tags)}

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(self.cleaned_data["tags"].split()))
        if len(tags) > MAX_TAGS or not all(map(TAG.fullmatch, tags)):
            raise forms.ValidationError("At most 20 words of letters, digits and _ . : % / -")
        return tags

    def clean(self) -> dict[str, Any]:
        """Only what the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("_")}


class LimitsForm(_AccountForm, ReasonForm):
    """Least and most that the account may hold; an empty field sets no limit."""

    floor = _text("Least available balance", 20, "0 allows no overdraft, −50 one of 50. Empty: no limit.")
    ceiling = _text("Most it may hold", 20, "With what is coming in. Empty: no limit.")
    field_order = ("floor", "ceiling", "reason")

    def starting(self) -> dict[str, Any]:
        limits = {"floor": self.account.floor, "ceiling": self.account.ceiling}
        return {n: "" if v is None else Money(v, self.account.currency).amount for n, v in limits.items()}

    def clean_floor(self) -> int | None:
        return self._minor("floor")

    def clean_ceiling(self) -> int | None:
        return self._minor("ceiling")

    def _minor(self, name: str) -> int | None:
        text = self.cleaned_data[name].strip().replace("−", "-")
        if not text:
            return None
        try:
            return Money.parse(text, self.account.currency).minor
        except MoneyError as error:
            raise forms.ValidationError(error.detail) from error

    def clean(self) -> dict[str, Any]:
        """Only what the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("_")}


class FreezeForm(ReasonForm):
    """Which sides."""

    sides = forms.MultipleChoiceField(
        label="Sides",
        choices=[("debits", "Debits"), ("credits", "Credits")],
        initial=["debits", "credits"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ("sides", "reason")
