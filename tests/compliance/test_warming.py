"""Advice where a campaign is many times what its channel has carried lately; it keeps nothing back."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from compliance.warming import advice, busiest, ramp
from consent.models import ContactPoint, Touch
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people


@pytest.mark.parametrize("wanted, usual, days", [
    (100, 0, 0), (101, 0, 3), (300, 0, 3), (700, 0, 5), (5000, 3000, 0), (50_000, 1000, 9),
])  # fmt: skip
def test_each_second_day_carries_twice_the_one_before(wanted: int, usual: int, days: int) -> None:
    assert ramp(wanted, usual) == days
    begin = max(50, usual) * 2
    carried = [begin * 2**day for day in range(days // 2 + 1)]
    assert sum(carried) >= wanted
    assert not days or sum(carried[:-1]) < wanted


def asked(channel: str, number: int, a_day: int | None = None) -> Any:
    return SimpleNamespace(step=SimpleNamespace(position=1, channel=channel), people=number, a_day=a_day)


@pytest.mark.django_db
def test_a_cold_sender_is_advised_and_one_that_is_used_to_it_is_not() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for(clinic.pk):
        at = db_now()
        (says,) = advice(clinic, [asked("email", 2000)], at)
        assert "2,000 mails within a day, where the busiest day of the last 30 had 0" in says
        assert "about 100 a day" in says
        assert advice(clinic, [asked("email", 2000, a_day=80)], at) == []  # the front desk's limit spreads it
        assert "Carriers" in advice(clinic, [asked("sms", 2000)], at)[0]
        assert "bulk sender at Gmail" in advice(clinic, [asked("email", 6000)], at)[1]
        contacted(clinic, 1, at - timedelta(days=31))
        contacted(clinic, 2, at - timedelta(days=3))
        assert busiest(clinic, at) == {"sms": 2}
    with acting_for(rival.pk):
        assert busiest(rival, at) == {}


def contacted(clinic: Client, number: int, when: Any) -> None:
    for _ in range(number):
        person = people.contact(clinic, phone=people.a_phone())
        spot = ContactPoint.objects.get(contact=person)
        Touch.objects.create(
            client=clinic, address_id=spot.address_id, household=person.household, channel="sms", purpose="marketing", at=when,
            message_id=1,
        )  # fmt: skip
