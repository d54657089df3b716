"""Every address: one include per room."""

from django.urls import include, path

from config import health

urlpatterns = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/", include("config.api")),
    path("accounts/", include("tenants.account_urls")),
    path("", include("tenants.urls")),
    path("", include("consent.urls")),
    path("", include("campaigns.urls")),
    path("", include("compliance.urls")),
    path("", include("messaging.urls")),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
