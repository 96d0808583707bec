from django.urls import path

from compliance.cases.api import views

urlpatterns = [
    path("aml/alerts", views.AlertsView.as_view()),
    path("aml/alerts/next", views.NextView.as_view()),
    path("aml/alerts/<uuid:alert_id>", views.AlertView.as_view()),
    path("aml/alerts/<uuid:alert_id>/assign", views.AssignView.as_view()),
    path("aml/alerts/<uuid:alert_id>/comment", views.CommentView.as_view()),
    path("aml/alerts/<uuid:alert_id>/release", views.ReleaseView.as_view()),
    path("aml/alerts/<uuid:alert_id>/reject", views.RejectView.as_view()),
    path("compliance/dashboard", views.DashboardView.as_view()),
]
