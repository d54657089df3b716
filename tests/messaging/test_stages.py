"""A label is a stage: an evergreen campaign goes to who comes to bear it, and waits for who bears it no more."""

from __future__ import annotations

import pytest

from campaigns.fingerprint import signed_content
from campaigns.models import Campaign
from campaigns.wording import audience
from consent.models import Contact
from messaging.models import Message
from tenants.models import Client
from tenants.scope import acting_for
from tests.messaging.flight import claimed
from tests.messaging.test_evergreen import clinic, joined, lapsed, on_its_way

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db


def test_whoever_comes_to_bear_the_label_joins_and_waits_once_they_bear_another(clinic: Client) -> None:
    on_its_way(clinic, segments=["", "Waiting list"])
    with acting_for(clinic.pk):
        moved = lapsed(clinic, first_name="Wanda", segment="Intake")
    assert joined(clinic) == 0
    with acting_for(clinic.pk):
        Contact.objects.filter(pk=moved.pk).update(segment="Waiting list")
    assert joined(clinic) == 1
    with acting_for(clinic.pk):
        Contact.objects.filter(pk=moved.pk).update(segment="Current")
    assert len(claimed(clinic)) == 10
    with acting_for(clinic.pk):
        assert Message.objects.get(contact=moved).failed == ["left_label"]
        assert "bears none of these labels" in audience(signed_content(Campaign.objects.get()))
