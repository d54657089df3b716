"""Joining two records of one person, and parting them again: what `preparing` says, written down by row so that it has a way back."""

from __future__ import annotations

from typing import Any

from django.db import connection

from campaigns.models import Booking
from consent.importing import households
from consent.importing.guardians import name_to_wards
from consent.models import ConsentRecord, Contact, ContactPoint, Merge, Pause
from messaging.duplicates.preparing import MOVED, UNDER_WAY, CannotMerge, Prepared, prepare
from messaging.models import Inbound, Message, Status
from tenants import audit
from tenants.clock import db_now
from tenants.models import User

JOINED = "joined"  # why an address ended
ALONG: dict[str, Any] = {"messages": Message, "replies": Inbound, "bookings": Booking, "pauses": Pause}
# The copy names the yes it was copied from by everything but its contact.
COPY_CONSENTS = """
INSERT INTO consent_consentrecord (client_id, contact_id, address_id, channel, purpose, tier, method, wording, missing, requested, evidence,
    scan_id, since, expires_at, recorded_at, recorded_by_id, made_by_import_id)
SELECT client_id, %s, address_id, channel, purpose, tier, method, wording, missing, requested, evidence,
    scan_id, since, expires_at, recorded_at, recorded_by_id, made_by_import_id
FROM consent_consentrecord WHERE client_id = %s AND id = ANY (%s) ORDER BY id
RETURNING id, (SELECT o.id FROM consent_consentrecord AS o WHERE o.client_id = consent_consentrecord.client_id
    AND o.id = ANY (%s) AND o.address_id = consent_consentrecord.address_id AND o.purpose = consent_consentrecord.purpose
    AND o.method = consent_consentrecord.method)
"""


def merge(kept_id: int, gone_id: int, by: User) -> Merge:
    """Join `gone` into `kept`, inside `acting_for(client)`: everything or nothing. Raises CannotMerge."""
    kept, gone = _locked(kept_id, gone_id)
    found = prepare(kept, gone)
    _write_points(found, kept)
    ConsentRecord.objects.filter(pk__in=found.revoked).end(db_now())
    copies = _copied(found, kept)
    _write_facts(kept, {name: value for name, (_, value) in found.facts.items()})
    waiting = Message.objects.filter(pk__in=found.cancelled, status=Status.QUEUED)
    waiting.update(status=Status.CANCELLED, settled_at=db_now())
    for name, model in ALONG.items():
        model.objects.filter(pk__in=found.along[name]).update(contact=kept)
    Contact.objects.filter(pk__in=found.along["wards"]).update(guardian=kept)
    name_to_wards(kept.client_id, [kept.pk])
    _of(kept)
    gone.merged_into, gone.changed_at = kept, db_now()
    gone.save(update_fields=["merged_into", "changed_at"])
    made: Merge = Merge.objects.create(
        client_id=kept.client_id, kept=kept, gone=gone, by=by, counts=found.counts,
        moved={
            "moving": found.points.moving, "given_up": found.points.given_up, "same": found.points.same, "ended": found.points.ended,
            "reopened": found.points.reopened, "copies": copies, **found.along,
        },
        before={name: [_written(was), _written(value)] for name, (was, value) in found.facts.items()},
    )  # fmt: skip
    households.unite(kept.client_id, found.points.used)
    audit.record(
        "contact.joined", kept, client_id=kept.client_id, by=by, gone=gone.pk, merge=made.pk, **found.counts
    )
    return made


