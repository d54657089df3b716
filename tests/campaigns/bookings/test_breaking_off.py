"""A file whose reading breaks off by an error of ours: tried again, said on its page, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from campaigns.bookings import loading
from campaigns.tasks import resume_bookings
from tenants.scope import acting_for
from tests import people
from tests.campaigns.bookings.files import HEAD, hours

pytestmark = pytest.mark.django_db


def test_a_file_that_breaks_off_is_tried_again_and_then_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = loading.receive(
            clinic, [f"{HEAD}\nP-1,,{hours(-5)},{hours(50)},,\n".encode()], "a.csv", by=None
        )

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(loading, "take", breaks)
    where = f"/c/bright-smiles/bookings/files/{made.pk}/"
    browser = people.sign_in(Browser(), people.alice())
    for tries in range(1, loading.MOST_TRIES + 1):
        with pytest.raises(ZeroDivisionError):
            loading.load(clinic.pk, made.pk)
        page = browser.get(where).content.decode()
        assert ("tried again" in page) == (tries < loading.MOST_TRIES)
    assert loading.BROKEN.format(tries=loading.MOST_TRIES) in page
    assert not loading.load(clinic.pk, made.pk)
    assert resume_bookings() == 0
