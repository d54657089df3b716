"""Audiences with a name: kept from one campaign, used by the next, counted all in one query."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Count

from campaigns import wording
from campaigns.audience import matching, months_before, visit_before
from campaigns.forms import today
from campaigns.models import Campaign, SavedAudience
from consent.models import Contact
from tenants.models import Client, User

MOST = 30  # of one client
LAPSED = (6, 12, 18, 24)  # months since the last visit, ready to be chosen
PREFIX = "lapsed-"


class CannotKeep(Exception):
    """Nothing was kept; the message is a sentence for the person who tried."""


@dataclass(frozen=True)
class Choice:
    """One audience to begin from, as it is today."""

    key: str
    name: str
    last_visit_before: date | None
    last_visit_after: date | None = None
    segments: tuple[str, ...] = ()
    location_id: int | None = None
    location_name: str = ""
    kept: SavedAudience | None = None

    @property
    def says(self) -> str:
        """The rule in words."""
        return wording.audience({
            "audience": {
                "last_visit_before": self.last_visit_before and self.last_visit_before.isoformat(),
                "last_visit_after": self.last_visit_after and self.last_visit_after.isoformat(),
                "segments": self.segments, "location_name": self.location_name,
            }
        })  # fmt: skip


def choices(client: Client) -> list[Choice]:
    """The presets, then what the client keeps, by name. Inside the client's scope."""
    now = today(client)
    kept = (
        SavedAudience.objects.filter(client=client)
        .select_related("location", "made_by")
        .order_by("name")[:MOST]
    )
    return [
        *(
            Choice(f"{PREFIX}{each}", f"Not seen for {each} months", months_before(now, each))
            for each in LAPSED
        ),
        *(_as_choice(each, now) for each in kept),
    ]


def counted(client: Client, of: list[Choice]) -> list[tuple[Choice, int]]:
    """Each with how many contacts it names: one query for all; half a minute old at most."""

    def ask() -> dict[str, int]:
        rows = Contact.objects.filter(client=client, merged_into=None)
        return (
            rows.aggregate(**{f"n{n}": Count("pk", filter=matching(each)) for n, each in enumerate(of)})
            if of
            else {}
        )

    rules = hashlib.sha256(repr([(each.key, each.says) for each in of]).encode()).hexdigest()[:16]
    found: Mapping[str, Any] = cache.get_or_set(f"audience-counts:{client.pk}:{rules}", ask, 30) or {}
    return [(each, int(found.get(f"n{n}", 0))) for n, each in enumerate(of)]


def use(campaign: Campaign, choice: Choice) -> None:
    """Put it into the campaign's rule; a preset leaves segments and location as they are. Only inside `editing.change`."""
    campaign.last_visit_before, campaign.last_visit_after = choice.last_visit_before, choice.last_visit_after
    if campaign.joins and (months := _months(choice)):  # the rule goes on moving with the days
        campaign.last_visit_before = None
        campaign.lapsed_months = months
    else:
        campaign.lapsed_months = None
    if choice.kept is not None:
        campaign.segments, campaign.location = list(choice.segments), choice.kept.location


def _months(choice: Choice) -> int | None:
    if choice.kept is not None:
        return choice.kept.lapsed_months
    return int(choice.key.removeprefix(PREFIX))


def keep(campaign: Campaign, name: str, months: int | None, by: User) -> SavedAudience:
    """Keep the campaign's rule under a name; with `months`, its day moves along. Raises CannotKeep."""
    if SavedAudience.objects.filter(client=campaign.client_id).count() >= MOST:
        raise CannotKeep(f"{MOST} audiences are kept already. Delete one first.")
    try:
        with transaction.atomic():
            made: SavedAudience = SavedAudience.objects.create(
                client_id=campaign.client_id, name=name, last_visit_before=None if months else visit_before(campaign),
                lapsed_months=months, last_visit_after=campaign.last_visit_after, segments=campaign.segments,
                location=campaign.location, made_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise CannotKeep("There is an audience of this name already. Choose another name.") from None
    return made


def _as_choice(kept: SavedAudience, now: date) -> Choice:
    before = months_before(now, kept.lapsed_months) if kept.lapsed_months else kept.last_visit_before
    location = kept.location
    return Choice(
        f"kept-{kept.pk}", kept.name, before, kept.last_visit_after, tuple(kept.segments), kept.location_id,
        location.name if location else "", kept,
    )  # fmt: skip
