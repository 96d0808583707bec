from django.urls import path

from nexafi.approvals.api import views

urlpatterns = [
    path("approvals", views.ApprovalsView.as_view()),
    path("approvals/<uuid:approval_id>", views.ApprovalView.as_view()),
    path("approvals/<uuid:approval_id>/approve", views.ApproveView.as_view()),
    path("approvals/<uuid:approval_id>/reject", views.RejectView.as_view()),
]
