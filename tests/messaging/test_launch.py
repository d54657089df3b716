"""Launching: only what is signed, once however often it is pressed, after its consequences were read."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client as Browser

from campaigns.models import Approval, Campaign, Launch, Step
from compliance.content import review
from compliance.counting import counted
from compliance.models import OwnWindow, SentSegments, SmsRegistration, Stop
from consent.models import Suppression
from messaging import bell, launching
from messaging.models import Message, Status
from messaging.outbox import finish_planning
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, queries_of
from tests.messaging.world import MAIL, TEXT, launched, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bell, heard instead of rung."""
    heard: list[int] = []
    cache.clear()  # counts of an audience are kept a minute
    monkeypatch.setattr(bell, "ring_planning", heard.append)
    return heard


def signed(of: Client, *steps: dict[str, Any], texts: int = 2, **values: Any) -> Campaign:
    signer = people.bob(of)
    with acting_for(of.pk):
        people.sms_sender(of)
        people.mail_sender(of)
        for _ in range(texts):
            phone = people.a_phone()
            people.consent(people.contact(of, phone=phone, email=f"{phone[1:]}@example.org"))
        made = people.campaign(of, *steps, **values)
        people.ready(of)
        people.approve(made, signer)
        made.refresh_from_db()
        return made


def test_a_signed_campaign_is_launched_and_rings_for_its_planning(
    client: Browser, rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.alice())
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address("launch", clinic, made))
    assert (answer.status_code, answer["Location"]) == (302, address("live", clinic, made))
    assert rung == [clinic.pk]
    with acting_for(clinic.pk):
        launch = Launch.objects.get()
        assert (launch.by.email, launch.campaign_id) == ("alice@example.org", made.pk)
        assert (
            AuditEvent.objects.filter(verb="campaign.launched", actor__email="alice@example.org").count() == 1
        )


