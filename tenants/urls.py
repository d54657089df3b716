"""Addresses of this room."""
from django.urls import URLPattern, path

from tenants import home_pages

urlpatterns: list[URLPattern] = [
    path("", home_pages.home, name="home"),
]
