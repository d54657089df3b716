"""A launch put off to a day and hour: begun once, under the conditions of that moment, or not at all and somebody is told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connections
from django.test import Client as Browser

from campaigns import editing
from campaigns.models import Approval, AudienceCount, Campaign, Launch, ScheduledLaunch
from compliance.models import SmsRegistration
from messaging import bell, holding, scheduling
from messaging.models import Message
from messaging.schedule_forms import LaterForm
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Membership
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address
from tests.messaging.test_launch import signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bell, heard instead of rung; our history is our own."""
    heard: list[int] = []
    monkeypatch.setattr(bell, "ring_planning", heard.append)
    monkeypatch.setattr(holding, "history_is_ours", lambda: True)
    return heard


def later(days: int = 3, zone: str = "America/New_York") -> dict[str, str]:
    local = db_now().astimezone(ZoneInfo(zone)) + timedelta(days=days)
    return {"day": f"{local:%Y-%m-%d}", "hour": "09:30"}


def due(of: Client, made: Campaign, ago: timedelta = timedelta(minutes=1)) -> ScheduledLaunch:
    """Alice's schedule, its time come."""
    alice = people.alice()
    with acting_for(of.pk):
        row: ScheduledLaunch = ScheduledLaunch.objects.create(
            client=of, campaign=made, at=db_now() - ago, by=alice
        )
    return row


def fate(of: Client, row: ScheduledLaunch) -> tuple[str, list[str]]:
    with acting_for(of.pk):
        row.refresh_from_db()
        assert row.outcome == "launched" or not Launch.objects.exists()
        assert not Message.objects.exists()
        return row.outcome, row.why


def test_a_time_by_the_clients_clock_is_put_down_changed_and_called_off(client: Browser) -> None:
    clinic = people.clinic(time_zone="America/Chicago")
    made = signed(clinic)
    people.sign_in(client, people.alice())
    there = address("launch", clinic, made)
    assert "America/Chicago" in client.get(there).content.decode()
    given = later(3, clinic.time_zone)
    assert client.post(there + "later/", given).status_code == 302
    with acting_for(clinic.pk):
        at = ScheduledLaunch.objects.get().at.astimezone(ZoneInfo("America/Chicago"))
    assert f"{at:%Y-%m-%d %H:%M}" == f"{given['day']} 09:30"
    for page in (there, address("campaign", clinic, made)):
        assert f"{at:%H:%M %Z}" in client.get(page).content.decode()
    client.post(there + "later/", later(4, clinic.time_zone))
    client.post(there + "call-off/")
    assert "nothing left to call off" in client.post(there + "call-off/", follow=True).content.decode()
    with acting_for(clinic.pk):
        ends = list(ScheduledLaunch.objects.order_by("pk").values_list("outcome", flat=True))
    assert ends == ["changed", "cancelled"]
    assert scheduling.launch_due() == 0


