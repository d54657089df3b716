"""Addresses of this room's part of the API."""

from django.urls import URLPattern, path

from messaging.api import messages

urlpatterns: list[URLPattern] = [
    path("messages/", messages.messages, name="api_messages"),
    path("messages/<int:message>/", messages.message, name="api_message"),
    path("replies/", messages.replies, name="api_replies"),
    path("replies/<int:reply>/", messages.reply, name="api_reply"),
]
