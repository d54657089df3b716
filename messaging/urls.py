"""Addresses of this room."""

from django.urls import URLPattern, path

from messaging import inbox_pages, webhooks

urlpatterns: list[URLPattern] = [
    path("hooks/twilio/<str:token>/status", webhooks.twilio_status, name="hook_twilio_status"),
    path("hooks/twilio/<str:token>/inbound", webhooks.twilio_inbound, name="hook_twilio_inbound"),
    path("hooks/sendgrid/<str:token>", webhooks.sendgrid, name="hook_sendgrid"),
    path("hooks/smtp/<str:token>", webhooks.smtp, name="hook_smtp"),
    path("c/<slug:client>/inbox/", inbox_pages.inbox, name="inbox"),
    path("c/<slug:client>/inbox/<int:reply>/resolve", inbox_pages.resolve, name="resolve_reply"),
    path("c/<slug:client>/inbox/with/<int:contact>/", inbox_pages.thread, name="thread"),
]
