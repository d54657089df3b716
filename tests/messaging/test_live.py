"""The live page: every message in exactly one place, the same numbers as the database, and the buttons in reach."""

from __future__ import annotations

import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F
from django.test import Client as Browser

from campaigns.models import Approval, Launch
from campaigns.state import State, state_of
from compliance.checks import BY_CODE
from compliance.models import OwnWindow, Stop
from consent.models import PurposeOptOut, Suppression, Touch
from consent.suppressing import suppress
from messaging import live_counts, live_pages
from messaging.models import Attempt, Message, Status
from messaging.models.message import Delivery
from messaging.providers.base import Outcome
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, claimed, handed, queries_of, reply, unresolved
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def counts(of: Client) -> live_counts.Live:
    with acting_for(of.pk):
        launch = Launch.objects.select_related("campaign").get()
        return live_counts.live(launch.campaign, launch)


def test_every_message_is_counted_once_and_the_sum_is_what_was_planned() -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, MAIL, texts=6)
    with acting_for(clinic.pk):
        out = Message.objects.filter(channel="sms").order_by("pk")[5]
        Suppression.objects.create(client=clinic, address_id=out.address_id, channel="sms", source="keyword")
    handed(clinic, Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN)
    claimed(clinic)
    live = counts(clinic)
    text = live.steps[0][1]
    assert (text.accepted, text.refused, text.unknown, text.handing, text.held) == (1, 1, 1, 2, 1)
    assert (live.total.planned, live.total.queued, live.at_rest) == (12, 6, False)
    with acting_for(clinic.pk):
        in_database = dict(Message.objects.values_list("status").annotate(Count("pk")))
    assert {name: getattr(live.total, name) for name in in_database} == in_database
    assert [(row["code"], row["total"], row["until"]) for row in live.holds] == [("opted_out", 1, None)]


def test_of_a_large_campaign_all_who_watch_share_one_answer_until_when_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = people.clinic()
    launched(of, texts=2)
    with acting_for(of.pk):
        Launch.objects.update(planned=live_counts.AT_ONCE + 1)
        Message.objects.update(failed=["own_hours"])
    before = counts(of).total
    later = before.until["own_hours"] + timedelta(hours=1)
    with acting_for(of.pk):
        Message.objects.update(due_at=later)
        Message.objects.filter(pk=Message.objects.latest("pk").pk).update(status=Status.HELD)
    assert counts(of).total.until == before.until
    assert (counts(of).total.queued, counts(of).total.held) == (1, 1), "the numbers are those of now"
    monkeypatch.setattr(live_counts, "AT_ONCE", live_counts.AT_ONCE + 1)  # a smaller one is asked every time
    assert counts(of).total.until == {"own_hours": later}


def test_of_a_large_campaign_all_who_watch_share_one_answer_of_who_opted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = people.clinic()
    launched(of, texts=1)
    handed(of)
    with acting_for(of.pk):
        Launch.objects.update(planned=live_counts.AT_ONCE + 1)
    assert counts(of).total.opted_out == 0
    with acting_for(of.pk):
        suppress(of.pk, Message.objects.get().address_id, "sms", Suppression.Source.KEYWORD)
    assert counts(of).total.opted_out == 0
    monkeypatch.setattr(live_counts, "AT_ONCE", live_counts.AT_ONCE + 1)  # a smaller one is asked every time
    assert counts(of).total.opted_out == 1


def test_what_only_made_a_message_wait_is_not_why_it_is_held() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    with acting_for(clinic.pk):
        Message.objects.update(status=Status.HELD, failed=["no_consent", "opted_out"])
    assert [(row["code"], row["total"]) for row in counts(clinic).holds] == [("opted_out", 2)]


def test_the_waiting_are_told_by_reason_with_until_when() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    opens = db_now() + timedelta(hours=5)
    with acting_for(clinic.pk):
        key = Message.objects.order_by("pk")[0].window_key
        OwnWindow.objects.all().delete()
        OwnWindow.objects.create(
            client=clinic, window_key=key, opens_at=opens, closes_at=opens + timedelta(hours=4)
        )
    claimed(clinic)
    live = counts(clinic)
    assert (live.total.queued, live.total.waiting) == (2, 2)
    assert [(row["code"], row["total"], row["until"]) for row in live.waits] == [("own_hours", 2, opens)]


def test_deliveries_bounces_and_complaints_are_parts_of_the_handed_over() -> None:
    clinic = people.clinic()
    launched(clinic, MAIL, texts=5)
    idents = handed(clinic, provider="sendgrid")
    with acting_for(clinic.pk):
        for ident, delivery in zip(
            idents, (Delivery.DELIVERED, Delivery.BOUNCED, Delivery.COMPLAINED, Delivery.FAILED), strict=False
        ):
            Message.objects.filter(pk=ident).update(delivery=delivery)
    live = counts(clinic)
    mails = live.total
    assert (mails.accepted, mails.delivered, mails.bounced, mails.complained, mails.failed) == (5, 2, 1, 1, 1)


