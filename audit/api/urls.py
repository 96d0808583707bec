from django.urls import path

from audit.api import views

urlpatterns = [
    path("audit/events", views.EventsView.as_view()),
    path("audit/tree-head", views.TreeHeadView.as_view()),
    path("audit/proofs/inclusion", views.InclusionProofView.as_view()),
    path("audit/proofs/consistency", views.ConsistencyProofView.as_view()),
]
