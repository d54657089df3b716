"""What joining two records of one person would do, row by row: only read, so that the page shows what then happens.

The stricter fact wins, and nothing that was asked or promised is lost. Opt-outs belong to addresses, so they hold whoever
has the address. A yes is copied with its proof and stays with the former record too; where one of the two took the same yes
back later, it ends. Of one channel one address stays in use. What both were to get of one step is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from campaigns.models import Booking
from consent.models import ConsentRecord, Contact, ContactPoint, Import, Pause
from consent.places import unite
from messaging.evidence.erasing import is_erased
from messaging.evidence.holding import is_held
from messaging.models import Inbound, Message, Status
from messaging.models.message import may_have_left

MOVED = "moved"  # the reason why an address ended that does not speak against the other record's having it
UNDER_WAY = (Status.HANDING, Status.UNKNOWN)

# A yes that the other record took back later, and gave no newer one of the kind.
REVOKED_THERE = """
SELECT DISTINCT c.id FROM consent_consentrecord AS c
JOIN consent_consentrecord AS r ON r.client_id = c.client_id AND r.address_id = c.address_id AND r.purpose = c.purpose
    AND r.contact_id = ANY (%(both)s) AND r.contact_id <> c.contact_id AND r.ended_at > c.since
WHERE c.client_id = %(client)s AND c.contact_id = ANY (%(both)s) AND c.ended_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM consent_consentrecord AS n WHERE n.client_id = r.client_id AND n.contact_id = r.contact_id
        AND n.address_id = r.address_id AND n.purpose = r.purpose AND n.method = r.method AND n.ended_at IS NULL
)
ORDER BY c.id
"""


class CannotMerge(Exception):
    """Nothing was changed; the message is a sentence for whoever asked."""


@dataclass(frozen=True)
class Points:
    """Ids of contact points: all that go along, and what becomes of them and of the kept record's own."""

    moving: list[int] = field(default_factory=list)
    given_up: list[int] = field(
        default_factory=list
    )  # they go along, and are not used: the kept record has another
    same: list[int] = field(default_factory=list)  # both have it
    ended: list[int] = field(default_factory=list)  # the kept record's own, which the other knows not to work
    reopened: list[int] = field(
        default_factory=list
    )  # the kept record had it before, and the other has it now
    used: set[int] = field(default_factory=set)  # addresses in use afterwards


@dataclass(frozen=True)
class Prepared:
    """Everything that joining does. `facts`: of the kept record, as it is and as it becomes."""

    points: Points
    revoked: list[int]
    consents: list[int]
    cancelled: list[int]
    along: dict[str, list[int]]  # what goes along with the person, by name
    facts: dict[str, tuple[Any, Any]]

    @property
    def counts(self) -> dict[str, Any]:
        """For the page, the record and the certificate of the deed: numbers only."""
        lists = {
            "addresses": self.points.moving, "given_up": [*self.points.given_up, *self.points.ended], "consents": self.consents,
            "revoked": self.revoked, "cancelled": self.cancelled, **self.along,
        }  # fmt: skip
        return {name: len(ids) for name, ids in lists.items()}


def prepare(kept: Contact, gone: Contact) -> Prepared:
    """Inside the client's scope. Raises CannotMerge."""
    refuse(kept, gone)
    points, revoked = _points(kept, gone), _revoked(kept, gone)
    return Prepared(
        points, revoked, _consents(kept, gone, revoked), _twice(kept, gone, points.used), _along(kept, gone), _facts(kept, gone)
    )  # fmt: skip


def refuse(kept: Contact, gone: Contact) -> None:
    """Raises CannotMerge where the two must stay two."""
    if kept.pk == gone.pk or kept.merged_into_id or gone.merged_into_id:
        raise CannotMerge("One of them was joined already. Look at what stands now.")
    if Contact.objects.filter(merged_into=gone).exists():
        raise CannotMerge("Another record was joined into the one that would go. Keep that one instead.")
    if gone.pk == kept.guardian_id or kept.pk == gone.guardian_id:
        raise CannotMerge("One of them is the other’s guardian: they are two people.")
    if is_erased(kept) or is_erased(gone):
        raise CannotMerge("One of them was erased, or has neither a name nor an address.")
    if is_held(kept) or is_held(gone):
        raise CannotMerge("A legal hold covers one of them: what is there must stay as it is.")
    lists = Import.objects.filter(
        pk__in=[each.made_by_import_id for each in (kept, gone) if each.made_by_import_id]
    )
    if lists.exclude(state=Import.State.DONE).exists():
        raise CannotMerge("The list that one of them came with was undone or not read to its end.")
    if Message.objects.filter(contact__in=[kept, gone], status__in=UNDER_WAY).exists():
        raise CannotMerge(
            "A message to one of them is being handed over, or its outcome is still asked for. Try again in a minute."
        )