def part(merge_id: int, by: User) -> Merge:
    """Make two of them again. What was cancelled, taken back or opted out meanwhile stays so, for both. Raises CannotMerge."""
    made: Merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    kept, gone = _locked(made.kept_id, made.gone_id)
    _refuse_parting(made, kept, gone)
    moved: dict[str, list[Any]] = made.moved
    at = db_now()
    points = ContactPoint.objects.filter(client=made.client_id)
    points.filter(pk__in=moved["moving"], contact=kept).update(contact=gone)
    points.filter(pk__in=moved["reopened"], ended_at=None).update(ended_at=at, end_reason=MOVED)
    ours = points.filter(pk__in=[*moved["given_up"], *moved["same"], *moved["ended"]], end_reason=JOINED)
    ours.update(ended_at=None, end_reason="")
    copies = dict(moved["copies"])
    in_force = set(ConsentRecord.objects.filter(pk__in=copies, ended_at=None).values_list("pk", flat=True))
    taken_back = [original for copy, original in copies.items() if copy not in in_force]
    ConsentRecord.objects.filter(pk__in=[*in_force, *taken_back]).end(at)
    meanwhile = Pause.objects.filter(contact=kept, ended_at=None, since__gt=made.since).exclude(
        pk__in=moved["pauses"]
    )
    Pause.objects.bulk_create(
        Pause(client_id=gone.client_id, contact=gone, reason=each.reason, since=each.since)
        for each in meanwhile
    )
    for name, model in ALONG.items():
        model.objects.filter(pk__in=moved[name], contact=kept).update(contact=gone)
    Contact.objects.filter(pk__in=moved["wards"], guardian=kept).update(guardian=gone)
    _unwrite_facts(made, kept, gone)
    gone.merged_into, gone.changed_at = None, at
    gone.save(update_fields=["merged_into", "deceased", "changed_at"])
    name_to_wards(gone.client_id, [gone.pk])
    for each in (kept, gone):
        _of(each)
    made.undone_at, made.undone_by, made.before = at, by, {}
    made.save(update_fields=["undone_at", "undone_by", "before"])
    audit.record("contact.parted", kept, client_id=made.client_id, by=by, gone=gone.pk, merge=made.pk)
    return made


def _locked(kept_id: int, gone_id: int) -> tuple[Contact, Contact]:
    """Both, and what waits for them: no worker claims a message meanwhile."""
    rows = Contact.objects.select_for_update(of=("self",)).order_by("pk")
    found = {each.pk: each for each in rows.filter(pk__in=[kept_id, gone_id])}
    if len(found) != 2:
        raise CannotMerge("Choose two records of this practice.")
    queued = Message.objects.filter(contact__in=found, status=Status.QUEUED).order_by("pk")
    list(queued.select_for_update(of=("self",)).values_list("pk", flat=True))
    return found[kept_id], found[gone_id]


def _write_points(found: Prepared, kept: Contact) -> None:
    points = ContactPoint.objects.filter(client=kept.client_id)
    over = [*found.points.given_up, *found.points.same, *found.points.ended]
    points.filter(pk__in=over, ended_at=None).update(ended_at=db_now(), end_reason=JOINED)
    points.filter(pk__in=found.points.moving).update(contact=kept)
    points.filter(pk__in=found.points.reopened).update(since=db_now(), ended_at=None, end_reason="")


def _copied(found: Prepared, kept: Contact) -> list[list[int]]:
    """Pairs: the copy, and the yes it was copied from, which stays with its proof where it was given."""
    if not found.consents:
        return []
    with connection.cursor() as cursor:
        cursor.execute(COPY_CONSENTS, [kept.pk, kept.client_id, found.consents, found.consents])
        return [list(pair) for pair in cursor.fetchall()]


def _write_facts(contact: Contact, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(contact, name, value)
    contact.changed_at = db_now()
    contact.save(update_fields=[*values, "changed_at"])


def _unwrite_facts(made: Merge, kept: Contact, gone: Contact) -> None:
    """Back to what they were, but for what was changed meanwhile. Who was marked deceased meanwhile: both are."""
    if kept.deceased and "deceased" not in made.before:
        gone.deceased = True
    fields: Any = Contact._meta
    back = {}
    for name, (was, became) in made.before.items():
        if _written(getattr(kept, name)) == became:
            back[name] = fields.get_field(name).to_python(was)
    _write_facts(kept, back)


def _of(contact: Contact) -> None:
    """What waits carries the person's places and household."""
    queued = Message.objects.filter(contact=contact, status=Status.QUEUED)
    queued.update(household=contact.household, window_key=contact.window_key)


def _refuse_parting(made: Merge, kept: Contact, gone: Contact) -> None:
    if made.undone_at or gone.merged_into_id != kept.pk:
        raise CannotMerge("They are two again already.")
    if made.final_at:
        raise CannotMerge("The person was erased: there is no way back.")
    if Merge.objects.filter(kept=kept, undone_at=None, pk__gt=made.pk).exists():
        raise CannotMerge("Another record was joined with this one later. Part that one first.")
    if Message.objects.filter(contact=kept, status__in=UNDER_WAY).exists():
        raise CannotMerge(
            "A message to them is being handed over, or its outcome is still asked for. Try again in a minute."
        )


def _written(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
