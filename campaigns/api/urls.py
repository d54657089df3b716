"""Addresses of this room's part of the API."""

from django.urls import URLPattern, path

from campaigns.api import bookings, campaigns

urlpatterns: list[URLPattern] = [
    path("campaigns/", campaigns.campaigns, name="api_campaigns"),
    path("campaigns/<int:campaign>/", campaigns.campaign, name="api_campaign"),
    path("bookings/", bookings.bookings, name="api_bookings"),
    path("bookings/bulk/", bookings.bookings_bulk, name="api_bookings_bulk"),
]
