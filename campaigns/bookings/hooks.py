"""The addresses that booking systems tell of appointments at: made, given a new secret, ended, and their log cleared."""

from __future__ import annotations

import secrets
from datetime import timedelta

from campaigns.models import BookingDelivery, BookingHook, BookingHookSecret
from tenants.clock import db_now
from tenants.models import Client, User
from tenants.webhook_signing import new_secret

SPAN = timedelta(minutes=5)  # a request is fresh
OVERLAP = timedelta(hours=24)  # the former secret is still believed
KEPT = timedelta(days=30)  # what was told
MOST = 10  # in use at one client


def make(client: Client, name: str, *, by: User) -> tuple[BookingHook, str]:
    """A new address and the one time its secret is shown. Inside `acting_for(client.pk)`."""
    made = BookingHook.objects.create(client=client, name=name, public_id=secrets.token_hex(11), made_by=by)
    return made, _new(made)


def renew(hook: BookingHook, *, at_once: bool) -> str:
    """A new secret; the former ends in a day, so that the other side has time, or now when it got out."""
    at = db_now()
    rows = BookingHookSecret.objects.filter(hook=hook)
    if at_once:
        rows.in_force(at).update(ended_at=at)
    else:
        rows.end(at + OVERLAP)
    return _new(hook)


def end(hook: BookingHook) -> bool:
    """From now on nothing is taken at this address; False when that was so before."""
    at = db_now()
    BookingHookSecret.objects.filter(hook=hook).update(secret="", ended_at=at)
    return bool(BookingHook.objects.filter(pk=hook.pk, ended_at=None).update(ended_at=at))


def forget() -> int:
    """Delete what was told more than 30 days ago; inside a scope. A repeat that late is refused as stale anyway."""
    return int(BookingDelivery.objects.filter(at__lt=db_now() - KEPT).delete()[0])


def _new(hook: BookingHook) -> str:
    secret = new_secret()
    BookingHookSecret.objects.create(client_id=hook.client_id, hook=hook, secret=secret)
    return secret
