"""Refusals as application/problem+json (RFC 9457): a sentence a person can act on, and nothing of anybody's data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

_OUR_NAMES = re.compile(r"[a-z][a-z_0-9.]{0,60}")


class Problem(exceptions.APIException):
    """A refusal: its status, a short title, a sentence, and for each wrong field a sentence."""

    def __init__(
        self, status: int, title: str, detail: str = "", errors: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(detail or title)
        self.status_code, self.title, self.sentence = status, title, detail
        self.errors = [{"field": field, "detail": says} for field, says in errors]


_SAID = {
    400: ("The body could not be read", "Send one JSON object in UTF-8."),
    401: ("No valid key", "Send a key in force as “Authorization: Bearer …”. Keys are made under Settings, API keys."),
    403: ("This key may not do that", "Make a key with the scope that the documentation names for this address."),
    404: ("There is no such thing", "The id may be mistyped, or it belongs to somebody else."),
    405: ("This address does not do that", "The documentation lists what can be done here."),
    406: ("Only JSON is spoken here", "Accept application/json."),
    415: ("Only JSON is read here", "Send Content-Type: application/json; for a list, text/csv."),
    429: ("Too much at once", "Wait as many seconds as Retry-After says."),
}  # fmt: skip


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as an answer."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status_code}
    if problem.sentence:
        body["detail"] = problem.sentence
    if problem.errors:
        body["errors"] = problem.errors
    return Response(body, problem.status_code, headers=headers, content_type="application/problem+json")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    """DRF's exception handler: every foreseen error as a problem. What nobody foresaw goes on to be logged."""
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.APIException):
        if header := getattr(error, "auth_header", ""):
            headers["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait))
    return problem_response(found, headers or None) if (found := as_problem(error)) is not None else None


def as_problem(error: Exception) -> Problem | None:
    """A foreseen error as the problem it is told as; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return Problem(404, *_SAID[404])
    if isinstance(error, exceptions.ValidationError):
        return Problem(422, "Something in the request is not right", errors=_errors(error.detail))
    if isinstance(error, PermissionDenied):
        return Problem(403, *_SAID[403])
    if isinstance(error, RequestDataTooBig):
        return Problem(413, "More was sent than is read at once", "Send fewer rows in one request.")
    if isinstance(error, RecursionError):
        return Problem(400, *_SAID[400])
    if isinstance(error, IntegrityError | OperationalError):
        return _collision(error)
    if isinstance(error, exceptions.APIException) and error.status_code in _SAID:
        return Problem(error.status_code, *_SAID[error.status_code])
    return None


def _collision(error: Exception) -> Problem | None:
    """Two writers at one row: nothing was written, and trying again helps. Other database errors are not foreseen."""
    code = getattr(error.__cause__, "pgcode", "")
    if code in ("23505", "40P01", "40001", "55P03"):
        return Problem(
            409, "Somebody else wrote the same at this moment", "Nothing was changed. Send the request again."
        )
    return None


def said(detail: Any) -> list[str]:
    """The same for a row of a bulk request: a sentence for each field that is wrong."""
    return [f"{field}: {says}" if field else says for field, says in _errors(detail)]


def _errors(detail: Any, at: str = "") -> list[tuple[str, str]]:
    """Field by field; a name that is not one of ours may be anybody's data, so it is not repeated."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            known = str(name) if _OUR_NAMES.fullmatch(str(name)) else "?"
            found += _errors(inner, f"{at}.{known}".strip(".") if known != "non_field_errors" else at)
        return found
    if isinstance(detail, list) and any(isinstance(each, dict) for each in detail):
        return [
            pair for number, each in enumerate(detail) for pair in _errors(each, f"{at}.{number}".strip("."))
        ]
    return [(at, str(each)) for each in (detail if isinstance(detail, list) else [detail])]
