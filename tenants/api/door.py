"""The door of the API: a key in force, its scope, its limit; then the client's scope and one transaction for the deed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from tenants import audit, looks
from tenants.access import View, by_key
from tenants.api import tokens
from tenants.api.once import Once
from tenants.api.problems import Problem
from tenants.models import ApiToken, Client
from tenants.scope import acting_for

ApiView = Callable[..., Response]


class ApiRequest(Request):
    """A request that came through the door: `auth` is the key it came with."""

    auth: ApiToken


def door(*, once: bool = True, bulk: bool = False, **scopes: str) -> Callable[[ApiView], View]:
    """Open `view(request, client, …)` to keys with the scope named for each method: `door(GET="contacts:read")`.

    `once`: whether a POST needs an Idempotency-Key (only a search does without). `bulk`: weighs more in the limit.
    The view runs in the client's scope and in one transaction: whatever it raises, nothing of it stays.
    """

    def decorate(view: ApiView) -> View:
        @wraps(view)
        def inside(request: Any, *args: Any, **kwargs: Any) -> Response:
            token, method = request.auth, str(request.method)
            needed = scopes["GET" if method == "HEAD" else method]
            if needed not in token.scopes:
                raise Problem(403, "This key may not do that", f"It lacks the scope {needed}.")
            tokens.used(token)
            client: Client = token.client
            with acting_for(client.pk):
                kept = Once.of(request) if method == "POST" and once else None
                answer = kept.former() if kept else None
                if answer is None:
                    answer = view(request, client, *args, **kwargs)
                    if kept:
                        kept.keep(answer)
                    if method in ("GET", "HEAD") or not once:
                        _read(request, view.__name__, kwargs, answer)
            return _tagged(request, answer)

        called: Any = api_view(list(scopes))(inside)
        called.cls.bulk, called.cls.scopes, called.cls.once = bulk, scopes, once
        return by_key(called)

    return decorate


def _read(request: Any, route: str, asked: dict[str, Any], answer: Response) -> None:
    """On record: one row a request; for who was found by an address one a person."""
    results = answer.data.get("results")
    about = looks.read_by_key(route, asked, request.query_params.get("contact", ""), results)
    rows = 1 if results is None or len(about) > 1 else len(results)
    audit.record_read(
        "api.read", about, client_id=request.auth.client_id, request=request, token=request.auth.pk, route=route, rows=rows
    )  # fmt: skip


def _tagged(request: Request, answer: Response) -> Response:
    """With an ETag; a GET whose caller has the same already is answered 304 and empty. Kept by no cache."""
    answer["Cache-Control"] = "no-store, private"
    if answer.status_code != 200 or request.method == "POST":
        return answer
    text = json.dumps(answer.data, cls=JSONEncoder, sort_keys=True)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if tag in [
        each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")
    ]:
        answer = Response(status=304)
        answer["Cache-Control"] = "no-store, private"
    answer["ETag"] = tag
    return answer


def etag_of(data: Any) -> str:
    """The ETag under which this answer was given."""
    return f'"{hashlib.sha256(json.dumps(data, cls=JSONEncoder, sort_keys=True).encode()).hexdigest()[:32]}"'


def noted(request: ApiRequest, verb: str, what: Any = "", **detail: Any) -> None:
    """Put a deed done with this key on record."""
    audit.record(
        verb, what, client_id=request.auth.client_id, request=request, token=request.auth.pk, **detail
    )
