"""Where providers call us. Verify, keep, store a person's no, answer; everything else is applied afterwards.

A 2xx says that the webhook is in the database and that an opt-out in it is in force for every later claim
(decisions 22). When the database cannot take it the answer is 503, so that the provider comes again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging import applying, bell
from messaging.applying import HOOKS
from messaging.providers.hooks import Forged, Hook, Kept, NoKey, Received
from tenants.access import hook
from tenants.clock import db_now
from tenants.encryption import encrypt
from tenants.failpoints import reach
from tenants.hashing import token_hash
from tenants.models import HookEndpoint, ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
LARGEST = 8 * 1024 * 1024  # bytes; SendGrid posts up to 1,000 events at once
LARGEST_MAIL = 48 * 1024 * 1024  # what mail servers let through, encoded; only the beginning of it is kept
OVERLAP = timedelta(hours=24)  # an account's former key is still believed


@hook
@csrf_exempt
@require_POST
def twilio_status(request: HttpRequest, token: str) -> HttpResponse:
    """StatusCallback of a text of ours; its query names the attempt."""
    return _receive(request, token, HOOKS["twilio", "status"], reverse("hook_twilio_status", args=[token]))


@hook
@csrf_exempt
@require_POST
def twilio_inbound(request: HttpRequest, token: str) -> HttpResponse:
    """A text that a person sent to one of the client's numbers."""
    return _receive(request, token, HOOKS["twilio", "inbound"], reverse("hook_twilio_inbound", args=[token]))


@hook
@csrf_exempt
@require_POST
def sendgrid(request: HttpRequest, token: str) -> HttpResponse:
    """SendGrid's signed event webhook."""
    return _receive(request, token, HOOKS["sendgrid", "events"], reverse("hook_sendgrid", args=[token]))


@hook
@csrf_exempt
@require_POST
def smtp(request: HttpRequest, token: str) -> HttpResponse:
    """A mail that came back, or was written back, posted by the client's relay."""
    return _receive(request, token, HOOKS["smtp", "mail"], reverse("hook_smtp", args=[token]))


def _receive(request: HttpRequest, token: str, kind: Hook, path: str) -> HttpResponse:
    largest = LARGEST_MAIL if kind.provider == "smtp" else LARGEST
    try:
        body = request.read(largest + 1)
    except (UnreadablePostError, OSError):
        return HttpResponse(status=400)
    if len(body) > largest:
        logger.error(
            "a webhook is too large", extra={"provider": kind.provider, "hook": kind.kind, "count": len(body)}
        )
        return HttpResponse(status=413)
    query = request.META.get("QUERY_STRING", "")
    received = Received(
        f"{settings.PUBLIC_URL}{path}" + (f"?{query}" if query else ""), query, body, request.headers
    )
    try:
        endpoint = HookEndpoint.objects.filter(token_hash=token_hash(token), provider=kind.provider).first()
        if endpoint is None or endpoint.ended_at is not None:
            # Without the account's key nothing in it can be believed. Somebody has to see that a provider still calls.
            about = {"provider": kind.provider, "hook": kind.kind}
            if endpoint is None:
                logger.warning("a webhook came to an address that is nobody's", extra=about)
            else:
                logger.error(
                    "a webhook came for a client that has left", extra={"client": endpoint.client_id, **about}
                )
            return HttpResponse(status=404)
        return _keep(endpoint.client_id, kind, received)
    except (DatabaseError, InterfaceError):
        logger.exception(
            "the database did not take a webhook", extra={"provider": kind.provider, "hook": kind.kind}
        )
        return HttpResponse(status=503)


def _keep(client_id: int, kind: Hook, received: Received) -> HttpResponse:
    about = {"client": client_id, "provider": kind.provider, "hook": kind.kind}
    reach("hook.before_verify")
    try:
        with acting_for(client_id):
            now = db_now()
            kept = _verified(kind, received, now)
            raw_id = _stored(client_id, kind, kept)
            said_no = raw_id is not None and applying.take_urgent(client_id, kind, raw_id, kept.text, now)
            reach("hook.before_commit")
        reach("hook.after_commit")
    except Forged as error:
        logger.warning("a webhook was refused", extra={**about, "reason": str(error)})
        return HttpResponse(status=403)
    except NoKey as error:
        logger.error("a webhook cannot be verified", extra={**about, "reason": str(error)})
        return HttpResponse(status=503)
    if raw_id is not None:
        bell.ring(client_id, at_once=said_no)
    return HttpResponse(status=200)


def _verified(kind: Hook, received: Received, now: datetime) -> Kept:
    """Under the account's key, or that of the one before it while a change of keys overlaps (reliability F48)."""
    accounts = (
        ProviderAccount.objects.filter(provider=kind.provider)
        .exclude(ended_at__lt=now - OVERLAP)
        .order_by("-pk")
    )
    why: Forged | NoKey = NoKey("account")
    for account in accounts:
        if not account.is_readable:
            continue
        try:
            return kind.open(received, account.credentials(), now)
        except (Forged, NoKey) as error:
            why = error if isinstance(error, Forged) or not isinstance(why, Forged) else why
    raise why


def _stored(client_id: int, kind: Hook, kept: Kept) -> int | None:
    """The id of the new row; None when this very delivery is there already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_rawhook (client_id, provider, kind, delivery_id, body, problem, tries)
            VALUES (%s, %s, %s, %s, %s, '', 0)
            ON CONFLICT (client_id, provider, kind, delivery_id) DO NOTHING RETURNING id
            """,
            [client_id, kind.provider, kind.kind, kept.delivery_id, encrypt(kept.text)],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None
