"""The API as a whole: every room's part under /api/v1/, and a problem where there is nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, re_path
from django.views.decorators.csrf import csrf_exempt

from tenants.access import public


@csrf_exempt
@public
def nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """An address that does not exist, told in the API's own words."""
    told = {"type": "about:blank", "title": "There is no such address", "status": 404}
    return JsonResponse(told, status=404, content_type="application/problem+json")


urlpatterns: list[URLPattern | URLResolver] = [
    re_path("", include("consent.api.urls")),
    re_path("", include("campaigns.api.urls")),
    re_path("", include("messaging.api.urls")),
    re_path(r"^[\s\S]*$", nothing, name="api_nothing"),
]
