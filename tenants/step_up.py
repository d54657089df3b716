"""Deeds that ask once more who is there: exports, keys, members, how long data is kept, erasing.

Whoever left a computer open, or lost a session to somebody, has not given that away too.
"""

from __future__ import annotations

import time
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from tenants.access import View

FRESH = 300  # seconds
SAYS = (
    "Confirm that it is you, then do it again: what you asked for needs a sign-in of the last five minutes."
)


def is_lately_proven(request: HttpRequest) -> bool:
    """Whether this session signed in or confirmed within the last five minutes."""
    proofs = get_authentication_records(request, request.user)
    return any(time.time() - proof.get("at", 0) < FRESH for proof in proofs)


def lately_proven(view: View) -> View:
    """Inside an access decorator: a deed (not a look) only within five minutes of a sign-in or a confirmation.

    Nothing of what was sent is kept: it is sent again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in ("GET", "HEAD", "OPTIONS") or is_lately_proven(request):
            return view(request, *args, **kwargs)
        messages.warning(request, SAYS)
        where = reverse("account_reauthenticate") + "?" + urlencode({"next": came_from(request)})
        if request.headers.get("HX-Request") == "true":
            answer = HttpResponseRedirect(where)
            answer.status_code = 204
            answer["HX-Redirect"] = where
            return answer
        return HttpResponseRedirect(where)

    guarded.asks_again = True  # type: ignore[attr-defined]
    return guarded


def came_from(request: HttpRequest) -> str:
    """The page the deed was pressed on, when it is one of ours."""
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc == request.get_host() and came.path.startswith("/"):
        return came.path + (f"?{came.query}" if came.query else "")
    return reverse("home")