def _points(kept: Contact, gone: Contact) -> Points:
    mine = {each.address_id: each for each in ContactPoint.objects.filter(contact=kept)}
    channels = {each.channel for each in mine.values() if each.ended_at is None}
    found = Points(used={each.address_id for each in mine.values() if each.ended_at is None})
    for each in ContactPoint.objects.filter(contact=gone).order_by("pk"):
        there, is_open, free = mine.get(each.address_id), each.ended_at is None, each.channel not in channels
        if there is None:
            found.moving.append(each.pk)
        elif is_open:
            found.same.append(each.pk)
        if is_open and free and (there is None or there.end_reason == MOVED):
            channels.add(each.channel)
            found.used.add(each.address_id)
            if there is not None:
                found.reopened.append(there.pk)
        elif is_open and there is None:
            found.given_up.append(each.pk)
        elif not is_open and there is not None and there.ended_at is None and each.end_reason != MOVED:
            found.ended.append(there.pk)
            found.used.discard(each.address_id)
    return found


def _revoked(kept: Contact, gone: Contact) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(REVOKED_THERE, {"client": kept.client_id, "both": [kept.pk, gone.pk]})
        return [ident for (ident,) in cursor.fetchall()]


def _consents(kept: Contact, gone: Contact, revoked: list[int]) -> list[int]:
    """Those of the record that goes which the kept one lacks."""
    key = ("address", "purpose", "method")
    in_force = ConsentRecord.objects.filter(ended_at=None).exclude(pk__in=revoked)
    mine = set(in_force.filter(contact=kept).values_list(*key))
    rows = in_force.filter(contact=gone).order_by("pk").values_list("pk", *key)
    return [pk for pk, *what in rows if tuple(what) not in mine]


def _twice(kept: Contact, gone: Contact, used: set[int]) -> list[int]:
    """What waits a second time, where the other was written to, or for an address that is given up."""
    theirs = Message.objects.filter(contact__in=[kept, gone], step__isnull=False).order_by("pk")
    rows = list(theirs.values_list("pk", "contact", "step", "status", "address"))
    # Written to, or perhaps: the other record's message of the same step must not follow.
    said = set(theirs.filter(may_have_left()).values_list("contact", "step"))
    waits = {
        step for _, contact, step, status, address in rows
        if contact == kept.pk and status == Status.QUEUED and address in used and (gone.pk, step) not in said
    }  # fmt: skip
    found = []
    for ident, contact, step, status, address in rows:
        other = gone.pk if contact == kept.pk else kept.pk
        second = address not in used or (other, step) in said or (contact == gone.pk and step in waits)
        if status == Status.QUEUED and second:
            found.append(ident)
    return found


def _along(kept: Contact, gone: Contact) -> dict[str, list[int]]:
    both_know = Booking.objects.filter(contact=kept, ended_at=None, number="").values_list(
        "for_at", flat=True
    )
    bookings = Booking.objects.filter(contact=gone)
    bookings = bookings.exclude(ended_at=None, number="", for_at__in=[at for at in both_know if at])
    rows = {
        "messages": Message.objects.filter(contact=gone),
        "replies": Inbound.objects.filter(contact=gone),
        "bookings": bookings,
        "pauses": Pause.objects.filter(contact=gone),
        "wards": Contact.objects.filter(guardian=gone),
    }
    return {name: list(found.order_by("pk").values_list("pk", flat=True)) for name, found in rows.items()}


def _facts(kept: Contact, gone: Contact) -> dict[str, tuple[Any, Any]]:
    """The stricter or better known of both, where it is not the kept record's already."""
    wanted = {
        "deceased": kept.deceased or gone.deceased,
        "adult_from": max(filter(None, (kept.adult_from, gone.adult_from)), default=None),
        "last_visit": max(filter(None, (kept.last_visit, gone.last_visit)), default=None),
        "window_key": unite(kept.window_key, gone.window_key),
        # English is also what nobody was asked about; another language was told.
        "language": gone.language if kept.language == "en" else kept.language,
    }
    return {name: (was, value) for name, value in wanted.items() if (was := getattr(kept, name)) != value}
