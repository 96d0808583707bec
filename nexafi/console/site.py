"""The console: Django's admin in Unfold's look, for staff who may use it, with a second factor where one is set up."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path, reverse
from unfold.sites import UnfoldAdminSite

from nexafi.console import dashboard
from nexafi.console.pages import pages

# The sidebar's groups in order; a page names its group, its icon and its place.
NAVIGATION_GROUPS = ("Overview", "Compliance", "Money", "People", "Oversight", "Operations")


class ConsoleSite(UnfoldAdminSite):
    """The staff site. A user with a confirmed second factor must have used it in this session."""

    site_title = "NexaFi"
    site_header = "NexaFi"
    index_title = "Dashboard"
    index_template = "console/dashboard.html"
    login_template = "console/login.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not (user.is_authenticated and user.is_active and user.may("console.access")):
            return False
        return not user.has_second_factor or user.is_verified()

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Registered pages besides those of the models."""
        return [path(page.route, self.admin_view(page.view), name=page.name) for page in pages] + super().get_urls()

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Navigation from the registered pages: each ConsoleModelAdmin says where it belongs."""
        index = reverse("admin:index")
        links = [(0, 0, self._link(request, "Dashboard", "dashboard", index, exact=True)), *self._pages(request)]
        for model, page in self._registry.items():
            group = getattr(page, "nav_group", None)
            if group and page.has_view_permission(request):
                link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                title = getattr(page, "nav_title", "") or str(model._meta.verbose_name_plural).capitalize()
                item = self._link(request, title, getattr(page, "nav_icon", "table_rows"), link)
                item["key"] = getattr(page, "nav_key", "")
                links.append((NAVIGATION_GROUPS.index(group), getattr(page, "nav_order", 50), item))
        links.sort(key=itemgetter(0, 1))
        return [
            {"title": NAVIGATION_GROUPS[number], "items": [item for _, _, item in items]}
            for number, items in groupby(links, key=itemgetter(0))
        ]

    def _pages(self, request: HttpRequest) -> list[tuple[int, int, dict[str, Any]]]:
        """The registered pages that this user may open."""
        user: Any = request.user
        return [
            (NAVIGATION_GROUPS.index(page.group), page.order, link | {"key": page.key})
            for page in pages
            if page.title and user.may(page.permission)
            for link in [self._link(request, page.title, page.icon, reverse(f"admin:{page.name}"))]
        ]

    def _link(self, request: HttpRequest, title: str, icon: str, link: str, *, exact: bool = False) -> dict[str, Any]:
        active = request.path == link if exact else request.path.startswith(link)
        return {"title": title, "icon": icon, "link": link, "active": active, "has_permission": True}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"sections": dashboard.sections(request), **(extra_context or {})}
        return super().index(request, context)
