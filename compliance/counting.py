"""Counts of an audience for pages: kept a moment, and made by a worker when the list is long."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from celery import current_app
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from campaigns.models import Campaign
from compliance.flight import HOUR_CODES
from compliance.preview import Audience, StepCount, audience, steps_of
from consent.models import Contact
from tenants.clock import db_now

FRESH = 60  # seconds that a page shows a count without making it anew
KEPT = 900  # seconds within which an asked-for approval may use it
AT_ONCE = 60_000  # contacts that are judged within the request
AT_WORK = 600  # seconds after which a worker is believed dead


def counted(campaign: Campaign, *, anew: bool = False, older: float = FRESH) -> Audience | None:
    """The count of the campaign as it stands; None while a worker is still at it. Inside the client's scope."""
    kept = None if anew else _read(campaign)
    at = db_now()
    if kept is not None and (at - kept.at).total_seconds() <= older:
        return kept
    if _few(campaign):
        return make(campaign)
    with suppress(RedisError, OperationalError):
        if cache.add(_key(campaign, "at-work"), 1, AT_WORK):
            given = {"client_id": campaign.client_id, "campaign_id": campaign.pk}
            current_app.send_task("compliance.tasks.count_audience", kwargs=given)
    return None


def to_lay_before(campaign: Campaign) -> Audience | None:
    """The count that a signer is shown. Made anew where that is a matter of the request: a fact that was mended since the last
    look, the certificate of the list say, must not stand there as a reason. Of a long list, what a page showed lately."""
    return make(campaign) if _few(campaign) else counted(campaign, older=KEPT)


def _few(campaign: Campaign) -> bool:
    contacts = Contact.objects.filter(client=campaign.client_id).order_by()
    return int(contacts[: AT_ONCE + 1].count()) <= AT_ONCE


def make(campaign: Campaign) -> Audience:
    """Judge everyone now and keep the answer."""
    made = audience(campaign, db_now(), reached_but_for=HOUR_CODES)
    steps = [
        {"position": each.step.position, "reachable": each.reachable, "groups": each.groups}
        for each in made.steps
    ]
    with suppress(RedisError):  # without the cache every page counts for itself
        cache.set(
            _key(campaign, "counted"),
            {"at": made.at.isoformat(), "people": made.people, "steps": steps, "reached": made.reached},
            KEPT,
        )
        cache.delete(_key(campaign, "at-work"))
    return made


def _read(campaign: Campaign) -> Audience | None:
    kept: dict[str, Any] | None = None
    with suppress(RedisError):
        kept = cache.get(_key(campaign, "counted"))
    if kept is None:
        return None
    steps = {step.position: step for step in steps_of(campaign)}
    if set(steps) != {each["position"] for each in kept["steps"]}:
        return None
    return Audience(
        datetime.fromisoformat(kept["at"]), kept["people"],
        [StepCount(steps[each["position"]], each["reachable"], each["groups"]) for each in kept["steps"]],
        kept["reached"],
    )  # fmt: skip


def _key(campaign: Campaign, what: str) -> str:
    # By fingerprint: a changed audience, sender or step is another count.
    return f"audience:{campaign.client_id}:{campaign.pk}:{campaign.fingerprint}:{what}"
