"""Where a deed comes from, limits of a session, and pages that no cache keeps."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from tenants import audit

Handler = Callable[[HttpRequest], HttpResponse]
SEEN_EVERY = 30  # seconds between two writes of the session's last use


def deeds_from(get_response: Handler) -> Handler:
    """Whatever is recorded while a request is answered says from where it came."""

    def handle(request: HttpRequest) -> HttpResponse:
        with audit.coming_from(request):
            return get_response(request)

    return handle


def session_limits(get_response: Handler) -> Handler:
    """End a session idle for 15 minutes or older than 12 hours. Background polling (X-Poll) does not extend it."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            began = request.session.setdefault("began", now)
            seen = request.session.get("seen", now)
            if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
                logout(request)
            elif "X-Poll" not in request.headers and (
                now - seen > SEEN_EVERY or "seen" not in request.session
            ):
                request.session["seen"] = now
        return get_response(request)

    return handle


def private_pages(get_response: Handler) -> Handler:
    """Pages of people who signed in are kept by no cache."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return handle
