"""Erasing a person: what names them goes, what protects them and proves what was done stays.

Gone: names, addresses, the practice's own id, dates, words as sent, replies, webhooks, lines of imports, notes.
Kept: the opt-out (a keyed hash), the proof that a consent was given (dates and wording), the fingerprint of what
was sent, and the sealed record, which never named them. An address nobody else uses is opted out for good, so
that the same list imported again reaches nobody. Whom they answer for as a guardian stays too; their name goes from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, unquote_plus

from django.db.models import Q, QuerySet

from campaigns.models import Booking
from consent.models import (
    AddressPause,
    ConsentRecord,
    ConsentScan,
    Contact,
    ContactPoint,
    ImportRow,
    MailWish,
    Merge,
    Pause,
    Suppression,
)
from consent.suppressing import suppress
from messaging.evidence import as_guardian
from messaging.evidence.certifying import certify
from messaging.evidence.erase_list import note
from messaging.evidence.holding import is_held
from messaging.models import (
    Answer,
    Attempt,
    Certificate,
    Inbound,
    LegalHold,
    Message,
    Picture,
    RawHook,
    Status,
)
from tenants.api import once
from tenants.clock import db_now
from tenants.models import User

AT_ONCE = 1000
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")  # as JSON may write any letter
UNDER_WAY = (Status.HANDING, Status.UNKNOWN)
ON_ITS_WAY = (
    "A message to this person, or to a child they answer for, is being handed over, or its outcome is still being asked for. "
    "Try again later."
)


class CannotErase(Exception):
    """The person was not erased; the message is a sentence for whoever asked."""


def erase(contact_id: int, by: User | None) -> Certificate:
    """Erase one person, inside `acting_for(client)`; everything or nothing. Twice does no harm. Raises CannotErase."""
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact_id)
    if is_held(contact, and_wards=True):
        raise CannotErase(
            "A legal hold covers this person, or a child they answer for. End it first, or wait until it has ended."
        )
    if not as_guardian.hold_back(contact):
        raise CannotErase(ON_ITS_WAY)
    for other in Contact.objects.filter(merged_into=contact).order_by("pk").values_list("pk", flat=True):
        erase(other, by)  # the same person's former record
    counts = {"cancelled": _cancel(contact)}
    own = _addresses(contact)
    values = _values(contact)
    counts["opted_out"] = _opt_out(contact, own, by)
    counts["messages"] = Attempt.objects.filter(message__contact=contact).update(
        content="", emptied_at=db_now()
    )
    counts["answers"] = Answer.objects.filter(message__contact=contact).update(words="", emptied_at=db_now())
    counts["replies"] = _replies(contact, own).update(value="", body="", body_words=[], emptied_at=db_now())
    shown = Picture.objects.filter(reply__in=_replies(contact, own).values("pk"), emptied_at=None)
    counts["pictures"] = shown.update(file="", emptied_at=db_now())
    counts["webhooks"] = _webhooks(contact.client_id, values)
    counts["import_lines"] = _import_lines(contact, values)
    scans = ConsentRecord.objects.filter(contact=contact, scan__isnull=False).values("scan")
    ConsentScan.objects.filter(pk__in=scans).update(content="")
    once.empty(contact.client_id)
    counts["consents"] = ConsentRecord.objects.filter(contact=contact).update(evidence="")
    Suppression.objects.filter(client=contact.client_id, address__in=own).update(note="")
    Pause.objects.filter(contact=contact, ended_at=None).end(db_now(), ended_by=by)
    for said in (Pause, LegalHold):  # why, in a member's own words: they may name the person
        said.objects.filter(contact=contact).update(reason="")
    AddressPause.objects.filter(client=contact.client_id, address__in=own).end(db_now(), ended_by=by)
    counts["bookings"] = Booking.objects.filter(contact=contact).update(number="", for_at=None, location=None)
    MailWish.objects.filter(client=contact.client_id, address__in=own).delete()
    joined = Merge.objects.filter(Q(kept=contact) | Q(gone=contact), client=contact.client_id)
    joined.update(before={}, final_at=db_now())
    counts |= as_guardian.forget(contact, own)
    counts["addresses"] = ContactPoint.objects.filter(contact=contact).delete()[0]
    _empty(contact)
    made = certify(contact.client_id, "person", counts, contact_id=contact.pk, by=by)
    note(contact.client_id, contact.pk)
    return made


def _cancel(contact: Contact) -> int:
    """What has not been handed over never will be; what is on its way must first come to rest."""
    theirs = Message.objects.filter(contact=contact)
    list(theirs.filter(status=Status.QUEUED).select_for_update(of=("self",)).values_list("pk", flat=True))
    cancelled = theirs.filter(status=Status.QUEUED).update(status=Status.CANCELLED, settled_at=db_now())
    told = Message.objects.filter(Q(contact=contact) | Q(contact__guardian=contact))
    if told.filter(status__in=UNDER_WAY).exists():
        raise CannotErase(ON_ITS_WAY)
    return int(cancelled)


def _addresses(contact: Contact) -> list[int]:
    """The addresses that only this person uses, for themselves or for their children; a shared one also belongs to somebody who stays."""
    mine = set(ContactPoint.objects.filter(contact=contact).values_list("address", flat=True))
    shared = ContactPoint.objects.filter(client=contact.client_id, address__in=mine).exclude(
        Q(contact=contact) | Q(contact__in=as_guardian.children_of(contact))
    )
    return sorted(mine - set(shared.values_list("address", flat=True)))


def _values(contact: Contact) -> set[str]:
    """What may stand in raw material: the addresses as providers write them."""
    points = ContactPoint.objects.filter(contact=contact)
    return {each.value.removeprefix("+1").lower() for each in points if each.value}


def _opt_out(contact: Contact, own: list[int], by: User | None) -> int:
    points = ContactPoint.objects.filter(contact=contact, address__in=own)
    for address_id, channel in points.values_list("address", "channel"):
        suppress(contact.client_id, address_id, channel, Suppression.Source.LEGAL, by=by)
    return len(own)


def _replies(contact: Contact, own: list[int]) -> QuerySet[Inbound]:
    rows: QuerySet[Inbound] = Inbound.objects.filter(client=contact.client_id)
    return rows.filter(contact=contact) | rows.filter(address__in=own)


def _webhooks(client_id: int, values: set[str]) -> int:
    """Raw webhooks (kept 30 days) that name an address; one that was not applied yet must be first."""
    found: list[int] = []
    rows = RawHook.objects.filter(client=client_id).order_by("pk")
    for hook in rows.only("pk", "body", "applied_at").iterator(chunk_size=AT_ONCE):
        if _names(_readings(hook.body), values):
            if hook.applied_at is None:
                raise CannotErase(
                    "Something this person's provider told us is still being read. Try again in a minute."
                )
            found.append(hook.pk)
    return int(RawHook.objects.filter(pk__in=found).delete()[0])


def _import_lines(contact: Contact, values: set[str]) -> int:
    rows = ImportRow.objects.filter(client=contact.client_id).order_by("pk")
    found = [
        row.pk
        for row in rows.only("pk", "contact_id", "phone", "email").iterator(chunk_size=AT_ONCE)
        if row.contact_id == contact.pk or _names(f"{row.phone} {row.email}".lower(), values)
    ]
    return int(ImportRow.objects.filter(pk__in=found).update(phone="", email=""))


def _readings(body: str) -> str:
    """A webhook in every way it may be written, as one text: a plus is a plus in JSON and a space in a form's fields."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), body).replace("\\/", "/")
    forms = {body, plain}
    return "\n".join(
        forms | {unquote(each) for each in forms} | {unquote_plus(each) for each in forms}
    ).lower()


def _names(text: str, values: Iterable[str]) -> bool:
    return any(value in text for value in values)


def _empty(contact: Contact) -> None:
    """The row stays, so that messages and proofs still have somebody; nothing in it tells who."""
    contact.first_name = contact.last_name = contact.external_id = contact.state = contact.segment = ""
    contact.name_words, contact.filled, contact.language, contact.window_key = [], [], "en", "?"
    contact.adult_from = contact.last_visit = contact.location = contact.guardian = contact.made_by_import = (
        None
    )
    contact.household, contact.changed_at = contact.pk, db_now()
    contact.save()


def is_erased(contact: Contact) -> bool:
    """Whether nothing that names the person is left in their own rows."""
    empty = not (contact.first_name or contact.last_name or contact.external_id)
    return empty and not ContactPoint.objects.filter(contact=contact).exists()
