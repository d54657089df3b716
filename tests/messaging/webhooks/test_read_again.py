"""What is held until somebody has read it, whoever gets the number; what a rule read wrongly; what came late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from campaigns.audience import subjects
from campaigns.models import Step
from compliance.gate import judged
from consent import lifting
from consent.models import Heard, Pause, Suppression, UnsafeMark
from consent.reachability import reach_of
from consent.suppressing import Wish, suppress, suppress_many
from messaging import replying
from messaging.providers.hooks import Answered
from tenants.clock import db_now
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people
from tests.messaging.webhooks.conftest import Office
from tests.messaging.webhooks.test_answers import JANE, jane, suppressions, the_reply

__all__ = ["jane"]
pytestmark = pytest.mark.django_db


def test_a_start_that_was_sent_before_the_stop_and_is_found_later_lifts_nothing(
    office: Office, jane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "TOGETHER", replying.TOGETHER * 0)
    office.texts("STOP")
    at = db_now()
    for number, ago in enumerate((3600, 0)):
        late = Answered(f"SM{number}", "sms", JANE, "", "START", sent_at=at - timedelta(seconds=ago))
        with acting_for(office.client.pk):
            replying.take_reply(office.client.pk, late, db_now())
        assert suppressions(office) == ([("sms", "keyword")] if ago else [])
        assert (the_reply(office).handled_at is None) is bool(ago)
    with acting_for(office.client.pk):
        assert Heard.objects.filter(at=at - timedelta(seconds=3600)).exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_doubt_holds_whoever_gets_the_number_afterwards_until_somebody_has_read_it(
    office: Office, known: bool
) -> None:
    clinic, bob = office.client, people.bob(office.client)
    with acting_for(clinic.pk):
        if known:
            people.contact(clinic, phone=JANE)
    office.texts("no")
    assert suppressions(office) == []
    with acting_for(clinic.pk):
        john = people.contact(clinic, first_name="John", phone=JANE)
        people.consent(john)
        made = people.campaign(clinic, {"channel": "sms"})
        step = Step.objects.select_related("campaign__client").get(campaign=made)

        def codes() -> list[str]:
            at = db_now()
            return list(judged(subjects(step, at), at).get(contact_id=john.pk).failed_now)

        assert "unread_reply" in codes()
        assert [each.reason for each in reach_of([john])[john.pk].pauses] == ["negative or doubtful"]
        replying.end_pauses_of_replies(the_reply(office).address_id, by=bob)
        assert "unread_reply" not in codes()


def test_a_wrong_number_that_was_none_is_read_again_and_ends(office: Office, jane: Any) -> None:
    office.texts("you have the wrong number")
    read = the_reply(office)
    path = f"/c/{office.client.slug}/inbox/{read.pk}/"
    browser = people.sign_in(Browser(), people.bob(office.client))
    assert "No wrong number" in browser.get(path).content.decode()
    desk = people.sign_in(Browser(), people.fred(office.client))
    assert desk.post(f"{path}resolve/", {"decision": "misread"}).status_code == 403
    assert browser.post(f"{path}resolve/", {"decision": "misread"}).status_code == 302
    assert suppressions(office) == []
    mark = UnsafeMark.objects.get()
    assert (mark.ended_at is not None, mark.lifted_by_reply) == (True, read.pk)
    with acting_for(office.client.pk):
        assert not Pause.objects.in_force(db_now()).exists()
        assert (Suppression.objects.get().lifted_by_reply, the_reply(office).rule) == (
            read.pk,
            "read again: no wrong number",
        )
        assert AuditEvent.objects.filter(verb="reply.misread").count() == 1


@pytest.mark.parametrize("who", ["a member", "the API", "another client"])
def test_a_wrong_number_that_somebody_else_says_too_stays(
    office: Office, rival: Office, jane: Any, who: str
) -> None:
    office.texts("wrong number")
    read = the_reply(office)
    if who == "another client":
        rival.texts("wrong number")
    with acting_for(office.client.pk):
        if who == "a member":
            suppress(office.client.pk, read.address_id, "sms", "wrong_number", by=people.fred(office.client))
        if who == "the API":
            suppress_many(office.client.pk, [Wish(read.address_id, "sms", "wrong_number")])
    browser = people.sign_in(Browser(), people.bob(office.client))
    browser.post(f"/c/{office.client.slug}/inbox/{read.pk}/resolve/", {"decision": "misread"})
    assert UnsafeMark.objects.get().ended_at is None
    assert suppressions(office) == ([] if who == "another client" else [("sms", "wrong_number")])


def test_nobody_ends_a_mark_by_hand(office: Office, jane: Any) -> None:
    office.texts("wrong number")
    read = the_reply(office)
    for change in (
        {"ended_at": db_now()},
        {"ended_at": db_now(), "lifted_by_reply": read.pk},
        {"reason": "role"},
    ):
        with acting_for(office.client.pk), pytest.raises(IntegrityError), transaction.atomic():
            UnsafeMark.objects.update(**change)
        with acting_for(office.client.pk), pytest.raises(IntegrityError), transaction.atomic():
            lifting.misread(office.client.pk, read.address_id, reply=read.pk)
