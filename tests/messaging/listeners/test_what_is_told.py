"""What happens is queued for whoever listens, in the transaction in which it happens, whatever the way it happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from compliance.models import Stop
from consent import lifting
from consent.models import PurposeOptOut, Suppression
from consent.suppressing import Wish, suppress, suppress_many
from messaging.models import Inbound, LedgerCheck, Listener, Message, Status, ToTell, Trip
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.listeners.conftest import listening
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
URL = "https://crm.example/hook"


def told(kind: str = "") -> list[dict[str, Any]]:
    rows = ToTell.objects.order_by("pk")
    return list((rows.filter(kind=kind) if kind else rows).values_list("data", flat=True))


def opted_out(clinic: Client, source: str = "staff") -> Suppression:
    jane = people.contact(clinic, phone="+15742310611")
    return suppress(clinic.pk, jane.points.get().address_id, "sms", source)


def test_an_opt_out_is_told_once_and_so_is_its_lifting(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        made = opted_out(clinic, "keyword")
        suppress(clinic.pk, made.address_id, "sms", "keyword")  # the same again is no news
        Suppression.objects.filter(pk=made.pk).update(enforced_at=db_now())
        start = people.start(clinic, made.address_id)
        lifting.by_reply(clinic.pk, made.address_id, reply=start, before=db_now())
        whose = {"opt_out": made.pk, "channel": "sms", "source": "keyword"}
        assert told("opt_out") == [whose | {"state": "made"}, whose | {"state": "lifted"}]


def test_leaving_one_kind_of_messages_is_told_with_the_kind_and_so_is_coming_back(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org")
        left = PurposeOptOut.objects.create(
            client=clinic, address_id=jane.points.get().address_id, channel="email", purpose="marketing"
        )
        lifting.by_yes(people.consent(jane, channel="email", method="preferences"))
        kind = {
            "opt_out": None,
            "choice": left.pk,
            "channel": "email",
            "purpose": "marketing",
            "source": "preferences",
        }
        assert told() == [kind | {"state": "made"}, kind | {"state": "lifted"}]


def test_a_list_of_opt_outs_is_told_line_by_line(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        from consent.models import Address

        ids = Address.objects.resolve("email", [f"{n}@example.org" for n in range(30)])
        suppress_many(clinic.pk, [Wish(each, "email", "import") for each in ids.values()])
        assert len(told("opt_out")) == 30


def test_a_reply_is_told_by_its_ids_and_never_by_its_words(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        jane = people.contact(clinic, phone="+15742310611")
        take_reply(
            clinic.pk, Answered("SM1", "sms", "+15742310611", "+15742310600", "Call my sister"), db_now()
        )
        reply = Inbound.objects.get()
        assert told("reply") == [{"reply": reply.pk, "channel": "sms", "contact": jane.pk, "message": None}]
        assert "sister" not in str(told())
        assert "231" not in str(told())


def test_what_became_of_a_message_is_told_and_its_way_there_is_not(clinic: Client) -> None:
    message = objects_of(clinic)["message"]
    with acting_for(clinic.pk):
        ToTell.objects.all().delete()
        Listener.objects.update(kinds=["status"])
        Message.objects.filter(pk=message).update(due_at=db_now())
        assert told() == []
        Message.objects.filter(pk=message).update(status=Status.EXPIRED)
        (news,) = told("status")
        assert (news["message"], news["status"], news["delivery"]) == (message, "expired", "")
        Message.objects.filter(pk=message).update(delivery="delivered")
        Message.objects.filter(pk=message).update(delivery="delivered")
        assert [each["delivery"] for each in told("status")] == ["", "delivered"]


def test_an_approval_is_told_from_the_asking_to_the_taking_back(clinic: Client) -> None:
    from campaigns.models import Approval

    listening(clinic, URL)
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        made = people.campaign(clinic, {"channel": "sms"})
        people.approve(made, signer)
        Approval.objects.update(ended_at=db_now(), ended_by=signer)
        states = [each["state"] for each in told("approval")]
        assert states[0] == "asked"
        assert states[-1] == "taken_back"
        assert {each["campaign"] for each in told("approval")} == {made.pk}


def test_a_breaker_that_trips_is_told(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        stop = Stop.objects.create(client=clinic, reason="Too many bounces")
        Trip.objects.create(
            client=clinic, stop=stop, measure="bounces", scope="client", key="", part=9, whole=100
        )
        assert told("alert") == [{"stop": stop.pk, "campaign": None, "measure": "bounces", "scope": "client"}]


def test_what_the_daily_comparison_finds_is_told_once(clinic: Client) -> None:
    listening(clinic, URL)
    day = db_now().date()
    with acting_for(clinic.pk):
        late = LedgerCheck.objects.create(
            client=clinic, provider="twilio", day=day, theirs=0, missing=[], trouble="timeout"
        )
        LedgerCheck.objects.create(
            client=clinic, provider="twilio", day=day - timedelta(days=1), theirs=9, missing=[]
        )
        whole = {"ledger": late.pk, "day": day.isoformat(), "provider": "twilio"}
        assert told("alert") == [whole | {"unknown": 0, "trouble": "timeout"}]
        for _ in range(2):
            LedgerCheck.objects.filter(pk=late.pk).update(
                theirs=5, unknown=2, missing=["SM1", "SM2"], trouble=""
            )
        assert told("alert")[1:] == [whole | {"unknown": 2, "trouble": ""}]


def test_only_who_asked_for_a_kind_is_told_of_it_and_nobody_who_is_off_or_ended(clinic: Client) -> None:
    wants = listening(clinic, URL, "opt_out")
    listening(clinic, URL, "reply")
    off, ended = listening(clinic, URL), listening(clinic, URL)
    rival = people.rival_clinic()
    listening(rival, URL)
    with acting_for(clinic.pk):
        Listener.objects.filter(pk=off.pk).update(off_at=db_now())
        Listener.objects.filter(pk=ended.pk).update(ended_at=db_now())
        opted_out(clinic)
        assert list(ToTell.objects.values_list("listener", flat=True)) == [wants.pk]
    with acting_for(rival.pk):
        assert not ToTell.objects.exists()


def test_what_was_rolled_back_is_never_told(clinic: Client) -> None:
    listening(clinic, URL)
    with acting_for(clinic.pk):
        before = transaction.savepoint()
        opted_out(clinic)
        assert ToTell.objects.exists()
        transaction.savepoint_rollback(before)
        assert not ToTell.objects.exists()
