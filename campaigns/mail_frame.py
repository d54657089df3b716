"""A rendered mail as a page of its own, to be shown inside a frame of ours."""

from __future__ import annotations

from django.http import HttpResponse

# A mail brings its own inline styles and nothing else: it runs nothing, loads nothing, sends nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)


def mail_page(html: str) -> HttpResponse:
    """The mail's HTML with the strictest policy that still shows it."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store, private"
    return response
