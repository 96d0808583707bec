"""Every address of the product: the API under /api/v1, the console under /console, probes at the root."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from nexafi.api import docs, health
from nexafi.api.views import NotFoundView

probes = [
    path("health", health.ReadyView.as_view()),
    path("health/live", health.LiveView.as_view()),
    path("health/ready", health.ReadyView.as_view()),
]
api: list[URLPattern | URLResolver] = [  # matched from the top: the busiest first
    path("", include("payments.api.urls")),
    *probes,
    path("services", health.ServicesView.as_view()),
    path("schema", docs.SchemaView.as_view()),
    path("docs", docs.DocsView.as_view()),
    path("", include("nexafi.approvals.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("ledger.api.urls")),
    path("", include("compliance.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("analytics.api.urls")),
    path("", include("audit.api.urls")),
    path("", include("nexafi.aliases")),
]

urlpatterns = [
    *probes,
    path("metrics", health.metrics),
    path("api/v1/", include(api)),
    re_path(r"^api(?:/.*)?$", NotFoundView.as_view()),
    path("console/", admin.site.urls),
]

handler400 = "nexafi.api.failures.bad_request"
handler403 = "nexafi.api.failures.permission_denied"
handler404 = "nexafi.api.failures.page_not_found"
handler500 = "nexafi.api.failures.server_error"
