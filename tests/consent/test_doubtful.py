"""Mail addresses that are nobody's own are marked when first seen; a wording's promise binds."""

from __future__ import annotations

import pytest

from consent.doubtful import doubt
from consent.models import Address, ConsentRecord, UnsafeMark
from tenants.scope import acting_for
from tests import people


@pytest.mark.parametrize(
    "address, why",
    [
        ("info@brightsmiles.example", "role"),
        ("office+new@brightsmiles.example", "role"),
        ("no-reply@brightsmiles.example", "role"),
        ("jane@mailinator.com", "disposable"),
        ("info@yopmail.com", "disposable"),
        ("jane.doe@example.org", ""),
        ("informed@example.org", ""),
        ("mailinator.com@example.org", ""),
    ],
)
def test_shared_and_throw_away_addresses_are_told_apart(address: str, why: str) -> None:
    assert doubt(address) == why


@pytest.mark.django_db
def test_an_address_is_marked_once_when_it_is_first_seen() -> None:
    for _ in range(2):
        Address.objects.resolve("email", ["info@example.org", "jane@example.org"])
    (mark,) = UnsafeMark.objects.all()
    assert mark.reason == "role"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wording, promised",
    [
        ("Yes, text me.", None),
        ("I agree to texts, up to 4 msgs/month.", 4),
        ("Up to 2 messages per month. Reply STOP to opt out.", 2),
        ("up to 4 a month", 4),
        ("up to 1 text each week", 4),
        ("Up to 10 msgs / mo", 10),
        ("up to 4 text messages a month", 4),
        ("Acepto que me envíen hasta 4 mensajes al mes.", 4),
        ("hasta 2 mensajes de texto por semana", 8),
        ("Hasta 3 textos mensuales", 3),
        ("hasta 1 cada mes", 1),
        ("hasta 20 dólares menos", None),
        ("up to 2 links per message", None),
        ("up to 500 dollars a month", None),
        ("Up to 2 visits a year", None),
    ],
)
def test_the_number_a_wording_promises_is_read_by_the_database(wording: str, promised: int | None) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        given = people.consent(people.contact(clinic, phone=people.a_phone()))
        written = ConsentRecord.objects.create(
            client=clinic, contact_id=given.contact_id, address_id=given.address_id, channel="sms", purpose="marketing",
            tier="written", method=ConsentRecord.Method.PAPER, wording=wording,
        )  # fmt: skip
        written.refresh_from_db()
        assert written.promised_a_month == promised
