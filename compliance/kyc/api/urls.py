from django.urls import path

from compliance.kyc.api import views

urlpatterns = [
    path("kyc", views.VerificationsView.as_view()),
    path("kyc/verify", views.VerifyView.as_view()),
    path("kyc/<uuid:verification_id>", views.VerificationView.as_view()),
    path("kyc/<uuid:verification_id>/documents", views.DocumentsView.as_view()),
    path("kyc/<uuid:verification_id>/complete", views.CompleteView.as_view()),
]
