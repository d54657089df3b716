"""Whom a preview shows: a real contact of the audience, chosen to show what words do to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Length

from campaigns.audience import people
from campaigns.models import Campaign
from campaigns.rendering import Person, person_of
from consent.models import Contact, ContactPoint

NEAR = 10_000  # of a large audience no more are gone through for the worst cases
LOOKED_AT = 200  # contacts decrypted to find the longest name
TYPICAL = 3  # people whom a signer sees who have all the words need
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


@dataclass(frozen=True)
class Face:
    """Somebody for whom a signer sees the messages, by a number; `kind` as in KINDS."""

    number: int
    kind: str
    sample: Sample

    @property
    def label(self) -> str:
        """Why them; of one who is simply typical the name."""
        return self.sample.name if self.kind == "typical" else dict(KINDS)[self.kind]


def sample(campaign: Campaign, channel: str, needs: Sequence[str], kind: str) -> Sample | None:
    """One contact of the audience with an address on `channel` (empty: on any); None when there is none."""
    rows = _reachable(campaign, channel)
    if kind == "missing":
        return _shown(_lacking_most(campaign, rows, needs))
    complete = rows.filter(filled__contains=list(needs), deceased=False)
    if kind == "longest":
        return _shown(_longest_named(campaign, complete))
    return _shown(complete.order_by("pk").first()) or MADE_UP


def faces(campaign: Campaign, needs: Sequence[str]) -> list[Face]:
    """Whom a signer sees: three people who have all the words need, the longest name, and who lacks most of it; each if there is one."""
    rows = _reachable(campaign, "")
    complete = rows.filter(filled__contains=list(needs), deceased=False)
    chosen = [("typical", _shown(each)) for each in complete.order_by("pk")[:TYPICAL]]
    chosen = chosen or [("typical", MADE_UP)]
    chosen += [
        ("longest", _shown(_longest_named(campaign, complete))),
        ("missing", _shown(_lacking_most(campaign, rows, needs))),
    ]
    seen = [(kind, who) for kind, who in chosen if who]
    return [Face(number, kind, who) for number, (kind, who) in enumerate(seen, start=1)]


def _reachable(campaign: Campaign, channel: str) -> QuerySet[Contact]:
    points = ContactPoint.objects.filter(contact=OuterRef("pk"), ended_at=None)
    if channel:
        points = points.filter(channel=channel)
    return people(campaign).filter(Exists(points)).select_related("guardian", "location")


def _longest_named(campaign: Campaign, complete: QuerySet[Contact]) -> Contact | None:
    """A long name has a long ciphertext, in blocks of sixteen letters: those are decrypted and compared."""
    long = complete.filter(pk__in=_near(campaign)).order_by(
        -(Length("first_name") + Length("last_name")), "pk"
    )
    return max(long[:LOOKED_AT], key=lambda each: len(each.name), default=None)


def _lacking_most(campaign: Campaign, rows: QuerySet[Contact], needs: Sequence[str]) -> Contact | None:
    if not needs:
        return None
    lacks = [Case(When(filled__contains=[each], then=0), default=1) for each in needs]
    lacking = rows.filter(pk__in=_near(campaign)).exclude(filled__contains=list(needs))
    return lacking.order_by(-sum(lacks, Value(0, output_field=IntegerField())), "pk").first()


def _near(campaign: Campaign) -> QuerySet[Contact, Any]:
    return people(campaign).order_by("pk").values("pk")[:NEAR]


def _shown(contact: Contact | None) -> Sample | None:
    return Sample(person_of(contact), contact.name or "No name", True) if contact is not None else None
