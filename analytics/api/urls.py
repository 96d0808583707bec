from django.urls import path

from analytics.api import views

urlpatterns = [
    path("analytics/spending", views.SpendingView.as_view()),
    path("analytics/income", views.IncomeView.as_view()),
]
