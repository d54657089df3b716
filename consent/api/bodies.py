"""What is read and told about contacts, addresses, consents and opt-outs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from consent.models import ConsentRecord, Contact, ContactPoint, PurposeOptOut, Suppression, Tier
from tenants.api.bodies import Choice, Strict
from tenants.clock import db_now
from tenants.models import Channel, Purpose


def text(most: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, **options)


class ContactIn(Strict):
    """A person. At least a phone or an e-mail; everything is cleaned as in an import, and what is left out is told."""

    external_id = text(80, help_text="The id in your own system. The same id is the same person.")
    first_name = text(500)
    last_name = text(500)
    phone = text(200, help_text="A US number in any usual form.")
    email = text(1000)
    state = text(100)
    zip = text(50, help_text="Decides the hours; not stored.")
    last_visit = serializers.DateField(required=False, allow_null=True)
    birth_date = serializers.DateField(
        required=False, allow_null=True, help_text="Not stored: only the month from which they are an adult."
    )
    segment = text(200, help_text="A neutral label; one that tells about health is replaced.")
    language = text(50)
    location = text(120, help_text="The name of one of the client's locations.")
    guardian_external_id = text(80, help_text="For a child: whom to write to.")
    deceased = serializers.BooleanField(required=False)


class ContactChange(Strict):
    """What may be corrected. What is left out stays."""

    first_name = text(500)
    last_name = text(500)
    state = text(100)
    last_visit = serializers.DateField(required=False, allow_null=True)
    segment = text(200)
    language = text(50)
    deceased = serializers.BooleanField(required=False)


class PointOut(serializers.Serializer[Any]):
    """Where a person can be reached."""

    id = serializers.IntegerField()
    contact = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    value = serializers.CharField(help_text="E.164, or the mail address in lower case.")
    since = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField()
    opted_out = serializers.BooleanField(help_text="Nothing is sent there, whatever a consent says.")
    left_purposes = serializers.ListField(
        child=serializers.ChoiceField(Purpose.choices), help_text="Nothing with these purposes is sent there; other kinds may be."
    )  # fmt: skip


class ContactOut(serializers.Serializer[Any]):
    """A person as known here."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    state = serializers.CharField()
    language = serializers.CharField()
    segment = serializers.CharField()
    location = serializers.CharField()
    last_visit = serializers.DateField(allow_null=True)
    deceased = serializers.BooleanField()
    guardian = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    points = PointOut(many=True)


class TakenOut(serializers.Serializer[Any]):
    """What became of a person sent to us."""

    outcome = serializers.ChoiceField(["taken", "merged", "refused"])
    remarks = serializers.ListField(child=serializers.CharField())
    contact = ContactOut(allow_null=True)


class RowOut(serializers.Serializer[Any]):
    """What became of one row of a bulk request, by its place in `rows`."""

    row = serializers.IntegerField()
    outcome = serializers.ChoiceField(["taken", "merged", "known", "refused"])
    id = serializers.IntegerField(allow_null=True)
    remarks = serializers.ListField(child=serializers.CharField())


class RowsOut(serializers.Serializer[Any]):
    results = RowOut(many=True)


class FindIn(Strict):
    """One of them."""

    phone = text(200)
    email = text(1000)
    external_id = text(80)


class PointIn(Strict):
    channel = Choice(Channel.choices)
    value = serializers.CharField(max_length=1000)


class EndIn(Strict):
    reason = serializers.CharField(max_length=40, help_text="A few neutral words, as in: moved.")


class SuppressionIn(Strict):
    """An address nobody may write to any more. It need not belong to a contact."""

    REASONS = {
        "asked": Suppression.Source.API,
        "wrong_number": Suppression.Source.WRONG_NUMBER,
        "complaint": Suppression.Source.COMPLAINT,
        "legal": Suppression.Source.LEGAL,
    }
    channel = Choice(Channel.choices)
    value = serializers.CharField(max_length=1000, help_text="The phone number or mail address.")
    reason = Choice([(each, each) for each in REASONS], default="asked")
    note = text(2000, help_text="In their words, and when. Kept encrypted.")


