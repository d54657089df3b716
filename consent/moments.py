"""What consent knows of a person's line of time: yes and no, pauses, addresses that ended, and where the record came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from consent.models import ConsentRecord, Contact, ContactPoint, Pause, PurposeOptOut, Suppression
from consent.reachability import opted_out_sentence, tier_words
from consent.recording import proof_of
from tenants.merged import Part
from tenants.templatetags.masks import address_for


@dataclass(frozen=True)
class Moment:
    """One entry; `answer` colours its dot."""

    at: datetime
    answer: str
    says: str
    detail: str = ""
    proof: str = ""
    revocable: int = 0  # the consent that can be revoked here
    scan: int = 0  # the consent whose scan can be opened


BEGAN, ENDED = "since", "ended_at"
Key = tuple[str, int]


def parts_of(contact: Contact, points: Sequence[ContactPoint]) -> dict[str, list[Part]]:
    """By what one may ask for: consents, opt-outs and pauses, the record itself. `points`: all of them, ended ones too."""
    addresses = [point.address_id for point in points]
    consents = ConsentRecord.objects.filter(contact=contact)
    if contact.merged_into_id is None:  # by the addresses: by those it is indexed
        consents = consents.filter(address__in=addresses)  # of a joined record they went elsewhere
    none = {
        "out": Suppression.objects.filter(address__in=addresses),
        "kind": PurposeOptOut.objects.filter(address__in=addresses),
        "pause": Pause.objects.filter(contact=contact),
    }
    return {
        "consents": _both("consent", consents),
        "out": [part for kind, rows in none.items() for part in _both(kind, rows)],
        "record": [
            Part("made", Contact.objects.filter(pk=contact.pk), "created_at"),
            Part("point_ended", ContactPoint.objects.filter(contact=contact), ENDED),
        ],
    }


def moments_of(
    contact: Contact, points: Sequence[ContactPoint], ids: Mapping[str, list[int]], *, clear: bool
) -> dict[Key, Moment]:
    """What stands at each entry of a page of the line, by its kind and row."""
    values = {point.address_id: address_for(point.value, clear) for point in points}
    found = {
        ("point_ended", point.pk): Moment(
            point.ended_at, "held", f"{address_for(point.value, clear)} is no longer used", point.end_reason
        )
        for point in points
        if point.ended_at
    }
    found["made", contact.pk] = Moment(
        contact.created_at, "", "Added" if contact.made_by_import_id is None else "Imported"
    )
    return found | _consents(ids, values, clear=clear) | _outs(ids) | _kinds(ids) | _pauses(ids)


def _both(kind: str, rows: Any) -> list[Part]:
    return [Part(kind, rows, BEGAN), Part(f"{kind}_ended", rows, ENDED)]


def _of(ids: Mapping[str, list[int]], kind: str) -> set[int]:
    return {*ids.get(kind, []), *ids.get(f"{kind}_ended", [])}


def _consents(ids: Mapping[str, list[int]], values: Mapping[int, str], *, clear: bool) -> dict[Key, Moment]:
    rows = ConsentRecord.objects.filter(pk__in=_of(ids, "consent"))
    found: dict[Key, Moment] = {}
    for record in rows.select_related("recorded_by", "scan", "client").defer("scan__content"):
        what = f"{tier_words(record)}, for {record.get_purpose_display().lower()}"
        found["consent", record.pk] = Moment(
            record.since,
            "clear",
            f"Consent: {what}",
            f"{record.get_method_display()}, {values.get(record.address_id, 'a former address')}"
            + _ending(record),
            proof_of(record, clear=clear),
            0 if record.ended_at else record.pk,
            record.pk if record.scan_id else 0,
        )
        if record.ended_at:
            found["consent_ended", record.pk] = Moment(record.ended_at, "held", f"Consent ended: {what}")
    return found


def _ending(record: ConsentRecord) -> str:
    if record.expires_at is None:
        return ""
    last = (record.expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(record.client.time_zone))
    return f", until {last.day} {last:%b} {last.year}"


def _outs(ids: Mapping[str, list[int]]) -> dict[Key, Moment]:
    found: dict[Key, Moment] = {}
    rows = Suppression.objects.filter(pk__in=_of(ids, "out"))
    for each in rows.select_related("made_by", "client"):
        by = f"entered by {each.made_by.name}" if each.made_by else ""
        found["out", each.pk] = Moment(each.since, "held", opted_out_sentence(each), by, each.note)
        if each.ended_at:
            found["out_ended", each.pk] = Moment(each.ended_at, "clear", "Opt-out lifted by the person")
    return found


def _kinds(ids: Mapping[str, list[int]]) -> dict[Key, Moment]:
    found: dict[Key, Moment] = {}
    for each in PurposeOptOut.objects.filter(pk__in=_of(ids, "kind")):
        kind = f"{each.get_purpose_display().lower()} messages by {each.get_channel_display().lower()}"
        found["kind", each.pk] = Moment(
            each.since, "held", f"Wants no more {kind}", "chosen where they unsubscribe"
        )
        if each.ended_at:
            found["kind_ended", each.pk] = Moment(
                each.ended_at, "clear", f"May have {kind} again: a fresh yes of the person"
            )
    return found


def _pauses(ids: Mapping[str, list[int]]) -> dict[Key, Moment]:
    found: dict[Key, Moment] = {}
    for each in Pause.objects.filter(pk__in=_of(ids, "pause")).select_related("ended_by"):
        found["pause", each.pk] = Moment(each.since, "waiting", f"Paused: {each.reason}")
        if each.ended_at:
            by = f"by {each.ended_by.name}" if each.ended_by else ""
            found["pause_ended", each.pk] = Moment(each.ended_at, "clear", "Pause released", by)
    return found
