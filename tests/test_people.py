"""The builders build only what can be: a world that production cannot hold proves nothing."""

from __future__ import annotations

import pytest

from consent.places import window_key
from tests import people


def test_the_usual_window_key_is_one_of_those_the_clinics_numbers_have() -> None:
    assert people.INDIANA in window_key("+15742310600", "IN", None).split("|")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["IN/America/Indiana/Indianapolis", "America/New_York", ""])
def test_a_window_key_that_no_place_has_is_refused(key: str) -> None:
    clinic = people.clinic()
    with pytest.raises(ValueError, match="known state/zone pairs"):
        people.contact(clinic, window_key=key)
    with pytest.raises(ValueError, match="known state/zone pairs"):
        people.all_day(clinic, key)
