"""Evergreen campaigns: whoever comes to match joins under the signature, as far as it covers them; nobody twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError
from django.test import Client as Browser
from django.urls import reverse

from campaigns.audience import months_before
from campaigns.audience import people as audience_people
from campaigns.editing import copy
from campaigns.fingerprint import refresh, signed_content
from campaigns.models import Approval, AudienceCount, Campaign, Launch
from campaigns.wording import audience
from compliance.preview import audience as previewed
from consent.models import Contact, ContactPoint, Suppression
from consent.suppressing import suppress
from messaging import evergreen, outbox
from messaging.evergreen import stopped_joining
from messaging.models import Message, Standstill, Status
from messaging.needed import needed
from messaging.running import told
from messaging.standstill import tell_of_standstills
from messaging.stopping import stop_for_good
from messaging.tasks import sweep
from tenants.clock import db_now
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, claimed

pytestmark = pytest.mark.django_db
MONTHS = 12


def lapsed(of: Client, days: int = 1, **values: Any) -> Contact:
    """Somebody whose last visit was so many days more than a year ago, with a yes to texts."""
    visit = months_before(db_now().date(), MONTHS) - timedelta(days=days + 1)
    who = people.contact(of, phone=people.a_phone(), last_visit=visit, **values)
    people.consent(who)
    return who


def on_its_way(of: Client, *, shown: int = 10, **values: Any) -> Campaign:
    """A launched evergreen campaign that was signed for `shown` people, with ten in it."""
    signer = people.bob(of)
    with acting_for(of.pk):
        people.sms_sender(of)
        people.ready(of)
        for number in range(10):
            lapsed(of, first_name=f"First{number}")
        lapsed(of, days=-30, first_name="Recent")
        made = people.campaign(of, joins=True, lapsed_months=MONTHS, **values)
        given = people.approve(made, signer)
        AudienceCount.objects.filter(pk=given.count_id).update(people=shown)
        made.refresh_from_db()
        launched = outbox.launch(made, by=None)
    outbox.plan(launched)
    return made


def joined(of: Client) -> int:
    """How many join at another look."""
    with acting_for(of.pk):
        Launch.objects.update(looked_at=None)
        return evergreen.join(of.pk)


def why(of: Client) -> str:
    with acting_for(of.pk):
        return str(Launch.objects.latest("pk").stopped_joining)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def test_whoever_lapses_later_joins_by_itself_and_nobody_twice(clinic: Client) -> None:
    made = on_its_way(clinic)
    assert joined(clinic) == 0
    with acting_for(clinic.pk):
        recent = Contact.objects.get(last_visit__gt=months_before(db_now().date(), MONTHS))
        Contact.objects.filter(pk=recent.pk).update(last_visit=date(2020, 1, 1))
        Launch.objects.update(looked_at=None)
    sweep()
    assert joined(clinic) == 0
    with acting_for(clinic.pk):
        row = Message.objects.get(contact=recent)
        assert Message.objects.filter(campaign=made).count() == 11
    assert row.status == Status.QUEUED
    assert row.due_at > db_now() - timedelta(minutes=5)  # their own first day
    assert len(claimed(clinic)) == 11


def test_a_new_number_of_somebody_who_had_it_brings_no_second_one(clinic: Client) -> None:
    on_its_way(clinic)
    with acting_for(clinic.pk):
        who = Message.objects.order_by("pk")[0].contact
        people.point(who, Channel.SMS, people.a_phone())
    assert joined(clinic) == 0


def test_beyond_a_tenth_more_nobody_joins_until_it_is_signed_again(clinic: Client) -> None:
    made = on_its_way(clinic)
    with acting_for(clinic.pk):
        kept = lapsed(clinic)
        people.contact(clinic, last_visit=kept.last_visit, merged_into=kept)  # the same person
    assert joined(clinic) == 1  # eleven of ten: just covered
    with acting_for(clinic.pk):
        lapsed(clinic)
    assert joined(clinic) == 0
    assert why(clinic) == Launch.Stopped.GREW
    with acting_for(clinic.pk):
        given = people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
        AudienceCount.objects.filter(pk=given.count_id).update(people=12)
    assert joined(clinic) == 1
    assert why(clinic) == ""


def test_who_leaves_the_rule_after_joining_makes_no_room_for_others(clinic: Client) -> None:
    on_its_way(clinic)
    with acting_for(clinic.pk):
        lapsed(clinic)
    assert joined(clinic) == 1
    with acting_for(clinic.pk):
        Contact.objects.update(last_visit=db_now().date())  # they all came
        lapsed(clinic)
    assert joined(clinic) == 0
    assert why(clinic) == Launch.Stopped.GREW


def test_who_was_written_to_before_the_count_and_came_takes_nobodys_place(clinic: Client) -> None:
    on_its_way(clinic)
    with acting_for(clinic.pk):
        Contact.objects.update(last_visit=db_now().date())
        lapsed(clinic)
        AudienceCount.objects.update(at=db_now(), people=1)
    assert joined(clinic) == 1


def test_once_the_signature_ends_or_something_is_edited_nobody_joins(clinic: Client) -> None:
    made = on_its_way(clinic, shown=100)
    with acting_for(clinic.pk):
        lapsed(clinic)
        Approval.objects.update(ended_at=db_now())
    assert (joined(clinic), why(clinic)) == (0, Launch.Stopped.UNSIGNED)
    with acting_for(clinic.pk):
        people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
        Client.objects.filter(pk=clinic.pk).update(name="Brighter Smiles")
        refresh(Campaign.objects.select_related("client").get(pk=made.pk))
    assert (joined(clinic), why(clinic)) == (0, Launch.Stopped.UNSIGNED)
    with acting_for(clinic.pk):
        people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
    assert (joined(clinic), why(clinic)) == (0, Launch.Stopped.UNSIGNED), "other words were launched"


def test_the_gate_holds_who_opted_out_and_who_is_held_out_of_those_who_join(clinic: Client) -> None:
    made = on_its_way(clinic, shown=100, hold_out=50, hold_out_seed="seed")
    with acting_for(clinic.pk):
        out = lapsed(clinic)
        spot = ContactPoint.objects.get(contact=out)
        suppress(clinic.pk, spot.address_id, Channel.SMS, Suppression.Source.KEYWORD)
        for _ in range(8):
            lapsed(clinic)
    assert joined(clinic) == 9
    claimed(clinic)
    with acting_for(clinic.pk):
        assert Message.objects.get(contact=out).status == Status.HELD
        ends = {tuple(row.failed) for row in Message.objects.filter(campaign=made).exclude(contact=out)}
        assert ends == {(), ("held_out",)}


def test_stopped_for_good_or_looked_at_just_now_it_takes_in_nobody(clinic: Client) -> None:
    made = on_its_way(clinic, shown=100)
    joined(clinic)
    with acting_for(clinic.pk):
        lapsed(clinic)
        assert evergreen.join(clinic.pk) == 0  # a look each quarter of an hour
        Launch.objects.update(looked_at=None, planned_at=None)
        assert evergreen.join(clinic.pk) == 0  # those of the launch are written first
        Launch.objects.update(planned_at=db_now())
        stop_for_good(made, people.olive(), "Enough.")
    assert joined(clinic) == 0


def test_it_is_never_done_and_asks_for_nothing_once_it_was_stopped_or_put_away(clinic: Client) -> None:
    made = on_its_way(clinic)
    with acting_for(clinic.pk):
        Message.objects.update(status=Status.CANCELLED, settled_at=db_now())
        assert told([made.pk]) == {}  # tomorrow somebody may join
        Launch.objects.update(stopped_joining=Launch.Stopped.GREW)
        assert stopped_joining([clinic.pk]).count() == 1
        Campaign.objects.filter(pk=made.pk).update(archived_at=db_now())
        assert not stopped_joining([clinic.pk])
        Campaign.objects.filter(pk=made.pk).update(archived_at=None)
        stop_for_good(made, people.olive(), "Enough.")
        assert not stopped_joining([clinic.pk])


def test_it_says_so_to_both_sides_on_the_overview_and_on_its_page(clinic: Client) -> None:
    made = on_its_way(clinic)
    browser = people.sign_in(Browser(), people.olive())
    live = address("live", clinic, made)
    assert "whoever comes to match joins" in browser.get(live).content.decode()
    with acting_for(clinic.pk):
        for _ in range(3):
            lapsed(clinic)
    joined(clinic)
    assert tell_of_standstills() >= 2
    assert tell_of_standstills() == 0  # once
    assert "Nobody new joins: with those who match now" in mail.outbox[0].body
    with acting_for(clinic.pk):
        assert Standstill.objects.get().code == "joining_grew"
        (waits,) = [each for each in needed({clinic.pk: clinic}) if "takes in nobody new" in each.says]
    assert "More people match than the signature covers." in waits.says
    assert "takes in nobody new" in browser.get(reverse("needed_here", args=[clinic.slug])).content.decode()
    assert "Nobody new joins." in browser.get(live).content.decode()
    assert "Ask for approval again" in browser.get(address("flight_check", clinic, made)).content.decode()
    people.sign_in(stranger := Browser(), people.charlie())
    assert stranger.get(live).status_code == 404


def test_asked_again_while_it_runs_the_newer_count_is_what_the_gate_goes_by(clinic: Client) -> None:
    made = on_its_way(clinic)
    with acting_for(clinic.pk):
        AudienceCount.objects.filter(at_launch=True).update(people=50)
    assert claimed(clinic) == []  # grew between signature and launch
    with acting_for(clinic.pk):
        people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
        Message.objects.update(due_at=db_now() - timedelta(minutes=1))
    assert len(claimed(clinic)) == 10


def test_the_signer_reads_that_others_join_and_the_mark_is_signed(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, joins=True, lapsed_months=MONTHS)
        said, before = audience(signed_content(made)), made.fingerprint
        assert "more than 12 months ago, counted anew each day" in said
        assert "at most a tenth more" in said
        for change in (
            {"lapsed_months": 11},
            {"lapsed_months": None},
            {"lapsed_months": None, "joins": False},
        ):
            Campaign.objects.filter(pk=made.pk).update(**change)
            assert refresh(Campaign.objects.get(pk=made.pk)) != before
        again = copy(made, people.alice())
        assert (again.joins, again.lapsed_months) == (True, MONTHS)


def test_preview_and_audience_count_the_same_people_by_the_moving_rule(clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        made = people.campaign(clinic, joins=True, lapsed_months=MONTHS)
        for days in (-40, -5, 5, 40):
            lapsed(clinic, days=days)
        assert audience_people(made).count() == 2
        found = previewed(Campaign.objects.select_related("client").get(pk=made.pk), db_now())
        assert found.steps[0].reachable == 2


def test_a_rule_moves_only_where_people_may_join(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        with pytest.raises(IntegrityError):
            Campaign.objects.filter(pk=made.pk).update(lapsed_months=6)


def test_the_editor_takes_months_only_with_the_tick(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
    browser = people.sign_in(Browser(), people.alice())
    page = browser.get(address("campaign", clinic, made)).content.decode()
    seen = page.rpartition('name="seen" value="')[2].partition('"')[0]
    given = {
        "name": "X",
        "purpose": "marketing",
        "days_valid": 7,
        "hold_out": 0,
        "counts_for": 10,
        "lapsed_months": 6,
        "seen": seen,
    }
    there = address("campaign_rule", clinic, made)
    assert "Months need the tick" in browser.post(there, given).content.decode()
    assert browser.post(there, given | {"joins": "on"}).status_code == 302
    with acting_for(clinic.pk):
        made.refresh_from_db()
        assert (made.joins, made.lapsed_months) == (True, 6)
