"""A run of look-ups: counted and priced first, then asked in portions, each answer dated and kept."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from compliance.lookups.at_twilio import Answer, Refused, look
from compliance.models import LookupRun, NumberLookup
from compliance.registrations.at_twilio import NotReadable
from compliance.registrations.check import credentials_of
from consent.models import ConsentRecord, ContactPoint
from consent.places.tables import read_table
from tenants.clock import db_now
from tenants.models import Agreement, Channel, Client, Provider
from tenants.providers.twilio_client import twilio_client
from tenants.scope import acting_for

PRICES = {row["package"]: Decimal(row["dollars"]) for row in read_table(Path(__file__).parent / "prices.csv")}
OWNER_FOR = timedelta(days=30)  # rule TCPA-RND
KIND_FOR = timedelta(days=365)  # then the kind of line is asked anew
PORTION, AT_ONCE = 100, 8
A_WHILE = 20.0  # seconds of one task
NO_ACCOUNT = "No Twilio account of this client is on file. Enter it under Provider accounts."
NO_PAPER = (
    "HIPAA covers this client and no agreement with Twilio is on file, so its numbers may not be shown to it."
)
TOO_MANY = "More than half of the questions failed. Try again later; what was answered is kept."


def may_look(client: Client) -> str:
    """Why numbers may not be looked up; empty when they may. Inside the client's scope."""
    if credentials_of(client.pk) is None:
        return NO_ACCOUNT
    signed = Agreement.objects.in_force(db_now()).carrying().filter(client=client, provider=Provider.TWILIO)
    return NO_PAPER if client.needs_agreement and not signed.exists() else ""


def to_ask(client_id: int, reassigned: bool) -> QuerySet[Any]:
    """The addresses whose answer is missing or too old, with one of their numbers' points each."""
    at = db_now()
    known = NumberLookup.objects.in_force(at).filter(
        client=client_id, address=OuterRef("address"), since__gt=at - KIND_FOR
    )
    if reassigned:
        known = known.filter(Q(good_until__gt=at) & ~Q(reassigned=""))
    points = ContactPoint.objects.filter(client=client_id, channel=Channel.SMS, ended_at=None)
    rows: QuerySet[Any] = points.filter(~Exists(known)).order_by("address", "pk").distinct("address")
    return rows


def count(client_id: int, reassigned: bool) -> int:
    return to_ask(client_id, reassigned).count()


def price(numbers: int, reassigned: bool) -> Decimal:
    """List price of looking so many numbers up, in US dollars."""
    each = PRICES["line_type_intelligence"] + (PRICES["reassigned_number"] if reassigned else 0)
    return numbers * each


def go_on(client_id: int, run_id: int) -> bool:
    """Ask for about 20 seconds; True while something is left. Each portion is taken in hand before it is asked about."""
    with acting_for(client_id):
        credentials = credentials_of(client_id)
    if credentials is None:
        return _stop(client_id, run_id, NO_ACCOUNT)
    client, ends = twilio_client(credentials, connections=AT_ONCE), time.monotonic() + A_WHILE
    while time.monotonic() < ends:
        portion = _take(client_id, run_id)
        if not portion:
            return False
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(lambda each: _asked(client, each), portion))
        except Refused as why:
            return _stop(client_id, run_id, str(why))
        if _keep(client_id, run_id, list(zip(portion, answers, strict=True))):
            return _stop(client_id, run_id, TOO_MANY)
    return True


@dataclass(frozen=True)
class Asked:
    """One number in hand; `since` is when it was last known to be the person's."""

    address: int
    number: str
    since: date | None


def _take(client_id: int, run_id: int) -> list[Asked]:
    with acting_for(client_id):
        running = LookupRun.objects.select_for_update().filter(
            client=client_id, pk=run_id, state=LookupRun.State.RUNNING
        )
        run = running.first()
        if run is None:
            return []
        rows = list(
            to_ask(client_id, run.reassigned)
            .filter(address__gt=run.taken_to)
            .annotate(known=_last_known(client_id))[:PORTION]
        )
        if not rows:
            run.state = LookupRun.State.DONE
        else:
            run.taken_to = rows[-1].address_id
        run.save(update_fields=["state", "taken_to"])
        return [Asked(row.address_id, row.value, row.known if run.reassigned else None) for row in rows]


def _last_known(client_id: int) -> Any:
    """The later of the newest consent of a known day on the address and the person's last visit; NULL when neither is known."""
    consents = ConsentRecord.objects.dated().filter(client=client_id, address=OuterRef("address"))
    newest = Subquery(consents.order_by("-since").values("since__date")[:1])
    return Greatest(Coalesce(newest, F("contact__last_visit")), F("contact__last_visit"))


def _asked(client: Any, each: Asked) -> Answer | None:
    try:
        return look(client, each.number, each.since)
    except Refused:
        raise
    except NotReadable:
        return None


def _keep(client_id: int, run_id: int, answers: list[tuple[Asked, Answer | None]]) -> bool:
    """Store a portion; True when too many questions failed to go on."""
    told = [(asked, answer) for asked, answer in answers if answer is not None]
    with acting_for(client_id):
        at = db_now()
        NumberLookup.objects.filter(client=client_id, address__in=[asked.address for asked, _ in told]).end(
            at
        )
        NumberLookup.objects.bulk_create(
            NumberLookup(
                client_id=client_id, run_id=run_id, address_id=asked.address, line_type=answer.line_type,
                reassigned=answer.reassigned, asked_since=asked.since, since=at, good_until=at + OWNER_FOR,
            )
            for asked, answer in told
        )  # fmt: skip
        runs = LookupRun.objects.filter(client=client_id, pk=run_id)
        runs.update(answered=F("answered") + len(told), failed=F("failed") + len(answers) - len(told))
        run = runs.get()
        return bool(run.failed >= 20 and run.failed > run.answered)


def _stop(client_id: int, run_id: int, problem: str) -> bool:
    with acting_for(client_id):
        LookupRun.objects.filter(client=client_id, pk=run_id, state=LookupRun.State.RUNNING).update(
            state=LookupRun.State.STOPPED, problem=problem
        )
    return False
