"""Where a booking system tells us of appointments by itself: signed with a secret of that client's, fresh, done once.

A request that is ours to read is answered 200 with what became of each row; that somebody is unknown here is no
error of the system that told, and it should not try for ever.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from datetime import timedelta
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, authentication_classes, permission_classes, throttle_classes
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.bookings import BookingIn, results_of
from campaigns.bookings.hooks import SPAN
from campaigns.models import BookingDelivery, BookingHook, BookingHookSecret, BookingLine
from tenants import audit
from tenants.access import hook
from tenants.api.bodies import read
from tenants.api.limits import BULK_COSTS, within
from tenants.api.problems import Problem, as_problem, problem_response
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tenants.webhook_signing import is_signed

LARGEST = 1024 * 1024  # bytes
A_MINUTE = timedelta(minutes=1)
UNSIGNED = "Send webhook-id, webhook-timestamp and webhook-signature, as docs/api.md describes."
WRONG = (
    "The signature was not made with a secret in force over these bytes: id, time and body, joined by dots."
)
STALE = "The signature is right, but its time is more than five minutes from ours. Set your clock, and sign each try anew."
logger = logging.getLogger(__name__)


@hook
@extend_schema(exclude=True)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
@throttle_classes([])
def hook_bookings(request: Request, public_id: str) -> Response:
    """Refused requests leave what was refused and why, and may be corrected and sent again under their id."""
    raw: Any = request._request
    if len(raw.body) > LARGEST:
        raise Problem(413, "More was sent than is read at once", "Send fewer rows in one request.")
    found = BookingHook.objects.select_related("client").filter(public_id=public_id, ended_at=None).first()
    if found is None:
        raise Problem(404, "There is no such address", "It may be mistyped, or its use was ended.")
    uid = request.headers.get("webhook-id", "")
    try:
        with acting_for(found.client_id):
            _prove(found, request, uid, raw.body)
    except Problem:
        _note_refusal(found)
        raise
    if not within(f"booking-hook:{found.pk}", BULK_COSTS):
        raise Throttled(wait=60)
    with acting_for(found.client_id):
        return _done(found, found.client, uid, raw.body)


def _prove(found: BookingHook, request: Request, uid: str, body: bytes) -> None:
    at, given = request.headers.get("webhook-timestamp", ""), request.headers.get("webhook-signature", "")
    if not (re.fullmatch(r"[!-~]{1,255}", uid) and re.fullmatch(r"[0-9]{1,12}", at) and given):
        raise Problem(401, "The request is not signed", UNSIGNED)
    now = db_now()
    secrets = BookingHookSecret.objects.in_force(now).filter(hook=found)
    if not is_signed([each.secret for each in secrets], given, uid, at, body):
        raise Problem(401, "The signature is not right", WRONG)
    if abs(now.timestamp() - int(at)) > SPAN.total_seconds():
        raise Problem(401, "The request is not fresh", STALE)


def _note_refusal(found: BookingHook) -> None:
    """Once a minute at most: a stranger who knocks writes no more than that."""
    logger.warning("a request of a booking system was refused", extra={"client": found.client_id})
    at = db_now()
    stale = Q(refused_at=None) | Q(refused_at__lt=at - A_MINUTE)
    BookingHook.objects.filter(stale, pk=found.pk).update(refused_at=at)


def _done(found: BookingHook, client: Client, uid: str, body: bytes) -> Response:
    """Take it, or say again what became of it."""
    row = BookingDelivery(
        client=client, hook=found, uid_hash=hashlib.sha256(uid.encode()).digest(), body_hash=hashlib.sha256(body).digest()
    )  # fmt: skip
    BookingDelivery.objects.bulk_create([row], ignore_conflicts=True)
    kept = BookingDelivery.objects.select_for_update(of=("self",)).get(hook=found, uid_hash=row.uid_hash)
    if kept.status == 200:
        if bytes(kept.body_hash) != row.body_hash:
            says = "Give every request an id of its own; only a repeat of the same bytes has the same."
            raise Problem(422, "This webhook-id was used for another request", says)
        return Response({"results": kept.results}, headers={"Idempotent-Replay": "true"})
    kept.body_hash, kept.at, kept.says = row.body_hash, db_now(), ""
    try:
        kept.results, kept.status = _taken(client, body), 200
    except (Problem, ValidationError) as error:
        return _refused(kept, as_problem(error) or Problem(422, str(error)))
    for each in BookingLine.Outcome:
        setattr(kept, each.value, sum(result["outcome"] == each.value for result in kept.results))
    first: list[str] = next((each["remarks"] for each in kept.results if each["id"] is None), [])
    kept.says = " ".join(first)[:400]
    kept.save()
    BookingHook.objects.filter(pk=found.pk).update(taken_at=kept.at)
    audit.record(
        "bookings.told_by_hook", kept, client_id=client.pk, hook=found.pk,
        taken=kept.taken, changed=kept.changed, known=kept.known, refused=kept.refused,
    )  # fmt: skip
    return Response({"results": kept.results})


def _taken(client: Client, body: bytes) -> list[dict[str, Any]]:
    try:
        data = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Problem(400, "The body could not be read", "Send one JSON object in UTF-8.") from None
    if isinstance(data, dict) and "rows" in data:
        return results_of(client, data)
    read(BookingIn, data)
    return results_of(client, {"rows": [data]})


def _refused(kept: BookingDelivery, problem: Problem) -> Response:
    wrong = [": ".join(filter(None, each.values())) for each in problem.errors]
    kept.status, kept.says = problem.status_code, " ".join([problem.sentence or problem.title, *wrong])[:400]
    kept.save()
    return problem_response(problem)
