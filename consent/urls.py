"""Addresses of this room."""
from django.urls import URLPattern, path

from consent import unsubscribe_pages

urlpatterns: list[URLPattern] = [
    path("u/<str:token>/", unsubscribe_pages.unsubscribe, name="unsubscribe"),
]
