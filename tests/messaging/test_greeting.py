"""A standing welcome: whoever becomes known with a yes gets it, as signed, through the gate; nobody else, and nobody twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.editing import copy
from campaigns.fingerprint import refresh, signed_content
from campaigns.models import Approval, ApprovalRequest, Campaign, Launch, Step
from campaigns.starter_words import STARTERS
from campaigns.starters import begin
from campaigns.state import State, state_of
from campaigns.wording import audience
from compliance.content.purposes import lowered
from compliance.models import Stop
from compliance.statements import key_of
from consent.api.taking import take
from consent.models import ConsentRecord, Contact, ContactPoint, Import, Suppression
from consent.suppressing import suppress
from messaging import outbox
from messaging.greeting import greet
from messaging.models import Message, Status
from messaging.stopping import stop_for_good
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed

pytestmark = pytest.mark.django_db
GREETINGS = [key for key, each in STARTERS.items() if each.greets]


def drafted(of: Client, key: str = "greeting", by: User | None = None, **values: Any) -> Campaign:
    starter = STARTERS[key]
    made: Campaign = Campaign.objects.create(
        client=of, name="Welcome", purpose=starter.purpose, greets=True, created_by=by, **values
    )
    assert begin(made, starter) == []
    refresh(made)
    return made


def switched_on(of: Client, key: str = "greeting", **values: Any) -> Campaign:
    """A signed welcome that was launched; a person who was known before it."""
    signer = people.bob(of)
    with acting_for(of.pk):
        people.sms_sender(of)
        people.ready(of)
        newcomer(of, first_name="Before")
        made = drafted(of, key, **values)
        people.approve(made, signer)
        made.refresh_from_db()
        launched = outbox.launch(made, by=None)
    outbox.plan(launched)
    return made


def newcomer(of: Client, **values: Any) -> Contact:
    """Somebody who becomes known now, and says yes to texts about care."""
    who = people.contact(of, phone=values.pop("phone", None) or people.a_phone(), **values)
    people.consent(who, Purpose.CARE)
    return who


def greeted(of: Client) -> list[str]:
    """First names of those with a message, after another look."""
    with acting_for(of.pk):
        greet(of.pk)
        return [each.contact.first_name for each in Message.objects.select_related("contact").order_by("pk")]


def test_whoever_becomes_known_with_a_yes_gets_it_and_nobody_twice() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    assert greeted(clinic) == []
    with acting_for(clinic.pk):
        newcomer(clinic, first_name="Nora")
        people.contact(clinic, first_name="Silent", phone=people.a_phone())
    assert greeted(clinic) == ["Nora"]
    assert greeted(clinic) == ["Nora"]
    assert len(claimed(clinic)) == 1


def test_it_fires_for_whoever_another_system_tells_of_and_for_nobody_of_a_list() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    with acting_for(clinic.pk):
        phone = people.a_phone()
        (told,) = take(clinic, [{"first_name": "Tilda", "last_name": "Told", "phone": phone}])
        people.consent(Contact.objects.get(pk=told.contact), Purpose.CARE)
        brought = Import.objects.create(
            client=clinic, state=Import.State.DONE, attested_by=people.user("Olive")
        )
        newcomer(clinic, first_name="Listed", made_by_import=brought)
    assert greeted(clinic) == ["Tilda"]


def test_a_yes_to_something_else_or_of_the_day_before_yesterday_is_greeted_by_nothing() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    with acting_for(clinic.pk):
        people.consent(people.contact(clinic, phone=people.a_phone()), Purpose.MARKETING)
        late = newcomer(clinic)
        ConsentRecord.objects.filter(contact=late).update(recorded_at=db_now() - timedelta(days=2, minutes=1))
    assert greeted(clinic) == []


def test_without_the_signature_nothing_is_switched_on() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        made = drafted(clinic)
        with pytest.raises(outbox.NotApproved):
            outbox.launch(made, by=None)
        newcomer(clinic)
    assert greeted(clinic) == []


def test_once_the_signature_ends_nothing_goes_out_to_new_people() -> None:
    clinic = people.clinic()
    made = switched_on(clinic)
    with acting_for(clinic.pk):
        Approval.objects.filter(campaign=made).update(ended_at=db_now())
        newcomer(clinic)
    assert len(greeted(clinic)) == 1
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        assert Message.objects.get().status == Status.QUEUED
        assert "not_approved" in Message.objects.get().failed


def test_it_is_signed_again_while_it_runs_and_goes_on() -> None:
    clinic = people.clinic()
    made, alice = switched_on(clinic), people.alice()
    with acting_for(clinic.pk):
        Approval.objects.filter(campaign=made).update(ended_at=db_now())
        made.created_by = alice
        made.save()
        newcomer(clinic)
    browser = people.sign_in(Browser(), alice)
    flight = reverse("flight_check", args=[clinic.slug, made.pk])
    assert "Ask for approval again" in browser.get(flight).content.decode()
    with acting_for(clinic.pk):
        why = {key_of(each): "New people are welcomed." for each in lowered(signed_content(made))}
    browser.post(reverse("ask_approval", args=[clinic.slug, made.pk]), why)
    with acting_for(clinic.pk):
        asked = ApprovalRequest.objects.filter(campaign=made).latest("pk")
        assert asked.closed_at is None
        assert (
            asked.version_id == Launch.objects.get().version_id
        )  # the same words, so the same version goes on
        ApprovalRequest.objects.filter(pk=asked.pk).update(closed_at=db_now(), outcome="withdrawn")
        people.approve(made, User.objects.get(name="Bob"))
    greeted(clinic)
    assert len(claimed(clinic)) == 1


def test_an_edited_practice_name_ends_it_until_that_is_signed() -> None:
    clinic = people.clinic()
    made = switched_on(clinic)
    Client.objects.filter(pk=clinic.pk).update(name="Brighter Smiles")
    with acting_for(clinic.pk):
        refresh(Campaign.objects.get(pk=made.pk))
        newcomer(clinic)
    greeted(clinic)
    assert claimed(clinic) == []


def test_who_opted_out_before_is_held_by_the_gate() -> None:
    clinic = people.clinic()
    switched_on(clinic)
    with acting_for(clinic.pk):
        spot = ContactPoint.objects.get(contact=newcomer(clinic))
        suppress(clinic.pk, spot.address_id, Channel.SMS, Suppression.Source.KEYWORD)
    greeted(clinic)
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        assert Message.objects.get().status == Status.HELD


def test_stopped_it_greets_nobody_more_and_until_then_it_runs() -> None:
    clinic = people.clinic()
    made, olive = switched_on(clinic), people.olive()
    with acting_for(clinic.pk):
        assert state_of(made) == State.RUNNING
        stop_for_good(made, olive, "No more of it.")
        assert Stop.objects.count() == 1
        newcomer(clinic)
        assert state_of(made) == State.STOPPED
    assert greeted(clinic) == []


def test_a_copy_greets_nobody_whom_the_former_greeted() -> None:
    clinic = people.clinic()
    made = switched_on(clinic)
    with acting_for(clinic.pk):
        nora = newcomer(clinic, first_name="Nora")
        greet(clinic.pk)
        again = copy(made, people.user("Olive"))
        assert again.greets
        people.approve(again, User.objects.get(name="Bob"))
        again.refresh_from_db()
        launched = outbox.launch(again, by=None)
        Contact.objects.filter(pk=nora.pk).update(created_at=db_now())
        ConsentRecord.objects.update(recorded_at=db_now())
    outbox.plan(launched)
    assert greeted(clinic) == ["Nora"]


def test_each_message_of_it_is_written_once_with_its_day() -> None:
    clinic = people.clinic()
    made = switched_on(clinic, "greeting_paperwork")
    with acting_for(clinic.pk):
        newcomer(clinic)
    assert len(greeted(clinic)) == 2
    assert len(greeted(clinic)) == 2
    with acting_for(clinic.pk):
        first, second = Message.objects.order_by("step__position")
        assert timedelta(hours=23) < second.due_at - first.due_at < timedelta(hours=25)
        assert Step.objects.filter(campaign=made).count() == 2


@pytest.mark.parametrize("key", GREETINGS)
def test_its_first_text_says_who_it_is_and_how_else_to_reach_them(key: str) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        text = signed_content(drafted(clinic, key))["steps"][0]["text"]
    for said in (
        "{{ hello }}",
        "{{ practice_name }}",
        "text us here",
        "{{ practice_phone }}",
        "Reply STOP",
    ):
        assert said in text


def test_there_are_four_that_go_by_themselves() -> None:
    assert len(GREETINGS) == 4


def test_the_signer_reads_that_it_goes_to_new_people_and_the_mark_is_signed() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        made = drafted(clinic)
        said, before = audience(signed_content(made)), made.fingerprint
        assert "each person who becomes known" in said
        made.greets = False
        made.save()
        assert refresh(made) != before


def test_its_pages_say_that_it_is_off_until_it_is_signed_and_launched() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
    browser = people.sign_in(Browser(), alice)
    new = reverse("campaign_new", args=[clinic.slug])
    assert "Sent by itself to new people" in browser.get(new).content.decode()
    made = browser.post(new, {"name": "Welcome", "starter": "greeting", "hold_out": "10"})
    page = browser.get(made["Location"]).content.decode()
    assert "It is off until Bright Smiles has signed it" in page
    assert "Last visit before" not in page
    with acting_for(clinic.pk):
        found = Campaign.objects.get()
        assert found.greets
        people.ready(clinic)
        Campaign.objects.update(created_by=alice)
        people.approve(Campaign.objects.get(), people.bob(clinic))
    numbers = browser.get(reverse("launch_numbers", args=[clinic.slug, found.pk])).content.decode()
    assert "Switch it on" in numbers
    saved = browser.post(
        reverse("campaign_rule", args=[clinic.slug, found.pk]),
        {
            "name": "Hello",
            "purpose": "care",
            "days_valid": "3",
            "greets_known": "on",
            "seen": found.changed_at.isoformat(),
        },
    )
    assert saved.status_code == 302
    assert "new or known already" in browser.get(made["Location"]).content.decode()
    for name in ("campaign", "flight_check", "audience_funnel", "approval_status", "launch"):
        assert browser.get(reverse(name, args=[clinic.slug, found.pk])).status_code == 200, name
    assert people.sign_in(Browser(), people.charlie()).get(made["Location"]).status_code == 404