def test_a_time_that_cannot_be_kept_is_refused_with_a_sentence(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    people.sign_in(client, people.alice())
    there = address("launch", clinic, made) + "later/"
    for given, says in (
        (later(-2), "has passed"), (later(40), "runs out before that"), ({"day": "", "hour": "09:00"}, "Choose a day"),
        ({"day": "2026-01-01", "hour": "noon"}, "09:30"),
    ):  # fmt: skip
        answer = client.post(there, given)
        assert (answer.status_code, says in answer.content.decode()) == (422, True), says
    with acting_for(clinic.pk):
        Approval.objects.update(ended_at=db_now())
    assert client.post(there, later()).status_code == 409
    with acting_for(clinic.pk):
        assert not ScheduledLaunch.objects.exists()


def test_an_hour_that_the_clocks_leave_out_is_not_taken_and_one_they_show_twice_is_the_first() -> None:
    gap = LaterForm({"day": "2027-03-14", "hour": "02:30"}, zone="America/New_York")
    assert "does not come" in str(gap.errors)
    twice = LaterForm({"day": "2027-11-07", "hour": "01:30"}, zone="America/New_York")
    assert twice.is_valid()
    assert twice.cleaned_data["at"] == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_when_its_time_comes_it_is_launched_and_its_planning_rung_for(
    rung: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    clinic = people.clinic()
    row = due(clinic, signed(clinic))
    with django_capture_on_commit_callbacks(execute=True):
        assert scheduling.launch_due() == 1
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("launched", [])
    assert rung == [clinic.pk]
    with acting_for(clinic.pk):
        assert Launch.objects.get().by == row.by
    assert scheduling.tell_refused() == 0


def test_before_its_time_and_while_our_history_may_have_gaps_nothing_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    row = due(clinic, signed(clinic), ago=-timedelta(minutes=5))
    assert scheduling.launch_due() == 0
    with acting_for(clinic.pk):
        ScheduledLaunch.objects.update(at=db_now())
    monkeypatch.setattr(holding, "history_is_ours", lambda: False)
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("", [])


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_make_one_launch() -> None:
    clinic = people.clinic()
    row = due(clinic, signed(clinic))
    begun, gate = [], threading.Barrier(2)

    def work() -> None:
        try:
            gate.wait(10)
            begun.append(scheduling.launch_due())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(begun) == [0, 1]
    assert fate(clinic, row) == ("launched", [])
    with acting_for(clinic.pk):
        assert Launch.objects.count() == 1
        assert AuditEvent.objects.filter(verb="campaign.launched").count() == 1


def test_launched_by_hand_before_it_does_not_begin_again(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    row = due(clinic, made)
    people.sign_in(client, row.by)
    client.post(address("launch", clinic, made))
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("launched", [])


def withdrawn(made: Campaign) -> None:
    Approval.objects.update(ended_at=db_now())


def unregistered(made: Campaign) -> None:
    SmsRegistration.objects.update(valid_until=db_now())


def grown(made: Campaign) -> None:
    """More came in since the client signed for two."""
    AudienceCount.objects.update(people=2)
    people.contact(made.client, phone=people.a_phone())


@pytest.mark.parametrize(
    "broken, code",
    [(withdrawn, "not_approved"), (unregistered, "sms_not_registered"), (grown, "audience_grew")],
)
def test_what_is_not_in_order_then_is_not_launched_and_who_scheduled_it_is_told_once(
    client: Browser, broken: Any, code: str
) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    row = due(clinic, made)
    with acting_for(clinic.pk):
        broken(made)
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("refused", [code])
    assert (scheduling.tell_refused(), scheduling.tell_refused()) == (1, 0)
    (letter,) = mail.outbox
    says = scheduling.sentences([code])[0]
    assert letter.to == ["alice@example.org"]
    assert "was not launched" in letter.subject
    assert says in letter.body
    people.sign_in(client, row.by)
    page = client.get(address("launch", clinic, made)).content.decode()
    assert "It was not launched" in page
    assert ".." not in says
    assert says.split(".")[0].replace("'", "&#x27;") in page


def test_a_time_that_passed_more_than_an_hour_ago_is_not_made_up_for() -> None:
    clinic = people.clinic()
    row = due(clinic, signed(clinic), ago=timedelta(minutes=61))
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("refused", ["late"])


@pytest.mark.parametrize("ago", [timedelta(minutes=1), -timedelta(days=2)], ids=["due", "to come"])
def test_after_a_restore_no_launch_at_an_hour_is_made_and_who_scheduled_it_is_told(
    client: Browser, ago: timedelta
) -> None:
    """It may have been launched between the backup and the loss."""
    clinic = people.clinic()
    made = signed(clinic)
    row = due(clinic, made, ago)
    holding.hold("A backup was restored.", db_now())
    assert holding.ask()
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("refused", ["restored"])
    assert scheduling.tell_refused() == 1
    (letter,) = mail.outbox
    assert "it may have been launched" in letter.body
    assert "nothing was sent" not in letter.body
    people.sign_in(client, row.by)
    page = client.get(address("launch", clinic, made)).content.decode()
    assert "it may have been launched" in page
    assert "Nothing was sent" not in page


def test_a_campaign_that_is_put_away_is_scheduled_no_more() -> None:
    clinic = people.clinic()
    made = signed(clinic)
    row = due(clinic, made)
    with acting_for(clinic.pk):
        editing.put_away(made, row.by)
    assert scheduling.launch_due() == 0
    assert fate(clinic, row) == ("cancelled", [])


def test_a_mail_that_is_not_taken_is_tried_again_and_goes_to_the_others_when_the_first_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    row = due(clinic, signed(clinic))
    people.olive()
    Membership.objects.filter(user=row.by).update(ended_at=db_now())
    with acting_for(clinic.pk):
        withdrawn(row.campaign)
    scheduling.launch_due()
    with monkeypatch.context() as down:
        down.setattr("tenants.agency_mail.post", lambda letters: 0)
        assert scheduling.tell_refused() == 0
    assert scheduling.tell_refused() == 1
    assert [each.to for each in mail.outbox] == [["olive@example.org"]]


def test_a_stranger_and_the_practice_schedule_nothing(client: Browser) -> None:
    clinic = people.clinic()
    made = signed(clinic)
    for who, status in ((people.charlie(), 404), (people.user("Bob"), 403)):
        people.sign_in(client, who)
        assert client.post(address("launch", clinic, made) + "later/", later()).status_code == status
    with acting_for(clinic.pk):
        assert not ScheduledLaunch.objects.exists()
