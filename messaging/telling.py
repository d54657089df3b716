"""What providers tell about messages, made into facts, set by set, inside `acting_for(client)`.

Delivery only rises, so order and repeats do not matter; an event is written once; a proof that the provider took
a message settles an attempt whose outcome we did not know.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.models import Address, ContactPoint, Suppression
from consent.suppressing import suppress
from messaging.canaries import hear
from messaging.models import Attempt
from messaging.models.message import RANK, Delivery
from messaging.pacing import day_is_over
from messaging.providers.base import Outcome, Receipt
from messaging.providers.hooks import Notice
from messaging.recording import record_outcomes
from tenants import audit
from tenants.clock import db_now
from tenants.models import Channel

logger = logging.getLogger(__name__)
DAY_USED_UP = "30023"  # Twilio's: the carrier takes no more of this brand today
UNDECIDED = frozenset({Attempt.Outcome.OPEN.value, Attempt.Outcome.UNKNOWN.value})
NEVER_TAKEN = frozenset({Attempt.Outcome.REFUSED.value, Attempt.Outcome.NOT_SENT.value})


@dataclass(frozen=True)
class About:
    """The message a notice is about."""

    attempt: UUID
    outcome: str
    message_id: int
    address_id: int
    channel: str
    campaign_id: int


def tell(client_id: int, notices: Sequence[Notice]) -> None:
    """Write what these notices say. Those about no message of this client only suppress, if they are a person's no."""
    about = _about(notices)
    known = [(notice, about[notice.event_id]) for notice in notices if notice.event_id in about]
    _settle(client_id, known)
    _keep(client_id, known)
    _raise_delivery(client_id, known)
    if over := [of.message_id for notice, of in known if notice.code == DAY_USED_UP]:
        day_is_over(client_id, over)
    _suppress(client_id, notices, about)
    _end_points(client_id, known)
    strangers = [notice for notice in notices if notice.attempt and notice.event_id not in about]
    canaries = hear(client_id, strangers) if strangers else set()
    if unknown := sum(notice.attempt not in canaries for notice in strangers):
        # An attempt of another client, or of one erased since: both look the same from here, and change nothing.
        audit.record("webhook.named_no_attempt_of_ours", client_id=client_id, count=unknown)


def suppress_for(client_id: int, notices: Sequence[Notice]) -> int:
    """The suppressions among these notices; returns how many were new."""
    return _suppress(client_id, notices, _about(notices))


def address_of(channel: str, written: str) -> int:
    """The id of an address as a provider wrote it, made when new. One that is no address of ours counts as written,
    so that a STOP from a short code or a foreign number is kept too."""
    return addresses_of(channel, [written])[written]


def addresses_of(channel: str, written: Collection[str]) -> dict[str, int]:
    """The same of many, by how they are written."""
    canonical = {each: _canonical(channel, each) for each in written}
    ids = Address.objects.resolve(channel, set(canonical.values()))
    return {each: int(ids[found]) for each, found in canonical.items()}


def _canonical(channel: str, written: str) -> str:
    try:
        return canonical_sms(written) if channel == Channel.SMS else canonical_email(written)
    except AddressRefused:
        return written.strip().lower()[:320]


def _about(notices: Iterable[Notice]) -> dict[str, About]:
    """The message of each notice, by event id: by the attempt it names, else by the provider's id."""
    notices = list(notices)
    fields = (
        "pk",
        "outcome",
        "provider_id",
        "message_id",
        "message__address_id",
        "message__channel",
        "message__campaign_id",
    )
    named = {notice.attempt for notice in notices if notice.attempt}
    unnamed = {notice.provider_id for notice in notices if not notice.attempt and notice.provider_id}
    by_attempt, by_provider_id = {}, {}
    if named:
        by_attempt = {row[0]: row for row in Attempt.objects.filter(pk__in=named).values_list(*fields)}
    if unnamed:
        by_provider_id = {
            row[2]: row for row in Attempt.objects.filter(provider_id__in=unnamed).values_list(*fields)
        }
    found = {}
    for notice in notices:
        row = by_attempt.get(notice.attempt) if notice.attempt else by_provider_id.get(notice.provider_id)
        if row is not None:
            found[notice.event_id] = About(row[0], row[1], *row[3:])
    return found


