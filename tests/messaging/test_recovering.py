"""After a restore: what the providers know and the record forgot comes back, once, before anybody is written to."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign, Launch
from compliance import stopping
from compliance.models import Stop, StopEverything
from consent.models import Suppression, Touch
from messaging import holding, outbox, tasks
from messaging.models import Attempt, History, Hold, HoldAnswer, Message, Recovered
from messaging.providers.sendgrid import shunning
from messaging.providers.twilio import asking
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_aftermath import clinic, drained, numbers, sent, simulator
from tests.messaging.world import MAIL, TEXT, launched, statuses
from tests.simulators import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["clinic", "simulator"]  # fixtures


def restored(of: Client) -> None:
    """As if a backup of before the hand-over had been restored, on another server."""
    with acting_for(of.pk):
        Attempt.objects.all().delete()
        Message.objects.all().delete()
    History.objects.update(system="another", seen_at=db_now() - timedelta(minutes=30))


def test_after_a_restore_nothing_is_sent_twice_and_nobody_who_said_no_is_written_to(
    clinic: Client, simulator: Simulator
) -> None:
    assert holding.history_is_ours()
    made = sent(clinic, 3)
    first, second, third = numbers(clinic, simulator)
    simulator.reply(third, "Please stop texting me")
    restored(clinic)
    replanned(clinic, made)
    assert statuses(clinic) == ["queued"] * 3
    assert tasks.ring() == 0  # held
    assert tasks.send_due() == 0
    assert tasks.ask_after_hold() is True
    assert sorted(statuses(clinic)) == ["cancelled"] * 3
    with acting_for(clinic.pk):
        assert Suppression.objects.get().source == "free_text"
    assert holding.history_is_ours()


def replanned(of: Client, made: Campaign) -> None:
    with acting_for(of.pk):
        Launch.objects.filter(campaign=made).update(progress={}, planned_at=None)
        launch = Launch.objects.get(campaign=made)
    outbox.plan(launch)
    with acting_for(
        of.pk
    ):  # due within the second it was sent in: the provider dates it by whole seconds, before that
        Message.objects.update(due_at=db_now())


def test_after_a_hold_each_running_campaign_waits_for_a_named_person(
    clinic: Client, simulator: Simulator
) -> None:
    made = launched(clinic, TEXT, texts=2)
    alice = people.alice()
    holding.hold("A backup was restored.", db_now() - timedelta(hours=1))
    assert StopEverything.objects.filter(ended_at=None).exists()
    assert drained(clinic) == 0
    assert tasks.ask_after_hold() is True
    assert not StopEverything.objects.filter(ended_at=None).exists()
    assert drained(clinic) == 0  # paused
    with pytest.raises(CommandError, match="Say who decided it"):
        call_command("release", str(made.pk))
    with pytest.raises(CommandError, match="member of this client's agency"):
        call_command("release", str(made.pk), by=people.charlie().email)
    said = StringIO()
    call_command("release", stdout=said)
    assert str(made.pk) in said.getvalue()
    call_command("release", str(made.pk), by=alice.email, stdout=said)
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="campaign.released_after_hold").actor == alice
        Message.objects.update(due_at=db_now())
    assert drained(clinic) == 2
    with pytest.raises(CommandError, match="does not wait"):
        call_command("release", str(made.pk), by=alice.email)


def test_one_that_the_backup_shows_as_paused_says_so_too_and_waits_for_a_named_person(clinic: Client) -> None:
    """It may have been resumed, and its mails have left, in the time that is forgotten: of mails no provider tells."""
    made, alice = launched(clinic, MAIL, texts=1), people.alice()
    with acting_for(clinic.pk):
        stop = stopping.stop(clinic, made, Stop.Kind.PAUSE, alice, "Lunch. " * 42)
    for _ in range(2):
        holding.hold("A backup was restored.", db_now())
        with acting_for(clinic.pk):
            ProviderAccount.objects.update(ended_at=db_now())
        assert tasks.ask_after_hold() is True
    with acting_for(clinic.pk):
        reason = Stop.objects.get(ended_at=None, pk=stop.pk).reason
    assert reason.startswith(f"{holding.HELD} It was paused before: Lunch. Lunch.")
    assert (reason.count(holding.HELD), len(reason)) == (1, 300)
    call_command("release", str(made.pk), by=alice.email, stdout=StringIO())
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="campaign.released_after_hold").actor == alice


def test_while_a_provider_cannot_be_asked_everything_stays_held(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, TEXT, texts=1)
    call_command("hold", "Restored the backup of nine o'clock.", since="2026-11-22T09:00Z", stdout=StringIO())
    simulator.faults(status_500=1.0, scope="all")
    assert tasks.ask_after_hold() is False
    assert Hold.objects.filter(asked_at=None).exists()
    assert tasks.ring() == 0
    said = StringIO()
    call_command("hold", stdout=said)
    assert "Restored the backup" in said.getvalue()
    with pytest.raises(CommandError, match="Write the moment"):
        call_command("hold", "Again.", since="yesterday")
    with pytest.raises(CommandError, match="has not come yet"):  # nothing would be asked
        call_command("hold", "Again.", since="2099-01-01")
    assert Hold.objects.count() == 1


def test_an_account_with_a_fault_of_our_own_is_named_and_the_others_are_asked_all_the_same(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def recover(account: ProviderAccount, _: datetime) -> None:
        asked.append(account.provider)
        if len(asked) == 1:
            raise KeyError("auth_token")

    monkeypatch.setattr(holding, "recover", recover)
    holding.hold("Restored.", db_now())
    assert tasks.ask_after_hold() is False
    assert sorted(asked) == ["sendgrid", "twilio"]
    said = StringIO()
    call_command("hold", stdout=said)
    assert "cannot be asked (KeyError)" in said.getvalue()


def forgotten(of: Client, made: Campaign) -> None:
    """Restored, seen to be so, and planned anew."""
    restored(of)
    assert tasks.ring() == 0
    replanned(of, made)


def test_who_said_no_at_the_mail_provider_after_the_backup_is_written_to_no_more(
    clinic: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shunning, "PAGE", 1)  # the lists are read to their end
    assert holding.history_is_ours()
    made = launched(clinic, MAIL, texts=4)
    assert drained(clinic) == 4
    jane, jill, june, joan = numbers(clinic, simulator)
    for address, what in (
        (jane, "provider-unsubscribe"), (jill, "provider-unsubscribe"), (june, "spam"), (joan, "bounce"),
    ):  # fmt: skip
        simulator.act(address, what)
    forgotten(clinic, made)
    assert tasks.ask_after_hold() is True
    with acting_for(clinic.pk):
        sources = sorted(Suppression.objects.values_list("source", flat=True))
    assert sources == ["complaint", "hard_bounce", "provider", "provider"]
    call_command("release", str(made.pk), by=people.alice().email, stdout=StringIO())
    assert drained(clinic) == 0
    assert statuses(clinic) == ["held"] * 4
    assert len(simulator.accepted()) == 4


def test_a_mail_provider_whose_list_is_too_long_to_read_has_not_answered(
    clinic: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shunning, "MOST", 1)
    launched(clinic, MAIL, texts=2)
    assert drained(clinic) == 2
    for address in numbers(clinic, simulator):
        simulator.act(address, "spam")
    holding.hold("A backup was restored.", db_now() - timedelta(hours=1))
    assert tasks.ask_after_hold() is False
    with acting_for(clinic.pk):
        assert HoldAnswer.objects.get(asked_at=None).trouble == "too_many"


def lost_with_a_later_step_waiting(of: Client) -> None:
    """A restore has forgotten the text of the first step, and the second is due by now too."""
    assert holding.history_is_ours()
    made = launched(of, TEXT, TEXT, texts=1)
    assert drained(of) == 1
    forgotten(of, made)
    assert statuses(of) == ["queued"] * 2


def test_one_text_ends_one_message_however_often_another_provider_must_be_asked(
    clinic: Client, simulator: Simulator
) -> None:
    lost_with_a_later_step_waiting(clinic)
    simulator.faults(status_500=1.0, scope="all", provider="sendgrid")
    assert [tasks.ask_after_hold() for _ in range(3)] == [False] * 3
    assert sorted(statuses(clinic)) == ["cancelled", "queued"]
    lists = [each for each in simulator.log() if each["method"] == "GET" and "Messages.json" in each["url"]]
    simulator.faults()
    assert tasks.ask_after_hold() is True
    after = [each for each in simulator.log() if each["method"] == "GET" and "Messages.json" in each["url"]]
    assert len(after) == len(lists)  # who has answered is not asked again
    assert sorted(statuses(clinic)) == ["cancelled", "queued"]


def test_a_text_found_once_ends_nothing_when_it_is_found_again(clinic: Client, simulator: Simulator) -> None:
    lost_with_a_later_step_waiting(clinic)
    assert tasks.ask_after_hold() is True
    call_command("hold", "Once more, to be sure.", stdout=StringIO())
    assert tasks.ask_after_hold() is True
    assert sorted(statuses(clinic)) == ["cancelled", "queued"]
    with acting_for(clinic.pk):
        found = Recovered.objects.get()
        assert found.message_id == Message.objects.get(status="cancelled").pk


def test_a_text_that_was_found_counts_for_how_often_the_person_is_written_to(
    clinic: Client, simulator: Simulator
) -> None:
    lost_with_a_later_step_waiting(clinic)
    with acting_for(clinic.pk):
        Touch.objects.all().delete()  # they were written after the backup
    assert tasks.ask_after_hold() is True
    with acting_for(clinic.pk):
        campaign = Campaign.objects.get().pk
    call_command("release", str(campaign), by=people.alice().email, stdout=StringIO())
    assert drained(clinic) == 0
    with acting_for(clinic.pk):
        assert Message.objects.get(status="queued").failed == ["one_a_day"]


def test_a_message_that_the_backup_shows_as_put_off_is_not_sent_again(
    clinic: Client, simulator: Simulator
) -> None:
    """It was paused when the backup was made, then released and sent."""
    assert holding.history_is_ours()
    made = sent(clinic, 1)
    forgotten(clinic, made)
    with acting_for(clinic.pk):
        at = db_now()
        Message.objects.update(judged_at=at, due_at=at + timedelta(hours=6), failed=["paused"])
    assert tasks.ask_after_hold() is True
    assert statuses(clinic) == ["cancelled"]


def test_a_list_that_is_cut_off_is_no_answer(
    clinic: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert holding.history_is_ours()
    made = sent(clinic, 3)
    forgotten(clinic, made)
    monkeypatch.setattr(asking, "PAGE", 1)
    monkeypatch.setattr(asking, "MOST", 2)
    assert tasks.ask_after_hold() is False
    assert tasks.send_due() == 0
    said = StringIO()
    call_command("hold", stdout=said)
    assert "Twilio cannot be asked (too_many)" in said.getvalue()
    monkeypatch.setattr(asking, "MOST", 3)
    assert tasks.ask_after_hold() is True
    assert statuses(clinic) == ["cancelled"] * 3
