"""Write one planned chunk: a handful of set-based statements inside the caller's transaction."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import copy as shallow
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consent.models import ConsentRecord, Import, Suppression, Tier
from tenants.encryption import encrypt

from . import drafting, households, spots, staging
from .guardians import name_to_wards
from .people import Person
from .planning import MOVED, Plan
from .staging import array, day, flag, number, text


@dataclass
class Writer:
    """Writes the chunks of one import."""

    client_id: int
    of_import: Import
    locations: dict[str, int]  # folded name: id
    adopts: bool = False  # whether an import of this client was undone or never finished

    def write(self, plan: Plan) -> None:
        """Everything the plan says, in an order in which a no is there before any yes is considered."""
        staging.clear()
        spots.make(plan.spots)
        address_ids = plan.spots.ids()
        self._number(plan)
        # What comes later is put into lines while the database takes in what comes first.
        with ThreadPoolExecutor(1) as beside:
            points = beside.submit(drafting.points, plan, address_ids)
            answers = beside.submit(drafting.answers, plan, address_ids)
            shared = beside.submit(drafting.maybe_shared, plan, address_ids)
            report = beside.submit(drafting.report, plan)
            self._write_contacts(plan)
            self._write_points(plan, points.result())
            self._write_answers(plan, answers.result())
            households.unite(self.client_id, shared.result())
            self._write_report(report.result())

    def _number(self, plan: Plan) -> None:
        new = [person for person in plan.people if not person.known]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval('consent_contact_id_seq') FROM generate_series(1, %s)",
                [len(new)],
            )
            for person, (pk,) in zip(new, cursor.fetchall(), strict=True):
                person.contact_id = pk

    def _write_contacts(self, plan: Plan) -> None:
        new = [person for person in plan.people if not person.known]
        changed = [after for person in plan.people if person.known and (after := _changed(plan, person))]
        written = new + changed
        for person in changed:
            if person.sealed is None:
                person.sealed = encrypt(person.first_name), encrypt(person.last_name)
        staging.copy("stage_contact", [self._contact_line(person) for person in written])
        with connection.cursor() as cursor:
            if new:
                cursor.execute(INSERT_CONTACTS, [self.client_id, self.of_import.pk])
            if changed:
                cursor.execute(UPDATE_CONTACTS, [self.client_id])
                name_to_wards(self.client_id, [person.contact_id for person in changed])
            if self.adopts and plan.known:
                cursor.execute(ADOPT, [self.of_import.pk, sorted(plan.known), self.client_id])

    def _contact_line(self, person: Person) -> str:
        first_name, last_name = person.sealed or ("", "")
        location = self.locations.get(person.location)
        filled = [
            part
            for part, value in (
                ("first_name", person.first_name), ("last_name", person.last_name), ("location_name", person.location)
            )
            if value
        ]  # fmt: skip
        return "\t".join((
            str(person.contact_id), flag(not person.known), text(person.external_id), first_name, last_name,
            array(person.words), person.language or "en", person.state, day(person.adult_from), flag(person.deceased),
            day(person.last_visit), text(person.segment), number(location), person.window_key, array(filled),
        ))  # fmt: skip

    def _write_points(self, plan: Plan, drafted: drafting.Points) -> None:
        if staging.copy("stage_point", drafted.lines):
            with connection.cursor() as cursor:
                if drafted.some_end_others:
                    cursor.execute(END_POINTS, [MOVED, self.client_id])
                cursor.execute(INSERT_NEW_POINTS, [self.client_id])
                if plan.known:
                    cursor.execute(INSERT_POINTS, [self.client_id, MOVED])

    def _write_answers(self, plan: Plan, drafted: drafting.Answers) -> None:
        """Each no as an opt-out; then each yes, unless anybody's no stands against it."""
        ours = self.of_import
        with connection.cursor() as cursor:
            if staging.copy("stage_no", drafted.no):
                cursor.execute(
                    INSERT_SUPPRESSIONS,
                    [
                        self.client_id,
                        Suppression.Source.IMPORT.value,
                        encrypt(""),
                        ours.attested_by_id,
                        ours.pk,
                    ],
                )
                if drafted.told_before:
                    imported = ConsentRecord.Method.IMPORTED.value
                    cursor.execute(END_CONSENTS, [self.client_id, drafted.told_before, imported])
            if staging.copy("stage_yes", drafted.yes):
                evidence = {"file_sha256": ours.file_sha256, "attested_by": ours.attested_by_id}
                values: list[Any] = [
                    self.client_id, Tier.NUMBER_GIVEN.value, ConsentRecord.Method.IMPORTED.value,
                    encrypt(json.dumps(evidence)), ours.attested_by_id, ours.pk, self.client_id,
                ]  # fmt: skip
                new = f"{INSERT_CONSENTS.format(which='is_new', ends=ENDS)} ORDER BY contact_id, address_id"
                cursor.execute(new, [*values, self.client_id])
                if plan.known and drafted.some_end:
                    imported = ConsentRecord.Method.IMPORTED.value
                    cursor.execute(END_THEN, [self.client_id, self.client_id, imported, self.client_id])
                if plan.known:
                    again = (
                        INSERT_CONSENTS.format(which="NOT is_new", ends=ENDS)
                        + UNLESS_TAKEN_BACK
                        + UNLESS_GIVEN
                    )
                    cursor.execute(again, [*values, self.client_id, self.client_id])

    def _write_report(self, lines: list[str]) -> None:
        staging.copy("stage_line", lines)
        with connection.cursor() as cursor:
            cursor.execute(INSERT_LINES, [self.client_id, self.of_import.pk])