class SuppressionOut(serializers.Serializer[Any]):
    """An opt-out. It cannot be deleted or changed; only the person lifts it."""

    id = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    source = serializers.ChoiceField(Suppression.Source.choices)  # type: ignore[assignment]
    contacts = serializers.ListField(child=serializers.IntegerField())
    since = serializers.DateTimeField()
    enforced_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PurposeOptOutOut(serializers.Serializer[Any]):
    """An address that wants no more of one kind of messages. Only a fresh yes of the person ends it."""

    id = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    contacts = serializers.ListField(child=serializers.IntegerField())
    since = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ConsentIn(Strict):
    """A person's yes with its proof. What is missing lowers the tier, and the answer says what it was."""

    contact = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    point = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="Which address, when they have several on the channel.",
    )
    channel = Choice(Channel.choices)
    purpose = Choice(Purpose.choices)
    method = Choice([(each, each) for each in ("web_form", "phone", "voice_agent", "paper", "keyword")])
    given_at = serializers.DateTimeField(help_text="When they said yes, with its zone.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    wording = serializers.CharField(max_length=4000, help_text="Exactly what they were shown or told.")
    evidence = serializers.DictField(help_text="What the method asks for; see the documentation.")


class ConsentOut(serializers.Serializer[Any]):
    """A consent on record."""

    id = serializers.IntegerField()
    contact = serializers.IntegerField()
    channel = serializers.ChoiceField(Channel.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    method = serializers.ChoiceField(ConsentRecord.Method.choices)
    tier = serializers.ChoiceField(Tier.choices)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="What kept it from a higher tier."
    )
    wording = serializers.CharField()
    since = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Revoked, or replaced by a newer one.")


def contacts_out(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    """These people, in a fixed number of queries."""
    points: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = ContactPoint.objects.filter(contact__in=[each.pk for each in contacts]).order_by("id")
    for told in points_out(list(rows)):
        points[told["contact"]].append(told)
    return [
        dict(
            ContactOut(
                {
                    **{name: getattr(each, name) for name in (
                        "id", "external_id", "first_name", "last_name", "state", "language", "segment", "last_visit",
                        "deceased", "created_at", "changed_at",
                    )},
                    "location": each.location.name if each.location else "",
                    "guardian": each.guardian_id,
                    "points": points[each.pk],
                }
            ).data
        )
        for each in contacts
    ]  # fmt: skip


def points_out(points: Sequence[ContactPoint]) -> list[dict[str, Any]]:
    """These addresses, each with whether it opted out, and of what."""
    addresses = [each.address_id for each in points]
    left: dict[int, list[str]] = defaultdict(list)
    chosen = PurposeOptOut.objects.in_force(db_now()).filter(address__in=addresses).order_by("purpose")
    for address, purpose in chosen.values_list("address", "purpose"):
        left[address].append(purpose)
    out = set(
        Suppression.objects.in_force(db_now()).filter(address__in=addresses).values_list("address", flat=True)
    )
    names = ("id", "channel", "value", "since", "ended_at", "end_reason")
    return [
        dict(
            PointOut(
                {name: getattr(each, name) for name in names}
                | {
                    "contact": each.contact_id,
                    "opted_out": each.address_id in out,
                    "left_purposes": left[each.address_id],
                }
            ).data
        )
        for each in points
    ]


def suppressions_out(rows: Sequence[Suppression]) -> list[dict[str, Any]]:
    """These opt-outs, each with the contacts who have, or had, the address."""
    who = _whose([each.address_id for each in rows])
    names = ("id", "channel", "source", "since", "enforced_at", "ended_at")
    return [
        dict(
            SuppressionOut(
                {name: getattr(each, name) for name in names} | {"contacts": who[each.address_id]}
            ).data
        )
        for each in rows
    ]


def purpose_opt_outs_out(rows: Sequence[PurposeOptOut]) -> list[dict[str, Any]]:
    """These opt-outs of one purpose, likewise."""
    who = _whose([each.address_id for each in rows])
    names = ("id", "channel", "purpose", "since", "ended_at")
    told = [
        {name: getattr(each, name) for name in names} | {"contacts": who[each.address_id]} for each in rows
    ]
    return [dict(PurposeOptOutOut(each).data) for each in told]


def _whose(addresses: Sequence[int]) -> dict[int, list[int]]:
    who: dict[int, list[int]] = defaultdict(list)
    points = ContactPoint.objects.filter(address__in=addresses).order_by("contact")
    for address, contact in points.values_list("address", "contact"):
        who[address].append(contact)
    return who


def consent_out(record: ConsentRecord) -> dict[str, Any]:
    names = (
        "id",
        "channel",
        "purpose",
        "method",
        "tier",
        "missing",
        "wording",
        "since",
        "expires_at",
        "ended_at",
    )
    told = {name: getattr(record, name) for name in names} | {"contact": record.contact_id}
    return dict(ConsentOut(told).data)
