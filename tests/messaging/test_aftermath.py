"""What is asked of the providers afterwards: lost replies, yesterday's list, our opt-outs, and what a restore forgot."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from campaigns.models import Campaign
from compliance.models import ReplyCheck
from consent.models import ContactPoint, Suppression
from consent.suppressing import suppress
from messaging import canaries, delivery, ledger, polling, providers, telling_providers
from messaging.models import (
    Attempt,
    Inbound,
    LedgerCheck,
    Message,
    ToldOptOut,
)
from messaging.providers import provider_for
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from messaging.telling import address_of
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Provider, ProviderAccount, Sender
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import TEXT, launched
from tests.simulators import Simulator, running_simulator

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT, SERVICE, NUMBER, KEY = "AC" + "1" * 32, "MG" + "0" * 32, "+15742310600", "SG.key"
ANNA, BEN = "+15742310901", "+15742310902"
WORLD = {
    "twilio": [{
        "account_sid": ACCOUNT, "auth_token": "secret", "numbers": [{"phone_number": NUMBER, "inbound_url": ""}],
        "messaging_services": [{"sid": SERVICE, "numbers": [NUMBER], "inbound_url": ""}],
    }],
    "sendgrid": [{"api_key": KEY}],
}  # fmt: skip


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        running.world(WORLD)
        yield running


@pytest.fixture
def clinic(simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    simulator.reset()
    simulator.faults()
    settings.TWILIO_BASE_URL = settings.SENDGRID_BASE_URL = simulator.base
    monkeypatch.setattr(providers, "_kept", {})
    of = people.clinic()
    with acting_for(of.pk):
        for provider, account, given in (
            (Provider.TWILIO, ACCOUNT, {"auth_token": "secret"}), (Provider.SENDGRID, "", {"api_key": KEY}),
        ):  # fmt: skip
            ProviderAccount.objects.create(
                client=of, provider=provider, account_id=account, settings=json.dumps(given)
            )
    return of


def drained(of: Client) -> int:
    """What a few turns hand over: on a slow machine the first one is over before it begins."""
    done = 0
    for _ in range(4):
        with acting_for(of.pk):
            Message.objects.filter(status="queued").update(due_at=db_now())
        done += delivery.drain(of.pk)
    return done


def sent(of: Client, texts: int = 2) -> Campaign:
    made = launched(of, TEXT, texts=texts)
    assert drained(of) == texts
    with acting_for(of.pk):
        ReplyCheck.objects.all().delete()
    return made


def numbers(of: Client, simulator: Simulator) -> list[str]:
    return [each["to"] for each in simulator.accepted()]


def test_a_stop_whose_webhook_was_lost_is_found_by_asking(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    simulator.reply(numbers(clinic, simulator)[0], "Please stop texting me")  # to nobody: no hook is set
    assert polling.poll_if_due(clinic.pk) == 1
    with acting_for(clinic.pk):
        made = Suppression.objects.get()
        assert (made.source, made.enforced_at is not None) == ("free_text", True)
        assert Inbound.objects.get().sent_at is not None
        check = ReplyCheck.objects.get()
        assert check.valid_until - check.checked_at == timedelta(minutes=15)
        assert check.found == 1


def test_replies_are_asked_for_every_five_minutes_and_found_once(
    clinic: Client, simulator: Simulator
) -> None:
    sent(clinic)
    simulator.reply(numbers(clinic, simulator)[0], "Yes please")
    assert [polling.poll_if_due(clinic.pk) for _ in range(2)] == [1, 0]
    with acting_for(clinic.pk):
        assert ReplyCheck.objects.count() == 1
        ReplyCheck.objects.update(checked_at=db_now() - timedelta(minutes=6))
    assert polling.poll_if_due(clinic.pk) == 0
    with acting_for(clinic.pk):
        assert (ReplyCheck.objects.count(), Inbound.objects.count()) == (2, 1)


def test_a_provider_that_does_not_answer_leaves_texts_waiting(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, TEXT, texts=2)
    with acting_for(clinic.pk):
        ReplyCheck.objects.all().delete()
        said_no, waits = ContactPoint.objects.filter(channel="sms").values_list("value", flat=True)
    simulator.faults(status_500=1.0, scope="all")
    assert polling.poll_if_due(clinic.pk) == 0
    assert drained(clinic) == 0
    with acting_for(clinic.pk):
        assert [each.failed for each in Message.objects.all()] == [["replies_not_checked"]] * 2
    simulator.reply(said_no, "Please stop texting me", NUMBER)
    simulator.faults()
    assert polling.poll_if_due(clinic.pk) == 1
    assert drained(clinic) == 1
    assert numbers(clinic, simulator) == [waits]


def test_the_providers_list_less_ours_is_empty(clinic: Client, simulator: Simulator) -> None:
    sent(clinic, 3)
    with acting_for(clinic.pk):
        account = ProviderAccount.objects.get(provider="twilio")
        today = db_now().date()
    assert ledger.check(account, [NUMBER], today, account.since) == 0
    assert mail.outbox == []
    with acting_for(clinic.pk):
        assert (LedgerCheck.objects.get().theirs, LedgerCheck.objects.get().missing) == (3, [])


def test_a_message_that_we_know_nothing_of_is_told_and_kept(clinic: Client, simulator: Simulator) -> None:
    people.alice()
    people.charlie()
    sent(clinic)
    with acting_for(clinic.pk):
        gone = Attempt.objects.order_by("pk").first()
        assert gone is not None
        Attempt.objects.filter(pk=gone.pk).update(provider_id="")
        account = ProviderAccount.objects.get(provider="twilio")
        today = db_now().date()
    assert ledger.check(account, [NUMBER], today, account.since) == 1
    with acting_for(clinic.pk):
        assert LedgerCheck.objects.get().missing == [gone.provider_id]
        assert AuditEvent.objects.filter(verb="ledger.unknown_messages").exists()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == "Bright Smiles: 1 message sent with this account, not by Clear to Send"
    assert "of 2 in all" in letter.body


def connected(of: Client, days: int) -> None:
    """The accounts were connected so many days ago."""
    with acting_for(of.pk):
        ProviderAccount.objects.update(since=db_now() - timedelta(days=days))


def compared(of: Client) -> list[tuple[int, str]]:
    """How many days ago each day was on record, and what stood in the way."""
    with acting_for(of.pk):
        today = (db_now() - timedelta(hours=2)).date()
        rows = LedgerCheck.objects.order_by("day").values_list("day", "trouble")
        return [((today - day).days, trouble) for day, trouble in rows]


def test_yesterday_is_compared_once(clinic: Client) -> None:
    sent(clinic)
    connected(clinic, 2)
    assert [ledger.check_if_due(clinic.pk) for _ in range(2)] == [0, 0]
    assert (1, "") in compared(clinic)


def test_days_that_were_missed_are_compared_afterwards_from_the_day_the_account_was_connected(
    clinic: Client, simulator: Simulator
) -> None:
    sent(clinic)
    connected(clinic, 3)
    with acting_for(clinic.pk):
        LedgerCheck.objects.create(
            client=clinic, provider="twilio", day=(db_now() - timedelta(days=2)).date(), theirs=0, missing=[]
        )
    asked = len(simulator.log())
    ledger.check_if_due(clinic.pk)
    assert {back for back, _ in compared(clinic)} >= {1, 2}
    again = len(simulator.log())
    assert again > asked
    ledger.check_if_due(clinic.pk)
    assert len(simulator.log()) == again
    assert max(back for back, _ in compared(clinic)) <= 4
    connected(clinic, 30)
    ledger.check_if_due(clinic.pk)
    assert [back for back, _ in compared(clinic)] == [7, 6, 5, 4, 3, 2, 1]


def test_a_day_that_could_not_be_compared_the_day_after_is_told_once_and_tried_again(
    clinic: Client, simulator: Simulator
) -> None:
    people.alice()
    sent(clinic)
    connected(clinic, 30)
    simulator.faults(status_500=1.0, scope="all", provider="twilio")
    assert [ledger.check_if_due(clinic.pk) for _ in range(2)] == [0, 0]
    assert [back for back, trouble in compared(clinic) if trouble] == [7, 6, 5, 4, 3, 2]  # yesterday has time
    (letter,) = mail.outbox
    assert "could not be compared for 6 days" in letter.subject
    simulator.faults()
    ledger.check_if_due(clinic.pk)
    assert compared(clinic) == [(back, "") for back in (7, 6, 5, 4, 3, 2, 1)]


def test_a_canary_is_no_message_that_we_know_nothing_of(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    with acting_for(clinic.pk):
        sender = Sender.objects.get(channel="sms")
        account = ProviderAccount.objects.get(provider="twilio")
    to_us = canaries._outgoing(clinic, sender, "+15742310699", uuid.uuid4())
    provider_for(account).send([to_us])
    assert len(simulator.accepted()) == 3
    assert ledger.check(account, [NUMBER], db_now().date(), account.since) == 0


def test_an_opt_out_made_here_is_told_to_the_provider_until_it_confirms(
    clinic: Client, simulator: Simulator
) -> None:
    sent(clinic)
    phone = numbers(clinic, simulator)[0]
    with acting_for(clinic.pk):
        suppress(clinic.pk, address_of("sms", phone), "sms", Suppression.Source.STAFF)
    simulator.faults(status_500=1.0, scope="all")
    assert telling_providers.tell(clinic.pk) == 0
    simulator.faults()
    assert telling_providers.tell(clinic.pk) == 0  # a quarter of an hour between tries
    with acting_for(clinic.pk):
        ToldOptOut.objects.update(tried_at=db_now() - timedelta(minutes=16))
    assert telling_providers.tell(clinic.pk) == 1
    with acting_for(clinic.pk):
        told = ToldOptOut.objects.get()
        assert (told.tries, told.confirmed_at is not None) == (2, True)
    assert telling_providers.tell(clinic.pk) == 0
    assert simulator.counts()["opted_out"] == 1


def test_what_came_from_the_provider_is_not_told_back(clinic: Client, simulator: Simulator) -> None:
    sent(clinic)
    with acting_for(clinic.pk):
        for message in Message.objects.all():
            suppress(clinic.pk, message.address_id, "sms", Suppression.Source.PROVIDER)
    assert telling_providers.tell(clinic.pk) == 0
    assert simulator.counts()["opted_out"] == 0


def test_a_word_that_only_we_know_and_what_another_system_told_are_told_to_the_provider(
    clinic: Client, simulator: Simulator
) -> None:
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        people.contact(clinic, phone=ANNA)
        take_reply(clinic.pk, Answered("SM1", "sms", BEN, NUMBER, "5T0P"), db_now())
        suppress(clinic.pk, address_of("sms", ANNA), "sms", Suppression.Source.API)
        assert set(Suppression.objects.values_list("source", flat=True)) == {"keyword", "api"}
    assert telling_providers.tell(clinic.pk) == 2
    assert simulator.counts()["opted_out"] == 2


def test_one_that_the_provider_refuses_holds_up_no_other(clinic: Client, simulator: Simulator) -> None:
    given = {ANNA: "sms", BEN: "sms", "anna@example.org": "email", "ben@example.org": "email"}
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
        people.contact(clinic, phone=ANNA, email="anna@example.org")
        people.contact(clinic, phone=BEN, email="ben@example.org")
        for address, channel in given.items():
            suppress(clinic.pk, address_of(channel, address), channel, Suppression.Source.STAFF)
        take_reply(clinic.pk, Answered("SM1", "sms", "72000", NUMBER, "STOP"), db_now())  # a short code
    simulator.world(WORLD | {"refused_opt_outs": [ANNA, "anna@example.org"]})
    try:
        assert telling_providers.tell(clinic.pk) == 2
    finally:
        simulator.world(WORLD)
    with acting_for(clinic.pk):
        refused = ToldOptOut.objects.filter(confirmed_at=None).values_list("suppression__address", flat=True)
        assert set(refused) == {address_of("sms", ANNA), address_of("email", "anna@example.org")}
