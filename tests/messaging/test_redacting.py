"""Two days after, the words at Twilio are blanked; before, and where something is held or unknown, they are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from messaging import redacting
from messaging.models import Attempt, Inbound, LegalHold, Message, Redaction
from messaging.providers import provider_for
from messaging.providers.base import NotConnected
from tenants.clock import db_now
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_aftermath import NUMBER, clinic, numbers, sent, simulator
from tests.simulators import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["clinic", "simulator"]  # fixtures
LONG_AGO = timedelta(days=2, minutes=1)


def account(of: Client) -> ProviderAccount:
    with acting_for(of.pk):
        found: ProviderAccount = ProviderAccount.objects.get(provider=Provider.TWILIO)
        return found


def at_twilio(of: Client) -> list[str]:
    """The words of our texts as its list has them."""
    at = db_now()
    listed = provider_for(account(of)).listed([NUMBER], at - timedelta(days=1), at + timedelta(days=1))
    return [each.text for each in listed]


def replies_at_twilio(of: Client) -> list[str]:
    answers = provider_for(account(of)).replies([NUMBER], db_now() - timedelta(days=1))
    return [each.text for each in answers]


def calls(simulator: Simulator) -> int:
    """How often Twilio was called; what it reports back by itself arrives when it likes."""
    return sum(1 for call in simulator.log() if call["direction"] == "in")


def days_pass(of: Client, by: timedelta = LONG_AGO) -> None:
    with acting_for(of.pk):
        Message.objects.update(claimed_at=F("claimed_at") - by, judged_at=F("judged_at") - by)
        Inbound.objects.update(received_at=F("received_at") - by)


def mark(of: Client, direction: str = "sent") -> Redaction:
    with acting_for(of.pk):
        found: Redaction = Redaction.objects.get(direction=direction)
        return found


def test_words_are_blanked_there_after_two_days_and_ours_stay(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    assert redacting.blank(clinic.pk) == 0
    assert all(at_twilio(clinic))
    days_pass(clinic)
    assert redacting.blank(clinic.pk) == 2
    assert at_twilio(clinic) == ["", ""]
    assert (mark(clinic).blanked, mark(clinic).refused) == (2, 0)
    with acting_for(clinic.pk):
        assert all(Attempt.objects.values_list("content", flat=True))
    asked = calls(simulator)
    assert redacting.blank(clinic.pk) == 0
    assert calls(simulator) == asked, "what is done is not asked again"


def test_what_people_wrote_is_blanked_too(clinic: Client, simulator: Simulator) -> None:
    from messaging import polling

    sent(clinic)
    simulator.reply(numbers(clinic, simulator)[0], "My knee hurts")
    polling.poll_if_due(clinic.pk)
    days_pass(clinic)
    assert redacting.blank(clinic.pk) == 3
    assert replies_at_twilio(clinic) == [""]
    assert mark(clinic, "received").blanked == 1


def test_what_is_held_for_a_suit_is_left_as_it_is(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    days_pass(clinic)
    with acting_for(clinic.pk):
        hold = LegalHold.objects.create(client=clinic, reason="A suit", by=people.user("Olive"))
    assert redacting.blank(clinic.pk) == 0
    assert all(at_twilio(clinic))
    with acting_for(clinic.pk):
        LegalHold.objects.filter(pk=hold.pk).update(contact=Message.objects.order_by("pk")[0].contact_id)
    assert redacting.blank(clinic.pk) == 1
    assert sorted(map(bool, at_twilio(clinic))) == [False, True]


def test_an_attempt_whose_outcome_is_not_known_keeps_its_words_there(
    clinic: Client, simulator: Simulator
) -> None:
    """It is looked for by them."""
    sent(clinic, texts=1)
    days_pass(clinic)
    with acting_for(clinic.pk):
        Attempt.objects.update(provider_id="")
    redacting.blank(clinic.pk)
    assert all(at_twilio(clinic))


def test_a_provider_that_is_away_is_asked_again(
    clinic: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(clinic)
    days_pass(clinic)

    def away(_: str) -> bool:
        raise NotConnected("connect")

    with monkeypatch.context() as broken:
        broken.setattr(provider_for(account(clinic)), "blank", away)
        assert redacting.blank(clinic.pk) == 0
    assert redacting.blank(clinic.pk) == 2


def test_what_the_provider_does_not_have_is_counted_and_passed_over(
    clinic: Client, simulator: Simulator
) -> None:
    sent(clinic)
    days_pass(clinic)
    with acting_for(clinic.pk):
        one = Attempt.objects.order_by("provider_id")[0]
        Attempt.objects.filter(pk=one.pk).update(provider_id="SM" + "0" * 32)
    assert redacting.blank(clinic.pk) == 1
    assert (mark(clinic).blanked, mark(clinic).refused) == (1, 1)


def test_the_rivals_words_are_the_rivals(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    days_pass(clinic)
    assert redacting.blank(people.rival_clinic().pk) == 0
    assert all(at_twilio(clinic))
