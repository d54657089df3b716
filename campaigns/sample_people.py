"""Whom a preview shows: a real contact of the audience, chosen to show what words do to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from campaigns.audience import people
from campaigns.models import Campaign
from campaigns.rendering import Person, person_of
from consent.models import Contact, ContactPoint

LOOKED_AT = 200  # contacts decrypted to find a long name
KINDS = (("typical", "Typical"), ("longest", "Longest name"), ("missing", "Missing data"))


@dataclass(frozen=True)
class Sample:
    """A person to show, and what to say about them. `real` is False when the audience is empty."""

    person: Person
    name: str
    real: bool


MADE_UP = Sample(
    Person(
        0,
        {
            "first_name": "Maria",
            "hello": "Hi Maria",
            "last_name": "Garcia",
            "full_name": "Maria Garcia",
            "guardian_first_name": "Ana",
            "location_name": "Main Street",
        },
    ),
    "Maria Garcia, made up: nobody is in the audience yet",
    False,
)


def sample(campaign: Campaign, channel: str, needs: Sequence[str], kind: str) -> Sample | None:
    """One contact of the audience with an address on `channel` (empty: on any); None when there is none."""
    points = ContactPoint.objects.filter(contact=OuterRef("pk"), ended_at=None)
    if channel:
        points = points.filter(channel=channel)
    rows = people(campaign).filter(Exists(points)).select_related("guardian", "location").order_by("pk")
    whole = Q(filled__contains=list(needs))
    if kind == "missing":
        # Everybody may be complete: not more than the first ten thousand are looked at.
        near = people(campaign).order_by("pk").values("pk")[:10_000]
        return _shown(rows.filter(pk__in=near).exclude(whole).first()) if needs else None
    complete = rows.filter(whole, deceased=False)
    if kind == "longest":
        return _shown(max(complete[:LOOKED_AT], key=lambda each: len(each.name), default=None))
    return _shown(complete.first()) or MADE_UP


def _shown(contact: Contact | None) -> Sample | None:
    return Sample(person_of(contact), contact.name or "No name", True) if contact is not None else None
