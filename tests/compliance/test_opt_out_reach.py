"""How far a STOP reaches: every purpose, every location, every number of the client."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from tenants.models import Location, Purpose, Sender
from tests.compliance import test_gate as gates

pytestmark = pytest.mark.django_db
world = gates.world


@pytest.mark.parametrize("purpose", Purpose.values)
def test_one_stop_ends_texts_of_every_purpose_from_every_location(world: gates.World, purpose: str) -> None:
    elsewhere = Location.objects.create(client=world.client, name="Elsewhere", time_zone="America/New_York")
    Sender.objects.update(location=elsewhere)
    Campaign.objects.update(purpose=purpose)
    world.campaign.refresh_from_db()
    assert "opted_out" not in world.codes("sms")
    gates.suppress(world, "sms")
    assert "opted_out" in world.codes("sms")
    assert "opted_out" not in world.codes("email")
