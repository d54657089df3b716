"""A no is in force before the provider is answered; a doubt waits for a person; a yes is only ever the person's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from consent.models import ContactPoint, Pause, Suppression, UnsafeMark
from consent.suppressing import suppress
from messaging import applying, replying, telling
from messaging.applying import apply_pending
from messaging.models import Inbound, Message, RawHook, Status
from tenants.clock import db_now
from tenants.hashing import word_hash
from tenants.models import AuditEvent, Channel
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import Office, sid

pytestmark = pytest.mark.django_db
JANE = "+15742310001"


@pytest.fixture
def jane(office: Office) -> Any:
    with acting_for(office.client.pk):
        return people.contact(office.client, phone=JANE, email="jane@example.org")


def suppressions(office: Office) -> list[tuple[str, str]]:
    with acting_for(office.client.pk):
        return sorted(Suppression.objects.in_force(db_now()).values_list("channel", "source"))


def the_reply(office: Office) -> Inbound:
    with acting_for(office.client.pk):
        newest: Inbound = Inbound.objects.order_by("-pk")[0]
    return newest


def test_a_stop_is_in_force_when_twilio_is_answered(
    office: Office, jane: Any, bells: list[tuple[int, bool]]
) -> None:
    assert office.texts("Stop.").status_code == 200
    assert suppressions(office) == [("sms", "keyword")]
    reply = the_reply(office)
    assert (reply.label, reply.contact_id, reply.body, reply.value) == ("opt_out", jane.pk, "Stop.", JANE)
    assert reply.handled_at is not None
    assert bells == [(office.client.pk, True)]


def test_a_stop_in_their_own_words_is_one_and_is_looked_at(office: Office, jane: Any) -> None:
    office.texts("please stop texting me")
    assert suppressions(office) == [("sms", "free_text")]
    assert the_reply(office).handled_at is None


def test_a_stop_from_somebody_we_do_not_know_is_kept_for_this_client(office: Office) -> None:
    for number, sender in enumerate(("+15742319999", "+447911123456", "24273")):
        assert office.texts("STOP", sender=sender, number=number).status_code == 200
    assert suppressions(office) == [("sms", "keyword")] * 3
    with acting_for(office.client.pk):
        people.contact(office.client, phone="+15742319999")  # imported later: the same address
        address = ContactPoint.objects.get().address_id
        assert Suppression.objects.filter(address=address).exists()


def test_a_stop_during_the_hand_over_knows_its_message(office: Office) -> None:
    (attempt,) = office.hand_over()
    message = office.message_of(attempt)
    with acting_for(office.client.pk):
        number = ContactPoint.objects.get(address=message.address_id).value
    office.texts("STOP", sender=number)
    with acting_for(office.client.pk):
        made = Suppression.objects.get()
    assert (made.message_id, made.campaign_id, made.address_id) == (
        message.pk,
        message.campaign_id,
        message.address_id,
    )
    assert the_reply(office).message_id == message.pk


def test_a_repeat_changes_nothing_also_after_a_start(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "TOGETHER", replying.TOGETHER * 0)
    office.texts("STOP", number=1)
    office.texts("START", number=2)
    assert office.texts("STOP", number=1).status_code == 200
    with acting_for(office.client.pk):
        RawHook.objects.all().delete()  # purged after its time; the same post comes once more
    assert office.texts("STOP", number=1).status_code == 200
    assert suppressions(office) == []


def test_the_carriers_own_verdict_counts_too(office: Office, jane: Any) -> None:
    office.texts("adios", OptOutType="STOP")
    assert suppressions(office) == [("sms", "keyword")]


def test_the_carrier_cannot_make_a_yes_of_a_no(office: Office, jane: Any) -> None:
    office.texts("please stop texting me", OptOutType="START")
    assert suppressions(office) == [("sms", "free_text")]


def test_a_stop_leaves_mail_alone_unless_it_says_so(office: Office, jane: Any) -> None:
    office.texts("STOP", number=1)
    assert suppressions(office) == [("sms", "keyword")]
    office.texts("stop all texts and emails", number=2)
    assert suppressions(office) == [("email", "free_text"), ("sms", "free_text"), ("sms", "keyword")]


def test_a_start_lifts_what_a_stop_made_and_nothing_else(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "TOGETHER", replying.TOGETHER * 0)
    with acting_for(office.client.pk):
        address = ContactPoint.objects.get(channel=Channel.SMS).address_id
        for source in Suppression.Source:
            if source not in (Suppression.Source.WRONG_NUMBER, Suppression.Source.COMPLAINT):
                suppress(office.client.pk, address, Channel.SMS, source)
    office.texts("START")
    assert {source for _, source in suppressions(office)} == {
        "one_click", "hard_bounce", "import", "staff", "legal", "api",
    }  # fmt: skip
    with acting_for(office.client.pk):
        assert AuditEvent.objects.filter(verb="address.opted_in").count() == 1
    assert the_reply(office).label == "opt_in"


def test_no_machine_answers_to_stop_start_or_help(office: Office, jane: Any) -> None:  # noqa: ARG001
    for number, text in enumerate(("STOP", "START", "HELP", "please stop texting me", "HELP", "yes"), 1):
        office.texts(text, number=number)
    with acting_for(office.client.pk):
        assert Inbound.objects.count() == 6
        assert not Message.objects.exists()


def test_a_start_of_one_client_says_nothing_for_another(
    office: Office, rival: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "TOGETHER", replying.TOGETHER * 0)
    rival.texts("STOP")
    office.texts("START")
    assert suppressions(rival) == [("sms", "keyword")]


def test_a_start_that_comes_with_its_stop_leaves_the_stop_standing(office: Office, jane: Any) -> None:
    office.texts("STOP", number=1)
    office.texts("START", number=2)
    assert suppressions(office) == [("sms", "keyword")]
    assert the_reply(office).handled_at is None


def test_a_yes_with_nothing_to_lift_is_a_reply_for_a_person(office: Office, jane: Any) -> None:
    office.texts("YES")
    reply = the_reply(office)
    assert (reply.label, reply.handled_at) == ("other", None)


@pytest.mark.parametrize(
    "text, reason", [("no", "negative or doubtful"), ("See you Tuesday", "replied"), ("", "no words")]
)
def test_a_doubt_and_any_reply_pause_everybody_at_the_address(
    office: Office, jane: Any, text: str, reason: str
) -> None:
    with acting_for(office.client.pk):
        spouse = people.contact(office.client, first_name="John", phone=JANE)
    office.texts(text)
    office.texts(text, number=2)
    with acting_for(office.client.pk):
        assert sorted(Pause.objects.values_list("contact_id", "reason")) == [
            (jane.pk, reason),
            (spouse.pk, reason),
        ]
    assert suppressions(office) == []
    assert the_reply(office).handled_at is None


@pytest.mark.parametrize("text", ["wrong number", "this isn't Jane"])
def test_a_wrong_number_is_unsafe_for_everybody(office: Office, jane: Any, text: str) -> None:
    office.texts(text)
    assert suppressions(office) == [("sms", "wrong_number")]
    assert UnsafeMark.objects.get().reason == "wrong_number"
    assert the_reply(office).label == "unsure"


def test_help_pauses_nobody(office: Office, jane: Any) -> None:
    office.texts("HELP")
    with acting_for(office.client.pk):
        assert not Pause.objects.exists()
    assert the_reply(office).label == "help"


def test_a_picture_only_waits_for_a_person(office: Office, jane: Any) -> None:
    office.texts("", NumMedia="1", MessageSid="MM" + "1" * 32)
    assert (the_reply(office).label, the_reply(office).pictures) == ("unsure", 1)


def test_a_reply_is_found_by_its_words(office: Office, jane: Any) -> None:
    office.texts("Can María come at 3?")
    with acting_for(office.client.pk):
        assert (
            Inbound.objects.filter(body_words__contains=[word_hash(office.client.pk, "maría")]).count() == 1
        )


@pytest.mark.parametrize(
    "text", ["STOP\x00", "\ud7ff STOP", "a" * 1600 + " STOP", "STOP\r\nBcc: x", "😀" * 300]
)
def test_odd_characters_break_nothing(office: Office, jane: Any, text: str) -> None:
    assert office.texts(text).status_code == 200
    assert the_reply(office).body == text


def test_when_the_database_fails_the_provider_comes_again(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(replying, "suppress", fails)
        assert office.texts("STOP").status_code == 503
    with acting_for(office.client.pk):
        assert not RawHook.objects.exists()  # nothing half done
    assert office.texts("STOP").status_code == 200
    assert suppressions(office) == [("sms", "keyword")]


def test_what_cannot_be_read_at_once_is_kept_and_tried_again(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(applying, "take_reply", fails)
        assert office.texts("STOP").status_code == 200
        apply_pending(office.client.pk, limit=1)
    with acting_for(office.client.pk):
        assert RawHook.objects.get().applied_at is None
    apply_pending(office.client.pk)
    assert suppressions(office) == [("sms", "keyword")]
    with acting_for(office.client.pk):
        assert RawHook.objects.get().applied_at is not None


def test_what_can_never_be_read_is_parked_with_its_reason(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(applying, "take_reply", fails)
    office.texts("STOP")
    for _ in range(applying.TRIES):
        apply_pending(office.client.pk, limit=1)
    with acting_for(office.client.pk):
        row = RawHook.objects.get()
    assert row.applied_at is not None
    assert row.problem == "reply: ValueError"
    assert apply_pending(office.client.pk) == 0


def test_one_that_cannot_be_read_does_not_hold_up_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = office.hand_over(count=2)
    tell = telling.tell

    def picky(client_id: int, notices: Any) -> None:
        if any(notice.provider_id == sid(1) for notice in notices):
            raise ValueError("this one")
        tell(client_id, notices)

    monkeypatch.setattr(telling, "tell", picky)
    office.status(first, "sent", MessageSid=sid(1))
    office.status(second, "sent", MessageSid=sid(2))
    assert apply_pending(office.client.pk) == 2
    assert office.message_of(second).status == Status.ACCEPTED
    with acting_for(office.client.pk):
        assert sorted(RawHook.objects.values_list("problem", flat=True)) == ["", "sent: ValueError"]
