"""What the console asks before it posts an entry."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from ledger.models import Posting
from nexafi.console.admin import ReasonForm
from nexafi.core.errors import MoneyError
from nexafi.core.money import Money


class PostForm(ReasonForm):
    """In full, or for another amount."""

    amount = forms.CharField(
        max_length=20,
        required=False,
        help_text="Empty: all that is held. Less releases the rest; more is possible up to the entry's limit.",
        widget=UnfoldAdminTextInputWidget(),
    )
    field_order = ("amount", "reason")

    def clean_amount(self) -> Money | None:
        text = self.cleaned_data["amount"].strip()
        if not text:
            return None
        currency = Posting.objects.filter(entry=self.object_id).values_list("currency", flat=True).first()
        try:
            return Money.parse(text, str(currency))
        except MoneyError as error:
            raise forms.ValidationError(error.detail) from error
