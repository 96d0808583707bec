from django.urls import path

from notifications.api import views

urlpatterns = [
    path("notifications", views.MessagesView.as_view()),
    path("notifications/send", views.SendView.as_view()),
    path("notifications/preferences/<uuid:user_id>", views.PreferencesView.as_view()),
    path("notifications/<uuid:message_id>/status", views.MessageStatusView.as_view()),
]
