"""Fields of the console's own dialogs."""

from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES


class DayInput(forms.DateInput):
    """A day in the browser's own calendar: the theme's needs a script that a dialog does not load."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES), **(attrs or {})}, format="%Y-%m-%d")
