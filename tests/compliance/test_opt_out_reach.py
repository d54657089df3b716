"""How far a STOP reaches: every purpose, every location, every number of the client."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from consent import lifting
from tenants.models import Location, Purpose, Sender
from tests import people
from tests.compliance import test_gate as gates

pytestmark = pytest.mark.django_db
laid, world = gates.laid, gates.world


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


@pytest.mark.parametrize("chosen", Purpose.values)
def test_a_no_to_one_kind_ends_that_kind_there_and_nothing_else(world: gates.World, chosen: str) -> None:
    gates.leave_kind(world, "email", chosen)
    for purpose in Purpose.values:
        Campaign.objects.update(purpose=purpose)
        world.campaign.refresh_from_db()
        assert ("opted_out_of_purpose" in world.codes("email")) is (purpose == chosen)
        assert {"opted_out_of_purpose", "left_kind"}.isdisjoint(world.codes("sms"))


def test_it_counts_from_the_instant_it_is_stored_and_until_it_is_lifted(world: gates.World) -> None:
    gates.leave_kind(world, "email")
    assert world.codes("email") == ["opted_out_of_purpose"]
    lifting.by_yes(people.consent(world.jane, channel="email", method="preferences"))
    assert world.codes("email") == []
