"""Consents told by another system: many at once, each with its proof judged, in a fixed number of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent import proof
from consent.models import ConsentRecord, Contact, ContactPoint
from consent.reachability import STRENGTH
from consent.recording import ended_before
from tenants.clock import db_now
from tenants.models import ApiToken, Client

OLDEST = datetime(1991, 12, 20, tzinfo=UTC)  # the TCPA; an earlier yes is a slip
NO_CONTACT = "There is no such contact."
NO_POINT = "This contact has no address in use on this channel, or not this one."
SEVERAL = "This contact has several addresses on this channel; name one as point."
Key = tuple[int, int, str, str]


@dataclass
class Recorded:
    """What became of one consent; `record` is None when it was refused, and `says` why."""

    record: ConsentRecord | None
    outcome: str = "taken"
    says: str = ""


def record(client: Client, rows: list[dict[str, Any]], token: ApiToken) -> list[Recorded]:
    """Record these (`ConsentIn`, validated) inside `acting_for`; an answer for each, in their order.

    A newer yes of the same kind replaces the former unless it is weaker: then it is kept as history only, and so is one
    that is older than what stands or than the taking back of such a consent. The same yes sent again is known. No opt-out
    is lifted.
    """
    at = db_now()
    contacts = {
        each.pk: each
        for each in Contact.objects.select_for_update(of=("self",))
        .order_by("pk")
        .filter(pk__in={row["contact"] for row in rows})
    }
    points: dict[tuple[int, str], list[ContactPoint]] = defaultdict(list)
    for point in ContactPoint.objects.in_force(at).filter(contact__in=contacts).order_by("pk"):
        points[point.contact_id, point.channel].append(point)
    standing: dict[Key, ConsentRecord] = {}
    ended: dict[Key, list[ConsentRecord]] = defaultdict(list)
    for each in ConsentRecord.objects.filter(contact__in=contacts).defer("evidence").order_by("pk"):
        if each.ended_at is None:
            standing[_key(each)] = each
        else:
            ended[_key(each)].append(each)
    former, made, answers = [], [], []
    for row in rows:
        try:
            new = _read(client, row, contacts.get(row["contact"]), points, at, token)
        except ValueError as refused:
            answers.append(Recorded(None, "refused", str(refused)))
            continue
        before, gone = standing.get(_key(new)), ended[_key(new)]
        known = next((each for each in ([before] if before else gone) if _same(each, new)), None)
        taken_back = max((each.ended_at for each in gone if each.ended_at), default=None)
        new.ended_at = ended_before(before, taken_back, new.since, at)
        if known and (before or new.ended_at):
            answers.append(Recorded(known, "known"))
            continue
        if before and STRENGTH[before.tier] > STRENGTH[new.tier]:
            new.ended_at = at
        if not new.ended_at:
            if before:
                before.ended_at = at
                if before.pk:
                    former.append(before.pk)
            standing[_key(new)] = new
        made.append(new)
        answers.append(Recorded(new))
    ConsentRecord.objects.filter(pk__in=former, ended_at=None).update(ended_at=at)
    ConsentRecord.objects.bulk_create(made)
    return answers


def _read(
    client: Client,
    row: dict[str, Any],
    contact: Contact | None,
    points: dict[tuple[int, str], list[ContactPoint]],
    at: datetime,
    token: ApiToken,
) -> ConsentRecord:
    """The record that this row makes; raises `ValueError` with the sentence of its refusal."""
    if contact is None:
        raise ValueError(NO_CONTACT)
    on_channel = points.get((contact.pk, row["channel"]), [])
    mine = [each for each in on_channel if row.get("point") in (None, each.pk)]
    if len(mine) != 1:
        raise ValueError(SEVERAL if mine else NO_POINT)
    if not OLDEST <= row["given_at"] <= at:
        raise ValueError("given_at has not come yet, or is too long ago to be right.")
    if (row.get("expires_at") or at) < row["given_at"]:
        raise ValueError("expires_at lies before given_at.")
    if wrong := proof.unknown(row["method"], row["evidence"]):
        raise ValueError(" ".join(wrong))
    found = proof.worth(
        row["method"], row["channel"], row["purpose"], wording=row["wording"], brand=client.name,
        evidence=row["evidence"], minor=proof.is_minor(contact, at),
    )  # fmt: skip
    return ConsentRecord(
        client=client, contact=contact, address_id=mine[0].address_id, channel=row["channel"], purpose=row["purpose"],
        method=row["method"], tier=found.tier, missing=found.missing, wording=row["wording"],
        requested=proof.says_what(row["method"], row["evidence"]),
        evidence=json.dumps({**row["evidence"], "api_key": token.pk}), since=row["given_at"], expires_at=row.get("expires_at"),
    )  # fmt: skip


def _same(one: ConsentRecord, other: ConsentRecord) -> bool:
    return (one.since, one.wording, one.tier) == (other.since, other.wording, other.tier)


def _key(each: ConsentRecord) -> Key:
    return each.contact_id, each.address_id, each.purpose, each.method
