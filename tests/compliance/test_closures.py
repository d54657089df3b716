"""Days on end without a lawful hour become rows, and stop being rows when the law or the place changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance import closures
from compliance.models import Closure
from compliance.windows import draw
from consent.models import Contact
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
NEVER = "FL/America/New_York|GU/Pacific/Guam"


def a_person_at(of: Client, key: str) -> Contact:
    with acting_for(of.pk):
        made = people.contact(of, phone=people.a_phone())
        Contact.objects.update(window_key=key)
        return made


def test_a_person_for_whom_no_hour_is_lawful_anywhere_is_told_so() -> None:
    clinic = people.clinic()
    a_person_at(clinic, NEVER)
    draw(clinic)
    draw(clinic)
    (row,) = Closure.objects.all()
    assert row.window_key == NEVER
    assert "No hour is open in every place" in row.reason
    assert row.closed_until - row.closed_from > timedelta(days=30)


@pytest.mark.parametrize("key", ["FL/America/New_York", "AL/America/Chicago", "?", "damaged"])
def test_sundays_holidays_and_damaged_keys_are_no_closure(key: str) -> None:
    clinic = people.clinic()
    a_person_at(clinic, key)
    draw(clinic)
    assert not Closure.objects.exists()


def test_a_gap_that_has_begun_keeps_its_beginning_and_ends_when_hours_come_back() -> None:
    at = db_now()
    month = at + timedelta(days=30)
    closures.keep([NEVER], {}, at, month)
    later = at + timedelta(days=2)
    closures.keep([NEVER], {}, later, month + timedelta(days=2))
    (row,) = Closure.objects.all()
    assert (row.closed_from, row.closed_until) == (at, month + timedelta(days=2))
    opens = {
        NEVER: [(later + timedelta(hours=n * 24), later + timedelta(hours=n * 24 + 9)) for n in range(60)]
    }
    closures.keep([NEVER], opens, later, month + timedelta(days=2))
    assert Closure.objects.get().closed_until == later