def _settle(client_id: int, known: Sequence[tuple[Notice, About]]) -> None:
    """The provider has it: bind the attempt, also before our own second transaction did. A registration that fell
    pauses its campaign."""
    receipts = {
        of.attempt: Receipt(of.attempt, Outcome.ACCEPTED, notice.provider_id)
        for notice, of in known
        if notice.handed_over and of.outcome in UNDECIDED
    }
    fallen = {
        of.attempt: Receipt(of.attempt, Outcome.ACCEPTED, notice.provider_id, notice.code, pause_sender=True)
        for notice, of in known
        if notice.pause_sender
    }
    if receipts or fallen:
        record_outcomes(client_id, list((receipts | fallen).values()))
    against = {of.attempt for notice, of in known if notice.handed_over and of.outcome in NEVER_TAKEN}
    if against:
        # Must not be: we hold for certain that the provider did not take it. A person has to look.
        logger.error("a provider contradicts our record", extra={"client": client_id, "count": len(against)})
        audit.record(
            "webhook.contradicts_our_record", client_id=client_id, attempts=sorted(map(str, against))
        )


def _keep(client_id: int, known: Sequence[tuple[Notice, About]]) -> None:
    """Each event once. In one statement of our own: a model for each, and its SQL, cost ten times the insert."""
    rows = [
        (
            notice.provider,
            notice.event_id,
            notice.kind,
            notice.code,
            of.message_id,
            str(of.attempt),
            notice.at,
        )
        for notice, of in known
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_event (client_id, provider, event_id, kind, code, message_id, attempt, at)
            SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::uuid[], %s::timestamptz[])
            ON CONFLICT (client_id, provider, event_id) DO NOTHING
            """,
            [client_id, *(list(column) for column in zip(*rows, strict=True))],
        )


def _raise_delivery(client_id: int, known: Sequence[tuple[Notice, About]]) -> None:
    best: dict[int, tuple[Delivery, str]] = {}
    for notice, of in known:
        delivery, _ = best.get(of.message_id, (Delivery.NONE, ""))
        if RANK[notice.delivery] > RANK[delivery]:
            best[of.message_id] = (notice.delivery, notice.code[:20])
    if not best:
        return
    ranks = (
        "CASE m.delivery "
        + " ".join(f"WHEN '{name.value}' THEN {rank}" for name, rank in RANK.items())
        + " END"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE messaging_message m SET delivery = t.delivery, delivery_code = t.code
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[]) AS t(id, delivery, rank, code)
            WHERE m.id = t.id AND m.client_id = %s AND {ranks} < t.rank
            """,  # noqa: S608 (our own words)
            [
                list(best),
                [delivery.value for delivery, _ in best.values()],
                [RANK[delivery] for delivery, _ in best.values()],
                [code for _, code in best.values()],
                client_id,
            ],
        )


def _suppress(client_id: int, notices: Sequence[Notice], about: dict[str, About]) -> int:
    """Each address and reason once. One by one: every opt-out is a deed of its own in the audit, and they are few."""
    wanted: dict[tuple[int, Suppression.Source], tuple[Notice, About | None]] = {}
    for notice in notices:
        if notice.suppress is None:
            continue
        of = about.get(notice.event_id)
        if of is not None:
            wanted[of.address_id, notice.suppress] = (notice, of)
        elif notice.urgent and notice.address:
            wanted[address_of(notice.channel, notice.address), notice.suppress] = (notice, None)
    if not wanted:
        return 0
    there = set(
        Suppression.objects.in_force(db_now())
        .filter(address__in={address for address, _ in wanted})
        .values_list("address_id", "source")
    )
    new = [key for key in wanted if (key[0], key[1].value) not in there]
    for address_id, source in new:
        notice, of = wanted[address_id, source]
        suppress(
            client_id, address_id, of.channel if of else notice.channel, source,
            message_id=of.message_id if of else None, campaign_id=of.campaign_id if of else None,
        )  # fmt: skip
    return len(new)


def _end_points(client_id: int, known: Sequence[tuple[Notice, About]]) -> None:
    """Addresses that texts can never reach: the contact point ends, with the reason."""
    dead: defaultdict[str, set[int]] = defaultdict(set)
    for notice, of in known:
        if notice.dead_point:
            dead[notice.dead_point].add(of.address_id)
    for reason, addresses in dead.items():  # as many as there are reasons: three
        ended = ContactPoint.objects.filter(address__in=addresses).end(db_now(), end_reason=reason)
        if ended:
            audit.record("address.cannot_be_reached", client_id=client_id, count=ended, reason=reason)
