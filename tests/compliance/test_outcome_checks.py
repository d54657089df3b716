"""Who has booked hears no more; who is held out is drawn once, by household, and never written to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F, TextField
from django.db.models.functions import Cast

from campaigns.models import Booking, Campaign, CampaignVersion, Launch
from compliance.checks.outcome import Lot
from compliance.deciding import is_final
from compliance.preview import tallies
from consent.models import Contact
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_gate import World, drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Any:
    clinic = people.clinic()
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        yield World(clinic, signer)


def launch(w: World, ago: timedelta = timedelta(days=3)) -> datetime:
    """The campaign was launched so long ago."""
    at = db_now() - ago
    version = CampaignVersion.objects.get(campaign=w.campaign)
    Launch.objects.create(client=w.client, campaign=w.campaign, version=version, at=at)
    return at


def book(w: World, booked_at: datetime, *, ahead: timedelta = timedelta(days=-1), **values: Any) -> Booking:
    values = {"for_at": db_now() + ahead, "status": "booked"} | values
    made: Booking = Booking.objects.create(client=w.client, contact=w.jane, booked_at=booked_at, **values)
    return made


def test_a_booking_since_the_launch_stops_the_rest_on_every_channel(world: World) -> None:
    book(world, launch(world) + timedelta(hours=1))
    assert (world.codes("sms"), world.codes("email")) == (["booked"], ["booked"])


def test_a_booking_before_the_launch_that_is_over_stops_nothing(world: World) -> None:
    book(world, launch(world) - timedelta(hours=1))
    assert world.codes("sms") == []


def test_an_appointment_ahead_is_enough_before_any_launch(world: World) -> None:
    booking = book(world, db_now() - timedelta(days=90), ahead=timedelta(days=5))
    assert world.codes("sms") == ["booked"]
    Booking.objects.filter(pk=booking.pk).update(status="cancelled")
    assert world.codes("sms") == []


@pytest.mark.parametrize("status, stops", [("cancelled", False), ("no_show", True), ("kept", True)])
def test_a_cancelled_booking_stops_nothing_and_a_missed_one_does(
    world: World, status: str, stops: bool
) -> None:
    book(world, launch(world) + timedelta(hours=1), status=status)
    assert world.codes("sms") == (["booked"] if stops else [])


def test_a_row_that_was_replaced_counts_no_more(world: World) -> None:
    book(world, launch(world) + timedelta(hours=1), ended_at=db_now())
    assert world.codes("sms") == []


@pytest.mark.parametrize("before, stops", [(timedelta(hours=20), True), (timedelta(hours=25), False)])
def test_of_a_day_whose_hour_is_not_known_the_last_hour_counts(
    world: World, before: timedelta, stops: bool
) -> None:
    book(world, launch(world) - before, day_only=True)
    assert world.codes("sms") == (["booked"] if stops else [])


@pytest.mark.parametrize("began, stops", [(timedelta(hours=-20), True), (timedelta(hours=-25), False)])
def test_an_appointment_on_a_day_alone_is_ahead_until_its_day_is_over(
    world: World, began: timedelta, stops: bool
) -> None:
    book(world, db_now() - timedelta(days=90), ahead=began, for_day_only=True)
    assert world.codes("sms") == (["booked"] if stops else [])


def test_a_message_about_care_goes_on_after_a_booking(world: World) -> None:
    book(world, launch(world) + timedelta(hours=1), ahead=timedelta(days=5))
    Campaign.objects.filter(pk=world.campaign.pk).update(purpose="care")
    assert "booked" not in world.codes("email")


def test_nobody_is_held_out_of_messages_about_care(world: World) -> None:
    Campaign.objects.filter(pk=world.campaign.pk).update(hold_out=50, hold_out_seed="seed", purpose="care")
    for number in range(8):
        people.contact(world.client, email=f"a{number}@example.org")
    world.campaign.refresh_from_db()
    assert [tally.held for _, tally in tallies(world.campaign, db_now())] == [0, 0]


def test_the_draw_of_the_database_is_the_one_of_the_documents() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        Contact.objects.bulk_create(Contact(client=clinic, household=number) for number in range(1, 2001))
        made = people.campaign(clinic, hold_out=10)
        lots = dict(
            Contact.objects.annotate(
                lot=Lot(Cast(F("language"), TextField()), Cast(F("household"), TextField()))
            ).values_list("household", "lot")
        )
        assert lots == {number: drawn("en", number) for number in range(1, 2001)}
    assert len(made.hold_out_seed) == 32
    assert 150 < sum(lot < 1000 for lot in lots.values()) < 250


def test_a_household_is_held_out_together_and_the_preview_counts_it(world: World) -> None:
    Campaign.objects.filter(pk=world.campaign.pk).update(hold_out=50, hold_out_seed="seed")
    world.campaign.refresh_from_db()
    for number in range(30):
        one = people.contact(world.client, email=f"a{number}@example.org")
        people.contact(world.client, email=f"b{number}@example.org", household=one.pk)
    expected = [
        pk for pk, home in Contact.objects.values_list("pk", "household") if drawn("seed", home) < 5000
    ]
    (mail,) = [tally for step, tally in tallies(world.campaign, db_now()) if step.channel == "email"]
    assert 0 < len(expected) < 61
    assert (mail.total, mail.codes, mail.held) == (61, {"held_out": len(expected)}, len(expected))


def test_nobody_is_held_out_where_no_share_is(world: World) -> None:
    Campaign.objects.filter(pk=world.campaign.pk).update(hold_out=0, hold_out_seed="seed")
    assert world.codes("sms") == []


def test_who_is_held_out_ends_only_when_nothing_else_refuses() -> None:
    assert is_final(["held_out"])
    assert not is_final(["held_out", "quiet_hours"])
    assert is_final(["held_out", "opted_out"])
    assert not is_final(["quiet_hours"])
    assert not is_final([])
