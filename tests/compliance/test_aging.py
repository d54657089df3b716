"""The flight check warns of consents that were given long ago."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance.aging import aging
from consent.models import ConsentRecord
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def test_the_flight_check_counts_those_whose_consent_is_older_than_18_months() -> None:
    clinic, at = people.clinic(), db_now()
    with acting_for(clinic.pk):
        people.ready(clinic)
        made = people.campaign(clinic)
        one, two, lately = (people.contact(clinic, phone=people.a_phone()) for _ in range(3))
        for who, days in ((one, 549), (two, 900), (lately, 547)):
            given = people.consent(who)
            ConsentRecord.objects.filter(pk=given.pk).update(since=at - timedelta(days=days))
        assert aging(made, at).startswith("2 people of this audience consented to these texts more than 18")
    alice = people.sign_in(Browser(), people.alice())
    page = alice.get(reverse("audience_funnel", args=[clinic.slug, made.pk]), {"full": "1"})
    assert "2 people of this audience" in page.content.decode()
    with acting_for(clinic.pk):
        ConsentRecord.objects.update(ended_at=at)
        assert aging(made, at + timedelta(seconds=1)) == ""
