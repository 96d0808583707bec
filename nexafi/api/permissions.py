"""Deny by default: a view answers only what it declares.

A view maps each HTTP method to PUBLIC, SIGNED_IN or a permission:

    access = {"GET": "payments.view_own", "POST": "payments.pay"}
"""

from typing import Any, Final

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"


class Access(BasePermission):
    """Allows a request when the view's `access` names its method and the user holds what is named."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else request.method
        needed = getattr(view, "access", {}).get(method)
        if needed == PUBLIC:
            return True
        if needed is None or not request.user.is_authenticated:
            return False
        if needed == SIGNED_IN:
            return True
        names = (needed,) if isinstance(needed, str) else needed  # any one of several is enough
        return any(request.user.may(name) for name in names)
