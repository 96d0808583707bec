from django.urls import path

from compliance.monitoring.api import views

urlpatterns = [
    path("aml/check", views.CheckView.as_view()),
    path("aml/rules", views.RulesView.as_view()),
]
