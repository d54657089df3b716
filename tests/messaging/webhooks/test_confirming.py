"""One text may follow an opt-out: it confirms what Twilio does not, once and soon, and opens the door to nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.test import Client as Browser

from campaigns.segments import count
from compliance.models import StopEverything
from consent.models import Address, ContactPoint, Suppression, Touch
from consent.suppressing import suppress
from messaging import applying, confirming, judging, telling_providers
from messaging.conversation import lines
from messaging.models import Attempt, Message, RawHook, Status
from messaging.providers.base import Outcome
from messaging.replying import take_reply
from messaging.resolving import outlooks
from messaging.words import words_of
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.hostile.desk import SETTINGS
from tests.messaging.flight import handed
from tests.messaging.webhooks.conftest import Office
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db
JANE = "+15742310001"
OWN_WORDS = "please stop texting me"


@pytest.fixture
def wanted(office: Office) -> Office:
    """The office of a client that confirms opt-outs; Jane is on its list."""
    with acting_for(office.client.pk):
        people.contact(office.client, phone=JANE)
        people.sms_sender(office.client)
        people.ready(office.client)
    Client.objects.filter(pk=office.client.pk).update(confirms_opt_outs=True)
    return office


def written(of: Office) -> Message | None:
    with acting_for(of.client.pk):
        found: Message | None = Message.objects.select_related("confirms").first()
    return found


def refused(of: Office) -> list[str]:
    """What the claim says of the confirmation that was written."""
    assert handed(of.client) == []
    message = written(of)
    assert message is not None
    return list(message.failed)


def test_who_opts_out_in_their_own_words_gets_one_text_that_says_so(wanted: Office) -> None:
    for _ in range(5):
        assert wanted.texts(OWN_WORDS).status_code == 200
    applying.apply_pending(wanted.client.pk)
    assert [len(handed(wanted.client)) for _ in range(2)] == [1, 0]
    message = written(wanted)
    assert message is not None
    assert message.claimed_at is not None
    out = message.confirms
    assert (message.status, message.failed, message.campaign_id) == ("accepted", [], None)
    assert out.since < message.claimed_at < message.expires_at < out.since + timedelta(minutes=5)
    with acting_for(wanted.client.pk):
        assert Touch.objects.get().message_id == message.pk
        (attempt,) = Attempt.objects.all()
        words = words_of(attempt)
        assert message.evidence is not None
        assert message.evidence["unconfirmable"] == [str(out.pk)]
        assert [line.message.told for line in lines(message.address_id) if line.message] == [
            "Confirmation of an opt-out"
        ]
    assert words is not None
    assert words.text == confirming.confirmation("Bright Smiles", "en")


@pytest.mark.parametrize("text, told", [
    ("STOP", {}), ("basta", {}), (OWN_WORDS, {"OptOutType": "STOP"}), (OWN_WORDS, {"OptOutType": "HELP"}), ("no", {}),
    ("wrong number", {}), ("When are you open?", {}), ("stop texting me, I have chest pain", {}),
])  # fmt: skip
def test_nothing_is_sent_where_twilio_answers_or_nobody_is_sure(
    wanted: Office, text: str, told: dict[str, Any]
) -> None:
    wanted.texts(text, number=1, **told)
    assert written(wanted) is None


def test_nothing_is_sent_unless_the_client_wants_it_or_to_who_is_not_known(wanted: Office) -> None:
    wanted.texts(OWN_WORDS, sender="+15742319999", number=1)
    Client.objects.update(confirms_opt_outs=False)
    wanted.texts(OWN_WORDS, number=2)
    assert written(wanted) is None


def test_a_practice_whose_name_cannot_be_written_in_a_text_confirms_nothing(wanted: Office) -> None:
    Client.objects.update(name="🦷")
    wanted.texts(OWN_WORDS)
    assert written(wanted) is None


def test_what_was_found_by_asking_or_read_later_is_not_confirmed(
    wanted: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "take_urgent", lambda *_: False)
    wanted.texts(OWN_WORDS)
    with acting_for(wanted.client.pk):
        RawHook.objects.update(applied_at=None)
    applying.apply_pending(wanted.client.pk)
    with acting_for(wanted.client.pk):
        assert Suppression.objects.count() == 1
        answer = applying.HOOKS["twilio", "inbound"].replies(RawHook.objects.get().body)[0]
        assert not take_reply(wanted.client.pk, answer, db_now())
    assert written(wanted) is None


def turned_off(of: Office) -> None:
    Client.objects.update(confirms_opt_outs=False)


def wrote_again(of: Office) -> None:
    of.texts("I mean it", number=2)


def said_more(of: Office) -> None:
    with acting_for(of.client.pk):
        suppress(of.client.pk, ContactPoint.objects.get().address_id, "sms", Suppression.Source.STAFF)


@pytest.mark.parametrize("happens", [turned_off, wrote_again, said_more])
def test_it_is_not_sent_when_anything_happens_before_it_leaves(
    wanted: Office, happens: Callable[[Office], None]
) -> None:
    wanted.texts(OWN_WORDS)
    happens(wanted)
    assert refused(wanted) == ["unconfirmable"]


def test_it_waits_for_nothing_longer_than_minutes(wanted: Office) -> None:
    wanted.texts(OWN_WORDS)
    message = written(wanted)
    assert message is not None
    with acting_for(wanted.client.pk):
        late = message.confirms.since + timedelta(minutes=5)
        assert judging.explained(message, late - timedelta(seconds=1))["failed_now"] == []
        assert judging.explained(message, late)["failed_now"] == ["unconfirmable"]
        StopEverything.objects.create(reason="Hold", by=people.user("Olive"))
    assert refused(wanted) == ["everything_stopped"]
    with acting_for(wanted.client.pk):
        Message.objects.update(due_at=message.due_at, expires_at=db_now())
        StopEverything.objects.all().delete()
    assert handed(wanted.client) == []
    message = written(wanted)
    assert message is not None
    assert message.status == "expired"


def test_everything_else_to_that_number_is_refused_as_before(office: Office) -> None:
    launched(office.client, texts=1)
    Client.objects.update(confirms_opt_outs=True)
    with acting_for(office.client.pk):
        phone = ContactPoint.objects.get(channel="sms").value
    office.texts(OWN_WORDS, sender=phone)
    assert sum(len(handed(office.client)) for _ in range(3)) == 1
    with acting_for(office.client.pk):
        step, ours = Message.objects.order_by("confirms")  # null comes last
        step, ours = (step, ours) if step.campaign_id else (ours, step)
        assert (step.status, step.failed, ours.status) == ("held", ["opted_out"], "accepted")


def test_an_unknown_outcome_is_never_sent_again(wanted: Office) -> None:
    wanted.texts(OWN_WORDS)
    (ident,) = handed(wanted.client, Outcome.UNKNOWN)
    with acting_for(wanted.client.pk):
        Message.objects.update(status=Status.UNRESOLVED)
        assert outlooks(wanted.client.pk, [ident], db_now())[ident].never
        with pytest.raises(IntegrityError, match="not sent again"), transaction.atomic():
            Message.objects.update(status=Status.QUEUED, judged_at=None, claimed_at=None)


def copy_of(message: Message, **values: Any) -> Message:
    columns = {each.attname: getattr(message, each.attname) for each in Message._meta.concrete_fields}
    return Message(**columns | {"id": None, "fence": 0, "status": Status.QUEUED} | values)


def test_the_database_takes_no_second_no_old_and_no_other_one(wanted: Office) -> None:
    wanted.texts(OWN_WORDS)
    message = written(wanted)
    assert message is not None
    with acting_for(wanted.client.pk):
        rows = {"client_id": wanted.client.pk, "address_id": message.address_id, "channel": "sms"}
        elsewhere = Address.objects.resolve("sms", ["+15742310009"])["+15742310009"]
        old = Suppression.objects.create(
            **rows | {"address_id": elsewhere}, source="free_text", since=db_now() - timedelta(minutes=5)
        )
        by_staff = Suppression.objects.create(**rows, source="staff")
        for values in (
            {},  # the same once more
            {"confirms_id": old.pk, "address_id": elsewhere},
            {"confirms_id": by_staff.pk},  # no opt-out in their own words
            {"address_id": elsewhere},  # not of that number
            {"channel": "email"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                copy_of(message, **values).save()
        for values in ({"confirms_id": None}, {"confirms_id": by_staff.pk}, {"address_id": elsewhere}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Message.objects.filter(pk=message.pk).update(**values)


class Telling:
    """A provider that is told of opt-outs."""

    def __init__(self, account: ProviderAccount) -> None:
        self.channel = "sms" if account.provider == "twilio" else "email"

    def opt_out(self, fence: str, addresses: list[str]) -> dict[str, str]:  # noqa: ARG002
        return dict.fromkeys(addresses, "")


def test_the_provider_is_told_of_the_opt_out_once_its_confirmation_is_settled(
    wanted: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling_providers, "provider_for", Telling)
    wanted.texts(OWN_WORDS, number=1)
    wanted.texts("STOP", sender="+15742319999", number=2)  # what nothing confirms here is told at once
    assert [telling_providers.tell(wanted.client.pk) for _ in range(2)] == [1, 0]
    with acting_for(wanted.client.pk):
        settled = confirming.under_way(db_now() + timedelta(minutes=5))
        assert Suppression.objects.filter(Exists(settled)).count() == 0
    handed(wanted.client)
    assert telling_providers.tell(wanted.client.pk) == 1


def test_a_practice_turns_it_on_where_the_exact_words_stand(client: Browser, office: Office) -> None:
    people.sign_in(client, people.alice())
    there = f"/c/{office.client.slug}/settings/"
    for language in ("en", "es"):
        assert confirming.confirmation("Bright Smiles", language) in client.get(there).content.decode()
    assert client.post(there, SETTINGS | {"confirms_opt_outs": "on"}).status_code == 302
    assert Client.objects.get(pk=office.client.pk).confirms_opt_outs
    with acting_for(office.client.pk):
        assert "confirms_opt_outs" in AuditEvent.objects.get(verb="client.changed").detail["fields"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("practice", ["Bright Smiles", "Clínica Dental José Núñez 🦷", "A" * 200])
def test_its_words_fit_one_text_and_name_the_practice_and_start(practice: str, language: str) -> None:
    text = confirming.confirmation(practice, language)
    found = count(text)
    assert (found.encoding, found.count) == ("GSM-7", 1)
    assert text.startswith(practice[:2])
    assert "START" in text
    assert "http" not in text


def test_who_reads_spanish_reads_it_in_spanish() -> None:
    assert "responda START" in confirming.confirmation("Bright Smiles", "es")
