"""People told by another system, taken in exactly as an import takes them: the same cleaning, joining and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection, transaction

from consent.bell import ring
from consent.importing import staging
from consent.importing.columns import Column, Mapping
from consent.importing.fields import FIELDS
from consent.importing.guardians import LINK
from consent.importing.people import MOST_AT_AN_ADDRESS
from consent.importing.planning import LinePlan, Outcome, Plan, Planner
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.importing.rows import RowReader
from consent.importing.writing import Writer
from consent.models import ContactPoint, Import
from tenants.api.problems import Problem
from tenants.clock import db_now
from tenants.models import Client

# What a row may tell. Consent is no field of a contact: it is recorded with its proof, or not at all.
KEYS = (
    "external_id", "first_name", "last_name", "phone", "email", "state", "zip", "last_visit", "birth_date", "segment",
    "language", "location", "guardian_external_id", "deceased",
)  # fmt: skip
assert set(KEYS) <= set(FIELDS)  # noqa: S101 - the importer's closed list
_MAPPING = Mapping(tuple(Column(at, key, key) for at, key in enumerate(KEYS)))


@dataclass(frozen=True)
class Taken:
    """What became of one row: `contact` is None when it was refused."""

    outcome: str
    contact: int | None
    remarks: list[str]


@dataclass(frozen=True)
class Foreseen:
    """What would become of one row: the contact it would be joined with, and everybody who has one of its addresses."""

    joined: int | None
    sharing: list[int]
    addresses: list[int]
    remarks: list[str]


class _Writer(Writer):
    """The importer's writer without its report: the answer is the report."""

    def _write_report(self, lines: list[str]) -> None:
        pass


def take(client: Client, rows: list[dict[str, Any]]) -> list[Taken]:
    """Take these rows in, inside `acting_for` and the caller's transaction; an answer for each, in their order.

    Raises `Problem` for a client of whom nothing may be taken in yet (rule HIPAA-BAA-CLIENT).
    """
    planner = Planner(client.pk)
    plan = _plan(client, planner, rows)
    adopts = Import.objects.filter(state__in=[Import.State.FAILED, Import.State.UNDONE]).exists()
    _Writer(client.pk, Import(client=client), planner.locations, adopts).write(plan)
    _link_guardians(client, plan)
    taken = [_taken(line) for line in plan.lines]
    look_up_mail(
        client,
        [each.contact for each, row in zip(taken, rows, strict=True) if each.contact and row.get("email")],
    )
    return taken


def look_up_mail(client: Client, contacts: list[int]) -> None:
    """Have the domains of these people's mail addresses looked up at once: until then they get no mail."""
    if contacts:
        ids = {"client_id": client.pk, "contacts": contacts}
        transaction.on_commit(partial(ring, "compliance.tasks.look_at_new_mail", **ids))


def foresee(client: Client, row: dict[str, Any]) -> Foreseen:
    """What `take` would do with this row, inside `acting_for`; writes nothing."""
    plan = _plan(client, Planner(client.pk), [row])
    addresses = sorted(plan.spots.known.values())
    there = ContactPoint.objects.filter(address__in=addresses, ended_at=None, contact__merged_into=None)
    sharing = there.order_by("contact").values_list("contact", flat=True).distinct()[:MOST_AT_AN_ADDRESS]
    (line,) = plan.lines
    joined = line.person.contact_id if line.person and line.person.known else None
    return Foreseen(joined, [each for each in sharing if each != joined], addresses, _taken(line).remarks)


def _plan(client: Client, planner: Planner, rows: list[dict[str, Any]]) -> Plan:
    if not may_import(client):
        raise Problem(403, "No list may be taken in for this client yet", NO_AGREEMENT)
    reader = RowReader(_MAPPING, db_now().date())
    return planner.plan(planner.prepare([reader.read(line, _cells(row)) for line, row in enumerate(rows)]))


def _cells(row: dict[str, Any]) -> list[str]:
    def cell(value: Any) -> str:
        if value is None or value is False:
            return ""
        return "yes" if value is True else str(value)

    return [cell(row.get(key)) for key in KEYS]


def _taken(line: LinePlan) -> Taken:
    remarks = [*([line.row.refused] if line.row.refused else []), *line.row.remarks]
    refused = line.outcome == Outcome.REFUSED or line.person is None
    return Taken(line.outcome, None if refused else line.person.contact_id, remarks)  # type: ignore[union-attr]


def _link_guardians(client: Client, plan: Plan) -> None:
    pairs = [
        f"{staging.text(row.external_id)}\t{staging.text(row.guardian_external_id)}"
        for row, _, _, _ in plan.lines
        if row.external_id and row.guardian_external_id and not row.refused
    ]
    if staging.copy("stage_ward", pairs):
        with connection.cursor() as cursor:
            cursor.execute(LINK, {"client": client.pk})