def test_an_opt_out_counts_once_after_the_step_that_brought_it_about() -> None:
    clinic = people.clinic()
    launched(
        clinic,
        TEXT,
        TEXT | {"delay_days": 3, "body": "Bright Smiles: once more. Reply STOP to opt out."},
        texts=3,
    )
    handed(clinic)
    with acting_for(clinic.pk):
        first = Message.objects.filter(status=Status.ACCEPTED).order_by("pk")[0]
        suppress(clinic.pk, first.address_id, "sms", Suppression.Source.KEYWORD)
        suppress(clinic.pk, first.address_id, "sms", Suppression.Source.STAFF)
        never_reached = people.contact(clinic, phone=people.a_phone())
        suppress(clinic.pk, never_reached.points.get().address_id, "sms", Suppression.Source.KEYWORD)
    live = counts(clinic)
    assert [each.opted_out for _, each in live.steps] == [1, 0]


def test_one_of_one_purpose_counts_and_one_long_after_does_not() -> None:
    clinic = people.clinic()
    launched(clinic, texts=3)
    handed(clinic)
    with acting_for(clinic.pk):
        near, far, narrow = Message.objects.order_by("pk")
        for row, days in ((near, 30), (far, 31)):
            Suppression.objects.create(
                client=clinic, address_id=row.address_id, channel="sms", source="staff", since=row.claimed_at + timedelta(days=days)
            )  # fmt: skip
        PurposeOptOut.objects.create(
            client=clinic, address_id=narrow.address_id, channel="sms", purpose="marketing"
        )
    assert counts(clinic).total.opted_out == 2


def test_an_opt_out_before_the_hand_over_is_not_this_campaigns() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        suppress(clinic.pk, Message.objects.get().address_id, "sms", Suppression.Source.KEYWORD)
    assert counts(clinic).total.opted_out == 0


def test_a_reply_counts_for_its_message_however_often_the_person_writes() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    (first, _) = handed(clinic)
    with acting_for(clinic.pk):
        message = Message.objects.get(pk=first)
        for number in range(2):
            reply(message, f"SM{number}")
    assert counts(clinic).total.replied == 1


def test_words_that_stop_or_ask_for_help_are_no_answers() -> None:
    clinic = people.clinic()
    launched(clinic, texts=5)
    handed(clinic)
    with acting_for(clinic.pk):
        rows = Message.objects.order_by("pk")
        for row, label in zip(rows, ("opt_out", "opt_in", "help", "unsure", "other"), strict=True):
            reply(row, f"SM{label}", label=label)
    assert counts(clinic).total.replied == 2


def test_hand_overs_by_minute_hold_the_empty_minutes_too() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    ids = handed(clinic)
    with acting_for(clinic.pk):
        at = db_now().replace(second=30, microsecond=0)
        with connection.cursor() as cursor:
            for ident, minutes in zip(ids, (0, 3), strict=True):
                earlier = at - timedelta(minutes=minutes)
                cursor.execute(
                    "UPDATE messaging_message SET claimed_at = %s, judged_at = %s WHERE id = %s",
                    [earlier, earlier, ident],
                )
        times, values = live_counts.per_minute(made)
    assert len(times) == 11
    assert values[-4:] == [1, 0, 0, 1]


def test_the_page_shows_the_numbers_and_the_buttons(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=3)
    handed(clinic)
    people.sign_in(client, people.alice())
    shown = client.get(address("live", clinic, made)).content.decode()
    for words in (
        "Handed over",
        "Opted out afterwards",
        "Stop for good",
        'data-opens="pause"',
        "/live/rates/",
    ):
        assert words in shown
    assert address("live_people", clinic, made) + "?state=accepted&amp;step=1" in shown


def test_a_campaign_not_launched_leads_to_its_launch(client: Browser) -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
    people.sign_in(client, people.alice())
    assert address("launch", clinic, made) in client.get(address("live", clinic, made)).content.decode()
    assert client.get(address("live_numbers", clinic, made)).status_code == 404


