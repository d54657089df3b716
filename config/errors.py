"""Error pages: a sentence a person can act on, and nothing of anybody's data."""

from __future__ import annotations

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from consent import dead_links
from tenants.access import public


def _page(request: HttpRequest, status: int, title: str, says: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "says": says, "status": status}, status=status)


TOO_MUCH = "More was sent at once than a page ever sends. Nothing was changed. Choose fewer, or less text."


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    says = "Something in the request was not in the expected form. Go back and try again."
    if isinstance(exception, BadRequest) and str(exception):
        says = str(exception)
    elif isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        says = TOO_MUCH
    return _page(request, 400, "We could not read that", says)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        "Your role does not allow this",
        str(exception or "") or "Ask the agency's owner for access.",
    )


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    if told := dead_links.told(request.path):
        return render(request, "consent/dead_link.html", {"told": told}, status=404)
    return _page(
        request,
        404,
        "There is no such page",
        "The address may be mistyped, or the page belongs to someone else.",
    )


@public
def broken(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        told = {
            "type": "about:blank",
            "title": "Something broke on our side",
            "status": 500,
            "detail": "Nothing was half-saved. Send it again.",
        }
        return JsonResponse(told, status=500, content_type="application/problem+json")
    return _page(
        request,
        500,
        "Something broke on our side",
        "Nothing was half-saved. Try again; if it stays, tell the agency's owner.",
    )


@public
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return _page(
        request,
        403,
        "This form is too old",
        "Go back, reload the page and send it again. Nothing was changed.",
    )
