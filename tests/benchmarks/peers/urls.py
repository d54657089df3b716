"""The peers' one page: anymail's own webhook."""

from __future__ import annotations

from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from django.urls import path

urlpatterns = [path("hook", SendGridTrackingWebhookView.as_view())]
