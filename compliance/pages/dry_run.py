"""The dry run as a file: everybody whom the rule names, message by message, with the answer, until when, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance.checks import BY_CODE, CHECKS
from compliance.deciding import is_final, rows_of, until
from compliance.facts import pinned
from compliance.flight import HOUR_CODES, WHOLE_CODES
from compliance.flight_words import title_of
from compliance.gate import deciding_ids, failed_codes, opens_at
from compliance.pages.flight_check import campaign_of
from compliance.pages.reasons import behind
from compliance.preview import steps_of
from consent.models import Contact, Touch
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.models import Client
from tenants.scope import acting_for
from tenants.step_up import lately_proven

BATCH = 1000
HEADER = (
    "Message", "Channel", "Contact", "External id", "First name", "Last name", "Answer", "Not before", "Reasons",
)  # fmt: skip
FREEING = tuple(check for check in CHECKS if check.frees is not None)
WORDS = {True: "held", False: "waiting"}


@client_page(roles=STAFF, says="Only the agency's staff take names out as a file.")
@require_POST
@lately_proven
def dry_run(request: MemberRequest, client: Client, campaign: int) -> HttpResponseBase:
    """What would become of everybody, as of now; what the campaign as a whole still waits for stands on the flight check."""
    found, at = campaign_of(client, campaign), db_now()
    audit.record("dry_run.exported", found, client_id=client.pk, request=request)
    lines = (line for step in steps_of(found) for line in _lines(client, found, step, at))
    return csv_response(f"{client.slug}-dry-run.csv", HEADER, lines)


def _lines(client: Client, campaign: Campaign, step: Step, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Batch by batch, each in its own scope: the view has returned when this is read."""
    zone = ZoneInfo(client.time_zone)
    for row, person in _judged(client, step, at):
        codes = [code for code in row["failed_now"] if code not in WHOLE_CODES]
        personal = [code for code in codes if code not in HOUR_CODES]
        answer = WORDS[is_final(personal)] if personal else "clear"
        opens = max(row["not_before"], default=None) if codes and answer != "held" else None
        yield (
            step.position, step.get_channel_display(), *_who(person), answer,
            f"{opens.astimezone(zone):%Y-%m-%d %H:%M} {client.time_zone}" if opens else "",
            "; ".join(title_of(code) for code in codes),
        )  # fmt: skip
    for person in _without(client, campaign, step, at):
        yield (
            step.position,
            step.get_channel_display(),
            *_who(person),
            "held",
            "",
            "No address on this channel",
        )


def _judged(client: Client, step: Step, at: datetime) -> Iterator[tuple[dict[str, Any], Contact]]:
    last = 0
    while True:
        with acting_for(client.pk):
            rows = subjects(step, at)
            known = pinned(rows)
            batch = list(
                rows.annotate(
                    failed_now=failed_codes(at, known, few=True, of=rows.model), until=opens_at(at, known)
                )
                .filter(pk__gt=last)
                .order_by("pk")
                .values("pk", "contact", "failed_now", "until")[:BATCH]
            )
            freed = _freed(rows, batch, client, at)
            for row in batch:
                row["not_before"] = [each for each in (row["until"], *freed[row["pk"]]) if each]
            named = Contact.objects.in_bulk([row["contact"] for row in batch])
        yield from ((row, named[row["contact"]]) for row in batch)
        if len(batch) < BATCH:
            return
        last = batch[-1]["pk"]


def _freed(
    rows: QuerySet[Any], batch: list[dict[str, Any]], client: Client, at: datetime
) -> dict[int, list[datetime]]:
    """By person of the batch: when each limit on frequency that refuses them frees them again, where its rows say so."""
    failed = {row["pk"]: [each for each in FREEING if each.code in row["failed_now"]] for row in batch}
    refused = rows.filter(pk__in=[pk for pk, checks in failed.items() if checks])
    evidence = refused.annotate(**deciding_ids(at, pinned(refused), FREEING)).values(
        "pk", *(f"evidence_{each.code}" for each in FREEING)
    )
    ids = {
        (row["pk"], each.code): row[f"evidence_{each.code}"] for row in evidence for each in failed[row["pk"]]
    }
    wanted: dict[str, list[str]] = {each.code: [] for each in FREEING}
    for (_, code), theirs in ids.items():
        wanted[code] += theirs
    found = {(code, str(row.pk)): row for code, touches in rows_of(wanted).items() for row in touches}
    for touch in found.values():
        if isinstance(touch, Touch):  # whose own limit is asked for
            touch.client = client
    freed: dict[int, list[datetime]] = {row["pk"]: [] for row in batch}
    for (pk, code), theirs in ids.items():
        ends = until(BY_CODE[code], [found[code, each] for each in theirs if (code, each) in found])
        freed[pk] += [ends] if ends else []
    return freed


def _without(client: Client, campaign: Campaign, step: Step, at: datetime) -> Iterator[Contact]:
    last = 0
    while True:
        with acting_for(client.pk):
            rows = behind(campaign, step, "without_address", at).filter(pk__gt=last).order_by("pk")
            batch = list(rows[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def _who(person: Contact) -> tuple[Any, ...]:
    return person.pk, person.external_id, person.first_name, person.last_name