def _changed(plan: Plan, person: Person) -> Person | None:
    """The contact after this import, or None when the file says nothing new."""
    stored = plan.known[person.contact_id].person
    after = shallow(stored)
    after.lines, after.points, after.no, after.yes = [], {}, frozenset(), frozenset()
    after.absorb(person)
    return after if _facts(after) != _facts(stored) else None


def _facts(person: Person) -> tuple[object, ...]:
    return (
        person.external_id, person.words, person.first_name, person.last_name, person.state, person.segment,
        person.language, person.location, person.window_key, person.last_visit, person.adult_from, person.deceased,
    )  # fmt: skip


INSERT_CONTACTS = """
INSERT INTO consent_contact (id, client_id, external_id, first_name, last_name, name_words, language, state, adult_from,
    deceased, last_visit, segment, location_id, window_key, household, filled, made_by_import_id)
SELECT id, %s, external_id, first_name, last_name, name_words, language, state, adult_from,
    deceased, last_visit, segment, location_id, window_key, id, filled, %s
FROM stage_contact WHERE is_new ORDER BY id
"""
UPDATE_CONTACTS = """
UPDATE consent_contact AS c SET external_id = s.external_id, first_name = s.first_name, last_name = s.last_name,
    name_words = s.name_words, language = s.language, state = s.state, adult_from = s.adult_from,
    deceased = s.deceased, last_visit = s.last_visit, segment = s.segment, location_id = s.location_id,
    window_key = s.window_key, changed_at = clock_timestamp(),
    filled = s.filled || CASE WHEN 'guardian_first_name' = ANY (c.filled) THEN ARRAY['guardian_first_name'] ELSE '{}' END
FROM stage_contact AS s WHERE NOT s.is_new AND c.client_id = %s AND c.id = s.id
"""
# Whoever came with a list that was undone or broke off is held; being on this one lets them go with it.
ADOPT = """
UPDATE consent_contact AS c SET made_by_import_id = %s
FROM unnest(%s::bigint[]) AS known(id), consent_import AS i
WHERE c.client_id = %s AND c.id = known.id AND i.client_id = c.client_id AND i.id = c.made_by_import_id
    AND i.state IN ('failed', 'undone')
"""
END_POINTS = """
UPDATE consent_contactpoint AS p SET ended_at = clock_timestamp(), end_reason = %s
FROM stage_point AS s
WHERE s.ends_others AND p.client_id = %s AND p.contact_id = s.contact_id AND p.channel = s.channel
    AND p.address_id <> s.address_id AND p.ended_at IS NULL
"""
# What belongs to a contact of this transaction can stand in nobody's way, so there is no conflict to look for.
INSERT_NEW_POINTS = """
INSERT INTO consent_contactpoint (client_id, contact_id, channel, address_id, value, end_reason)
SELECT %s, contact_id, channel, address_id, value, '' FROM stage_point WHERE is_new
"""
# An address that came back is opened again only if moving was why it had ended: never after a bounce.
INSERT_POINTS = """
INSERT INTO consent_contactpoint AS p (client_id, contact_id, channel, address_id, value, end_reason)
SELECT %s, contact_id, channel, address_id, value, '' FROM stage_point WHERE NOT is_new ORDER BY contact_id, address_id
ON CONFLICT (client_id, contact_id, address_id) DO UPDATE
    SET since = clock_timestamp(), ended_at = NULL, end_reason = '' WHERE p.ended_at IS NOT NULL AND p.end_reason = %s
"""
INSERT_SUPPRESSIONS = """
INSERT INTO consent_suppression (client_id, address_id, channel, source, note, made_by_id, made_by_import_id)
SELECT %s, address_id, channel, %s, %s, %s, %s FROM stage_no ORDER BY address_id
ON CONFLICT (client_id, address_id, source) WHERE ended_at IS NULL DO NOTHING
"""
# By an array, not by a join: a join read all consents of the client for every chunk.
END_CONSENTS = """
UPDATE consent_consentrecord SET ended_at = clock_timestamp()
WHERE client_id = %s AND address_id = ANY (%s::bigint[]) AND method = %s AND ended_at IS NULL
"""
# The first instant at which the yes no longer counts: the client's midnight after its last day.
ENDS = "(y.last_day + 1)::timestamp AT TIME ZONE (SELECT time_zone FROM tenants_client AS c WHERE c.id = %s)"
# A yes of a list that stands takes the earlier last day that a later list tells; no list makes one longer.
END_THEN = f"""
UPDATE consent_consentrecord AS r SET expires_at = {ENDS} FROM stage_yes AS y
WHERE NOT y.is_new AND y.last_day IS NOT NULL AND r.client_id = %s AND r.address_id = y.address_id AND r.purpose = y.purpose
    AND r.contact_id = y.contact_id AND r.method = %s AND r.ended_at IS NULL AND (r.expires_at IS NULL OR r.expires_at > {ENDS})
"""  # noqa: S608 - ours
INSERT_CONSENTS = """
INSERT INTO consent_consentrecord (client_id, contact_id, address_id, channel, purpose, tier, method, wording, evidence,
    recorded_by_id, made_by_import_id, expires_at)
SELECT %s, contact_id, address_id, channel, purpose, %s, %s, '', %s, %s, %s, {ends} FROM stage_yes AS y
WHERE {which} AND NOT EXISTS (
    SELECT 1 FROM consent_suppression AS s WHERE s.client_id = %s AND s.address_id = y.address_id AND s.ended_at IS NULL
)
"""
# A list has no days: a yes in it is never newer than the day somebody took theirs back. One row at a time, by the index.
UNLESS_TAKEN_BACK = """
AND (
    SELECT bool_or(r.ended_at IS NULL) FROM consent_consentrecord AS r
    WHERE r.client_id = %s AND r.address_id = y.address_id AND r.purpose = y.purpose AND r.contact_id = y.contact_id
) IS NOT FALSE
ORDER BY contact_id, address_id
"""
UNLESS_GIVEN = (
    "ON CONFLICT (client_id, contact_id, address_id, purpose, method) WHERE ended_at IS NULL DO NOTHING"
)
INSERT_LINES = """
INSERT INTO consent_importrow (client_id, of_import_id, line, outcome, reason, contact_id, phone, email)
SELECT %s, %s, line, outcome, reason, contact_id, phone, email FROM stage_line ORDER BY line
"""
