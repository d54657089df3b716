"""Asking providers what became of messages: several questions at once, never longer than a round, one worker a round."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from consent.models import ContactPoint
from messaging import reconciling, tasks
from messaging.claiming import claim
from messaging.locks import Locks, alone
from messaging.models import Attempt, Message
from messaging.preparing import prepare
from messaging.providers.base import NOT_FOUND, Answer, Asked, Found, Outcome, Receipt
from messaging.recording import record_outcomes
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched, statuses

pytestmark = pytest.mark.django_db(transaction=True)


class Hands:
    """A provider that is asked, and nothing else."""

    def __init__(self, answer: Callable[[Asked], Found | Answer]) -> None:
        self.answer, self.asked = answer, list[Any]()

    def find(self, asked: Asked) -> Found | Answer:
        self.asked.append(asked.attempt_id)
        return self.answer(asked)


@pytest.fixture
def unknown() -> Client:
    """A clinic with six messages of which nobody knows whether they were taken."""
    clinic = people.clinic()
    launched(clinic, texts=6)
    with acting_for(clinic.pk):
        ProviderAccount.objects.create(
            client=clinic, provider=Provider.TWILIO, account_id="AC1", settings="{}"
        )
    with Locks() as locks:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks)
    with acting_for(clinic.pk):
        record_outcomes(clinic.pk, [Receipt(each.attempt_id, Outcome.UNKNOWN) for each in wave.outgoing])
    return clinic


def at_provider(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Asked], Found | Answer]) -> Hands:
    hands = Hands(answer)
    monkeypatch.setattr(reconciling, "provider_for", lambda account: hands)
    return hands


def test_questions_are_on_their_way_together(unknown: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    all_there = threading.Barrier(6, timeout=30)

    def answer(asked: Asked) -> Found:
        all_there.wait()
        return Found(f"SM{asked.attempt_id}", "sent")

    at_provider(monkeypatch, answer)
    assert reconciling.find_out(unknown.pk) == 6
    assert statuses(unknown) == ["accepted"] * 6


def test_a_provider_that_hangs_does_not_hold_a_round_up_and_the_next_asks_on(
    unknown: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "TOGETHER", 2)
    now = [0.0]
    monkeypatch.setattr(reconciling, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def answer(asked: Asked) -> Answer:
        now[0] += 2 * reconciling.ROUND
        return NOT_FOUND

    hands = at_provider(monkeypatch, answer)
    for rounds in (1, 2, 3):
        reconciling.find_out(unknown.pk)
        assert len(hands.asked) == len(set(hands.asked)) == 2 * rounds


def test_while_one_worker_asks_no_other_waits_for_the_same_answers(
    unknown: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = at_provider(monkeypatch, lambda asked: Found(f"SM{asked.attempt_id}", "sent"))
    with alone("reconcile") as mine:
        assert mine
        assert tasks.reconcile() == 0
        assert hands.asked == []
    assert tasks.reconcile() == 6


def test_a_message_whose_address_nobody_knows_any_more_is_not_asked_about(
    unknown: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked without one, a provider would name what it sent to anybody."""
    hands = at_provider(monkeypatch, lambda asked: Found(f"SM{asked.attempt_id}", "sent"))
    with acting_for(unknown.pk):
        forgotten = Message.objects.order_by("pk")[0]
        ContactPoint.objects.filter(address=forgotten.address_id).delete()
    assert reconciling.find_out(unknown.pk) == 5
    assert len(hands.asked) == 5


def test_two_messages_to_one_person_are_both_asked_about_by_their_address(unknown: Client) -> None:
    with acting_for(unknown.pk):
        one = Attempt.objects.select_related("message").order_by("pk")[0]
        other: Any = SimpleNamespace(message_id=0, message=one.message)
        values = reconciling._addresses([one, other])
    assert set(values) == {one.message_id, 0}


def test_what_is_found_for_two_is_the_firsts_and_holds_up_nobody(
    unknown: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_provider(monkeypatch, lambda asked: Found("SM-of-both", "sent"))
    assert reconciling.find_out(unknown.pk) == 1
    assert sorted(statuses(unknown)) == ["accepted"] + ["unknown"] * 5
    with acting_for(unknown.pk):
        assert Attempt.objects.filter(asked=1, outcome="unknown").count() == 5
