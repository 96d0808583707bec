"""Pages of the console that are no list of a model: apps register them, the site gives them address and place."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Page:
    """`route` is relative to the console, `name` is reversed as "admin:name". Without a `title` a page is not in the
    sidebar. `key` opens it after g."""

    route: str
    name: str
    permission: str
    view: View
    group: str = ""
    title: str = ""
    icon: str = "table_rows"
    order: int = 50
    key: str = ""


pages: list[Page] = []


def register_page(*, route: str, name: str, permission: str, **place: Any) -> Callable[[View], View]:
    """Register a view that takes the request and the arguments of its route; only who holds the permission sees it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if not user.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        pages.append(Page(route, name, permission, guarded, **place))
        return guarded

    return decorate