def test_an_offer_that_was_in_time_when_it_was_signed_is_not_launched_too_late(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = people.clinic()
    day = people.today(clinic) + timedelta(days=12)
    made = signed(
        clinic, TEXT | {"body": f"Bright Smiles: 20% off until {day:%B} {day.day}. Reply STOP to opt out"}
    )
    people.sign_in(client, people.alice())
    with acting_for(clinic.pk):
        assert launching.not_in_order(made) == []
    monkeypatch.setattr(review, "db_now", lambda: db_now() + timedelta(days=7))
    page = client.post(address("launch", clinic, made), follow=True).content.decode()
    assert "The words have not passed the content review" in page
    with acting_for(clinic.pk):
        assert not Launch.objects.exists()


def test_a_bell_that_no_broker_takes_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real bell
    clinic = people.clinic()
    made = signed(clinic)
    with acting_for(clinic.pk):
        from messaging.outbox import launch

        launch(made, by=None)

    def down(*_: Any, **__: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("celery.current_app.send_task", down)
    before = threading.active_count()
    bell.ring_planning(clinic.pk)  # neither raises nor waits
    assert threading.active_count() <= before + 1
    assert finish_planning() == 1  # what the sweep does
    assert statuses(clinic) == ["queued", "queued"]


def test_pressing_again_is_the_same_launch(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.alice())
    for _ in range(3):
        assert client.post(address("launch", clinic, made)).status_code == 302
    with acting_for(clinic.pk):
        assert Launch.objects.count() == 1
    assert "launched already" in client.get(address("launch", clinic, made)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_are_one_launch() -> None:
    clinic = people.clinic()
    made = signed(clinic)
    alice, answers, gate = people.alice(), [], threading.Barrier(2)

    def press() -> None:
        try:
            tab = people.sign_in(Browser(), alice)
            gate.wait(10)
            answers.append(tab.post(address("launch", clinic, made)).status_code)
        finally:
            connections.close_all()

    people.sign_in(Browser(), alice)
    tabs = [threading.Thread(target=press) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(30)
    assert answers == [302, 302]
    with acting_for(clinic.pk):
        assert Launch.objects.count() == 1
        assert AuditEvent.objects.filter(verb="campaign.launched").count() == 1


def test_what_nobody_signed_is_not_launched(client: Browser) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
    people.sign_in(client, people.alice())
    shown = client.get(address("launch", clinic, made)).content.decode()
    assert "has not signed this campaign yet" in shown
    assert address("approval_status", clinic, made) in shown
    answer = client.post(address("launch", clinic, made))
    assert answer.status_code == 409
    with acting_for(clinic.pk):
        assert not Launch.objects.exists()


def test_words_changed_after_the_signature_are_not_launched(client: Browser) -> None:
    from campaigns.fingerprint import refresh

    clinic = people.clinic()
    made = signed(clinic)
    with acting_for(clinic.pk):
        Step.objects.update(body="Bright Smiles: half price today!")
        refresh(Campaign.objects.select_related("client", "location").get(pk=made.pk))
    people.sign_in(client, people.alice())
    answer = client.post(address("launch", clinic, made))
    assert answer.status_code == 409
    assert "signature does not fit" in answer.content.decode()
    assert "signature does not fit" in client.get(address("launch_numbers", clinic, made)).content.decode()


def test_a_withdrawn_signature_launches_nothing(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    with acting_for(clinic.pk):
        Approval.objects.update(ended_at=db_now())
    people.sign_in(client, people.alice())
    assert client.post(address("launch", clinic, made)).status_code == 409


def test_what_was_put_away_or_stopped_for_good_is_not_launched(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.alice())
    with acting_for(clinic.pk):
        Campaign.objects.update(archived_at=db_now())
    answer = client.post(address("launch", clinic, made))
    assert answer.status_code == 409
    assert "put away" in answer.content.decode()


def test_the_consequences_are_counts_of_this_moment_in_one_sentence(client: Browser) -> None:
    clinic = people.clinic(time_zone="America/Chicago")
    made = signed(clinic, TEXT, MAIL | {"delay_days": 2}, texts=3)
    with acting_for(clinic.pk):
        first = people.contact(clinic, first_name="Held", phone="+15742319001", email="held@example.org")
        people.consent(first)
        Suppression.objects.create(
            client=clinic,
            address_id=first.points.get(channel="sms").address_id,
            channel="sms",
            source="keyword",
        )
    people.sign_in(client, people.alice())
    assert client.get(address("launch", clinic, made)).status_code == 200
    answer = client.get(address("launch_numbers", clinic, made))
    plan = answer.context["plan"]
    assert [(each.tally.clear, each.tally.held) for each in plan.steps] == [(3, 1), (4, 0)]
    assert (plan.texts, plan.mails, plan.people) == (3, 4, 4)
    assert "Send 3 texts and 4 mails to 4 people between" in answer.content.decode()
    assert "their time, about $0.04." in answer.content.decode()


def test_a_count_made_before_the_signature_is_not_shown(client: Browser) -> None:
    """Until then everybody waited for it: the page would say that nothing is sent."""
    clinic = people.clinic()
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        people.consent(people.contact(clinic, phone=people.a_phone()))
        made = people.campaign(clinic, TEXT)
        people.ready(clinic)
        made.refresh_from_db()
        before = counted(made)
        assert before is not None
        assert before.steps[0].tally(frozenset()).clear == 0
        people.approve(made, signer)
    people.sign_in(client, people.alice())
    plan = client.get(address("launch_numbers", clinic, made)).context["plan"]
    assert plan.steps[0].tally.clear == 1


def test_the_window_is_told_in_the_time_of_the_place(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = people.clinic(time_zone="America/Los_Angeles")
    made = signed(clinic, texts=1)
    with acting_for(clinic.pk):
        from consent.models import Contact

        Contact.objects.update(window_key="IN/America/New_York")
        people.all_day(clinic, "IN/America/New_York")
        opens = (db_now() + timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
        OwnWindow.objects.all().delete()
        closes = opens + timedelta(hours=6, minutes=20)
        OwnWindow.objects.create(
            client=clinic, window_key="IN/America/New_York", opens_at=opens, closes_at=closes
        )
    people.sign_in(client, people.alice())
    span = client.get(address("launch_numbers", clinic, made)).context["plan"].steps[0].span
    assert (span.begins, span.ends) == (opens, closes)
    assert str(span.begins.tzinfo) == "America/New_York"


def test_a_long_list_is_counted_by_a_worker_while_the_page_asks_again(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    monkeypatch.setattr("messaging.consequences.counted", lambda campaign, older: None)
    people.sign_in(client, people.alice())
    answer = client.get(address("launch_numbers", clinic, made)).content.decode()
    assert "a worker is counting" in answer
    assert "load delay:3s" in answer


def test_the_pages_ask_as_often_for_many_people_as_for_few(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic, TEXT, MAIL, texts=2)
    people.sign_in(client, people.alice())
    pages = [address("launch", clinic, made), address("launch_numbers", clinic, made)]
    few = [queries_of(client, page) for page in pages]
    with acting_for(clinic.pk):
        for _ in range(8):
            people.consent(people.contact(clinic, phone=people.a_phone()))
    assert [queries_of(client, page) for page in pages] == few


@pytest.mark.parametrize("name", ["bob", "fred"])
def test_only_staff_launches(client: Browser, name: str) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.user("Bob") if name == "bob" else people.fred(clinic))
    assert client.get(address("launch", clinic, made)).status_code == 403
    assert client.post(address("launch", clinic, made)).status_code == 403
    with acting_for(clinic.pk):
        assert not Launch.objects.exists()


def test_a_stranger_finds_nothing_to_launch(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.charlie())
    assert client.get(address("launch", clinic, made)).status_code == 404
    assert client.post(address("launch", clinic, made)).status_code == 404
    assert client.get(address("launch_numbers", clinic, made)).status_code == 404


def test_a_rivals_campaign_is_not_launched_through_ones_own_client(client: Browser) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    made = signed(clinic)
    people.sign_in(client, people.charlie())
    assert client.post(address("launch", rival, made)).status_code == 404


def test_stopping_for_good_cancels_what_is_queued_and_says_so(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=3)
    people.sign_in(client, people.alice())
    answer = client.post(address("stop_for_good", clinic, made), {"reason": "The offer ended."}, follow=True)
    assert "3 queued messages were cancelled" in answer.content.decode()
    assert statuses(clinic) == ["cancelled"] * 3
    with acting_for(clinic.pk):
        assert Stop.objects.get().kind == Stop.Kind.STOP
        assert AuditEvent.objects.get(verb="campaign.queued_cancelled").detail == {"cancelled": 3}
    assert "was stopped for good" in client.get(address("launch", clinic, made)).content.decode()


def test_stopping_needs_a_reason(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    people.sign_in(client, people.alice())
    client.post(address("stop_for_good", clinic, made), {"reason": " "})
    assert statuses(clinic) == ["queued"]


def test_what_was_planned_after_the_stop_is_cancelled_by_the_sweep() -> None:
    from messaging.stopping import cancel_stopped

    clinic = people.clinic()
    made = launched(clinic, texts=2)
    with acting_for(clinic.pk):
        Stop.objects.create(client=clinic, campaign=made, kind=Stop.Kind.PAUSE, reason="Full.")
        assert cancel_stopped(clinic.pk) == 0
        Stop.objects.update(kind=Stop.Kind.STOP)
        assert cancel_stopped(clinic.pk) == 2
        assert Message.objects.filter(status=Status.CANCELLED).count() == 2


def test_only_staff_stops_for_good_and_a_stranger_finds_nothing(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    people.sign_in(client, people.fred(clinic))
    assert client.post(address("stop_for_good", clinic, made), {"reason": "x"}).status_code == 403
    people.sign_in(client, people.charlie())
    assert client.post(address("stop_for_good", clinic, made), {"reason": "x"}).status_code == 404
    assert statuses(clinic) == ["queued"]


def test_a_number_with_a_low_rate_moves_the_end_as_the_workers_will(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic, texts=3)
    with acting_for(clinic.pk):
        row = SmsRegistration.objects.get()
        row.seen = {}  # low volume: 2,000 a day
        row.save()
        SentSegments.objects.create(
            client=clinic, key=row.day_key, minute=db_now() - timedelta(hours=2), segments=2_000
        )
    people.sign_in(client, people.alice())
    answer = client.get(address("launch_numbers", clinic, made))
    (step,) = answer.context["plan"].steps
    assert timedelta(hours=21) < step.estimate.finishes_at - db_now() < timedelta(hours=24)
    page = " ".join(answer.content.decode().split())
    assert "The last one leaves" in page
    assert "At its low-volume brand: 3.75 segments a second, 2,000 a day." in page


def test_the_button_asks_what_the_clock_asks_and_launches_nothing_that_is_not_in_order(
    client: Browser,
) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    with acting_for(clinic.pk):
        SmsRegistration.objects.update(valid_until=db_now())
    people.sign_in(client, people.alice())
    says = launching.sentences(["sms_not_registered"])[0].split(".")[0].replace("'", "&#x27;")
    numbers = client.get(address("launch_numbers", clinic, made)).content.decode()
    assert (says in numbers, "<button" in numbers) == (True, False)
    answer = client.post(address("launch", clinic, made))
    assert (answer.status_code, says in answer.content.decode()) == (409, True)
    with acting_for(clinic.pk):
        assert not Launch.objects.exists()
        SmsRegistration.objects.update(valid_until=db_now() + timedelta(days=1))
    assert client.post(address("launch", clinic, made)).status_code == 302


def test_what_is_launched_stays_so_whatever_is_not_in_order_since(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.alice())
    client.post(address("launch", clinic, made))
    with acting_for(clinic.pk):
        SmsRegistration.objects.update(valid_until=db_now())
    assert client.post(address("launch", clinic, made)).status_code == 302
    with acting_for(clinic.pk):
        assert Launch.objects.count() == 1
