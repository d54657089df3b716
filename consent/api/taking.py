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
from consent.importing.planning import LinePlan, Outcome, Plan, Planner
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.importing.rows import RowReader
from consent.importing.writing import Writer
from consent.models import Import
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


class _Writer(Writer):
    """The importer's writer without its report: the answer is the report."""

    def _write_report(self, lines: list[str]) -> None:
        pass


def take(client: Client, rows: list[dict[str, Any]]) -> list[Taken]:
    """Take these rows in, inside `acting_for` and the caller's transaction; an answer for each, in their order.

    Raises `Problem` for a client of whom nothing may be taken in yet (rule HIPAA-BAA-CLIENT).
    """
    if not may_import(client):
        raise Problem(403, "No list may be taken in for this client yet", NO_AGREEMENT)
    reader = RowReader(_MAPPING, db_now().date())
    planner = Planner(client.pk)
    plan = planner.plan(planner.prepare([reader.read(line, _cells(row)) for line, row in enumerate(rows)]))
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
