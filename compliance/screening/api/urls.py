from django.urls import path

from compliance.screening.api import views

urlpatterns = [
    path("sanctions/screen", views.ScreenView.as_view()),
    path("sanctions/screen/batch", views.ScreenBatchView.as_view()),
    path("sanctions/lists", views.ListsView.as_view()),
    path("sanctions/hits", views.HitsView.as_view()),
    path("sanctions/hits/<uuid:hit_id>/resolve", views.ResolveHitView.as_view()),
]
