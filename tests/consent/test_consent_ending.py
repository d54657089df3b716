"""A yes that ends by itself: it counts through its last day, by the practice's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from consent.models import ConsentRecord
from tenants.scope import acting_for
from tests import people
from tests.consent.test_consent_page import as_, jane, path, said

pytestmark = pytest.mark.django_db


def test_it_counts_through_its_last_day() -> None:
    clinic, alice = people.clinic(time_zone="America/New_York"), people.alice()
    who = jane(clinic)
    browser = as_(alice)
    wrong = browser.post(path(who), said(clinic, who, until="2026-03-01"))
    assert (wrong.status_code, b"end before it was given" in wrong.content) == (422, True)
    browser.post(path(who), said(clinic, who, until="2026-03-31"))
    ends = datetime(2026, 4, 1, tzinfo=ZoneInfo("America/New_York"))
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.get().expires_at == ends
        assert ConsentRecord.objects.in_force(ends - timedelta(seconds=1)).exists()
        assert not ConsentRecord.objects.in_force(ends).exists()
    assert "until 31 Mar 2026" in browser.get(f"/c/bright-smiles/contacts/{who.pk}/life/").content.decode()
