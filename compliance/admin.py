"""The app's console pages, room by room."""

from compliance.screening import admin as screening

__all__ = ["screening"]