def test_a_poll_that_brings_nothing_new_changes_nothing(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    people.sign_in(client, people.alice())
    page = address("live_numbers", clinic, made)
    seen = client.get(page).context["seen"]
    assert client.get(page, {"seen": seen}).status_code == 204
    handed(clinic, Outcome.ACCEPTED)
    fresh = client.get(page, {"seen": seen})
    assert fresh.status_code == 200
    assert "X-Poll" in fresh.content.decode()


def test_a_poll_does_not_keep_the_session_alive(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    people.sign_in(client, people.alice())
    client.get(address("live", clinic, made))
    session = client.session
    session["seen"] -= 600
    session.save()
    client.get(address("live_numbers", clinic, made), headers={"X-Poll": "1"})
    assert client.session["seen"] == session["seen"]


def test_planning_shows_how_far_it_is(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    with acting_for(clinic.pk):
        Launch.objects.update(planned_at=None)
    people.sign_in(client, people.alice())
    assert (
        "Planning: one row is written for everyone"
        in client.get(address("live", clinic, made)).content.decode()
    )


def test_a_pause_and_a_stop_say_who_and_why(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    alice = people.alice()
    with acting_for(clinic.pk):
        Stop.objects.create(client=clinic, campaign=made, reason="The front desk is full.", by=alice)
    people.sign_in(client, alice)
    shown = client.get(address("live", clinic, made)).content.decode()
    assert "Paused by Alice" in shown
    assert "The front desk is full." in shown
    assert 'data-opens="release"' in shown


def test_the_pages_ask_as_often_for_many_messages_as_for_few(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=3)
    handed(clinic, Outcome.ACCEPTED, Outcome.REFUSED)
    people.sign_in(client, people.alice())
    pages = [address(name, clinic, made) for name in ("live", "live_numbers", "live_chart")]
    pages += [address("running_strip", clinic), address("client_row", clinic)]
    few = [queries_of(client, page) for page in pages]
    with acting_for(clinic.pk):
        for _ in range(20):
            people.consent(people.contact(clinic, phone=people.a_phone()))
        Launch.objects.update(planned_at=None, progress={})
    from messaging.outbox import finish_planning

    finish_planning()
    handed(clinic)
    claimed(clinic)
    with acting_for(clinic.pk):
        Message.objects.filter(status=Status.HANDING).update(status=Status.UNKNOWN)
    assert [queries_of(client, page) for page in pages] == few


def test_a_person_sends_an_unresolved_message_again_and_it_passes_the_gate_once_more(client: Browser) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    shown = client.get(address("live", clinic, message.campaign)).content.decode()
    assert "Sending again may reach the person twice" in shown
    assert "it is time for a visit" in shown  # the words as they were handed over
    client.post(address("resolve", clinic, message=message.pk), {"answer": "again"})
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert (message.status, message.claimed_at) == (Status.QUEUED, None)
        assert AuditEvent.objects.filter(verb="message.sent_again", actor__email="alice@example.org").exists()


def test_what_is_sent_again_waits_as_was_said_and_leaves_the_day_after(client: Browser) -> None:
    """The first attempt counts for how often the person is written to: they may have got it."""
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    assert (
        "Sent again, it waits until" in client.get(address("live", clinic, message.campaign)).content.decode()
    )
    done = client.post(address("resolve", clinic, message=message.pk), {"answer": "again"}, follow=True)
    assert f"and waits: {BY_CODE['one_a_day'].says}" in unescape(done.content.decode())
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        assert Message.objects.get().failed == ["one_a_day"]
        Touch.objects.update(at=F("at") - timedelta(days=1))
        Message.objects.update(due_at=db_now())
    assert len(claimed(clinic)) == 1


@pytest.mark.parametrize("why", ["its time is over first", "the person opted out", "stopped for good"])
def test_what_would_end_without_leaving_is_not_sent_again(client: Browser, why: str) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    with acting_for(clinic.pk):
        if why == "its time is over first":
            Message.objects.update(expires_at=db_now() + timedelta(hours=20))
        elif why == "stopped for good":
            Stop.objects.create(client=clinic, campaign=message.campaign, kind=Stop.Kind.STOP, reason="No")
        else:
            Suppression.objects.create(
                client=clinic, address_id=message.address_id, channel="sms", source="staff"
            )
    shown = client.get(address("live", clinic, message.campaign)).content.decode()
    assert "Sent again, it would end without leaving." in shown
    assert 'value="again"' not in shown
    said = client.post(address("resolve", clinic, message=message.pk), {"answer": "again"}, follow=True)
    assert "It was not queued" in said.content.decode()
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert message.status == Status.UNRESOLVED


def test_of_many_unresolved_the_page_says_that_it_shows_the_oldest(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=3)
    handed(clinic, *[Outcome.UNKNOWN] * 3)
    with acting_for(clinic.pk):
        Message.objects.update(status=Status.UNRESOLVED)
    people.sign_in(client, people.alice())
    assert "are shown; the others follow" not in client.get(address("live", clinic, made)).content.decode()
    monkeypatch.setattr(live_pages, "ASKED_AT_ONCE", 2)
    assert "The oldest 2 of 3 are shown" in client.get(address("live", clinic, made)).content.decode()


def test_a_person_closes_an_unresolved_message(client: Browser) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    client.post(address("resolve", clinic, message=message.pk), {"answer": "close"})
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert message.status == Status.CANCELLED
        assert AuditEvent.objects.filter(verb="message.closed").count() == 1


def test_an_answer_that_comes_too_late_or_says_nothing_changes_nothing(client: Browser) -> None:
    from messaging.recording import record_outcome

    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    client.post(address("resolve", clinic, message=message.pk), {"answer": "perhaps"})
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert message.status == Status.UNRESOLVED
        record_outcome(Attempt.objects.get().pk, Outcome.ACCEPTED, f"SM{uuid.uuid4().hex}")
    answer = client.post(address("resolve", clinic, message=message.pk), {"answer": "again"}, follow=True)
    assert "decided meanwhile" in answer.content.decode()
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert message.status == Status.ACCEPTED


def test_an_older_page_decides_nothing_about_a_newer_attempt(client: Browser) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.alice())
    shown = client.get(address("live", clinic, message.campaign)).content.decode()
    assert 'name="fence" value="1"' in shown
    with acting_for(clinic.pk):
        Message.objects.update(fence=2)  # sent again by somebody else, and unclear once more
    for answer in ("again", "close"):
        path = address("resolve", clinic, message=message.pk)
        said = client.post(path, {"answer": answer, "fence": "1"}, follow=True)
        assert "decided meanwhile" in said.content.decode()
    with acting_for(clinic.pk):
        assert Message.objects.get().status == Status.UNRESOLVED


def test_a_campaign_with_nothing_left_to_do_is_done() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    with acting_for(clinic.pk):
        assert state_of(made) == State.RUNNING
    (ident,) = handed(clinic, Outcome.UNKNOWN)
    with acting_for(clinic.pk):
        assert state_of(made) == State.RUNNING  # the provider is being asked
        Message.objects.filter(pk=ident).update(status=Status.UNRESOLVED)
        assert state_of(made) == State.DONE
        Launch.objects.update(planned_at=None)
        assert state_of(made) == State.RUNNING


def test_a_done_campaign_whose_signature_ran_out_asks_for_no_other(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    handed(clinic)
    with acting_for(clinic.pk):
        Approval.objects.update(ended_at=db_now())
    people.sign_in(client, people.alice())
    shown = client.get(address("launch", clinic, made)).content.decode()
    assert "is done" in shown
    assert "Ask for approval" not in shown


def test_the_strips_show_what_runs_and_not_what_is_done(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, TEXT, name="Spring recall")
    people.sign_in(client, people.alice())
    for name in ("running_strip", "client_row"):
        shown = client.get(address(name, clinic)).content.decode()
        assert "Spring recall" in shown
        assert "0 of 3" in shown
    handed(clinic)
    for name in ("running_strip", "client_row"):
        assert "Spring recall" not in client.get(address(name, clinic)).content.decode()


def test_nothing_runs_on_the_overview_while_the_whole_client_is_stopped(client: Browser) -> None:
    clinic = people.clinic()
    launched(clinic, TEXT)
    people.sign_in(client, people.alice())
    assert "Running" in client.get(address("running_strip", clinic)).content.decode()
    with acting_for(clinic.pk):
        Stop.objects.create(client=clinic, reason="Wrong hours")
    for name in ("running_strip", "client_row"):
        shown = client.get(address(name, clinic)).content.decode()
        assert "Paused" in shown
        assert "Running" not in shown


def test_the_clients_people_watch_but_do_not_decide(client: Browser) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    for who in (people.fred(clinic), people.member("Vera", Role.VIEWER, client=clinic), people.user("Bob")):
        people.sign_in(client, who)
        shown = client.get(address("live", clinic, message.campaign))
        assert shown.status_code == 200
        assert "Stop for good" not in shown.content.decode()
        assert (
            client.post(address("resolve", clinic, message=message.pk), {"answer": "again"}).status_code
            == 403
        )
    with acting_for(clinic.pk):
        message.refresh_from_db()
        assert message.status == Status.UNRESOLVED


def test_a_stranger_sees_none_of_it(client: Browser) -> None:
    clinic = people.clinic()
    message = unresolved(clinic)
    people.sign_in(client, people.charlie())
    made: Any = message.campaign
    pages = [
        address(name, clinic, made)
        for name in ("live", "live_numbers", "live_chart", "live_people", "live_people_file")
    ]
    for page in [*pages, address("running_strip", clinic), address("client_row", clinic)]:
        assert client.get(page).status_code == 404
    assert client.post(address("resolve", clinic, message=message.pk), {"answer": "again"}).status_code == 404
