"""Pages by key show every row once, in order, whatever is added meanwhile."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import FieldDoesNotExist

from consent.models import Contact
from tenants.keyset import page_of
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
DAYS = [date(2024, 3, 1), None, date(2023, 1, 1), date(2024, 3, 1), None, date(2022, 5, 5)]


def _through(by: str) -> list[Contact]:
    seen: list[Contact] = []
    after = ""
    while True:
        page = page_of(Contact.objects.all(), after, by=by, size=2)
        seen += page.rows
        assert len(page.rows) <= 2
        if not page.next:
            return seen
        after = page.next


def test_every_row_is_shown_once_and_rows_without_a_value_come_last() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = [people.contact(clinic, last_visit=day) for day in DAYS]
        by_day = _through("last_visit")
        newest = _through("-id")
    known = sorted((m for m in made if m.last_visit), key=lambda m: (m.last_visit, m.pk))
    assert [c.pk for c in by_day] == [m.pk for m in known] + [m.pk for m in made if not m.last_visit]
    assert [c.pk for c in newest] == sorted((m.pk for m in made), reverse=True)


def test_a_row_added_while_paging_shifts_nothing() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = [people.contact(clinic) for _ in range(4)]
        first = page_of(Contact.objects.all(), "", size=2)
        people.contact(clinic)
        second = page_of(Contact.objects.all(), first.next, size=2)
    assert [c.pk for c in first.rows + second.rows] == [m.pk for m in reversed(made)]


@pytest.mark.parametrize(
    "after", ["x", "~", "2024-99-99~3", "~-4", "~99999999999999999999", "a~b~c", "\x00~1"]
)
def test_an_after_that_nobody_gave_begins_anew(after: str) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        one = people.contact(clinic)
        assert page_of(Contact.objects.all(), after, by="last_visit").rows == [one]


def test_a_field_that_may_be_empty_cannot_be_sorted_descending() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk), pytest.raises(FieldDoesNotExist):
        page_of(Contact.objects.all(), "", by="-last_visit")
