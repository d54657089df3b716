"""The people of a campaign by what became of their message, as a list and as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client as Browser

from consent.models import Suppression
from consent.suppressing import suppress
from messaging.models import Message, Status
from messaging.models.message import Delivery
from messaging.providers.base import Outcome
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address, claimed, handed, queries_of, reply
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def shown(browser: Browser, page: str, **query: Any) -> list[int]:
    return [row.pk for row in browser.get(page, query).context["page"].rows]


def test_the_list_is_what_the_numbers_count(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=4)
    with acting_for(clinic.pk):
        last = Message.objects.filter(channel="sms").order_by("pk")[3]
        suppress(clinic.pk, last.address_id, "sms", Suppression.Source.KEYWORD)
    handed(clinic, Outcome.ACCEPTED, Outcome.REFUSED)
    claimed(clinic)
    people.sign_in(client, people.alice())
    page = address("live_people", clinic, made)
    assert len(shown(client, page)) == 8
    for status in (Status.ACCEPTED, Status.REFUSED, Status.HANDING, Status.HELD):
        assert len(shown(client, page, state=status)) == 1
    assert shown(client, page, code="opted_out") == [last.pk]
    assert len(shown(client, page, step="2")) == 4
    assert len(shown(client, page, step="2", state="queued")) == 4
    for nonsense in (
        {"step": "x"},
        {"state": "nothing"},
        {"code": "no such"},
        {"step": "99999999999999999999"},
        {"after": "~x"},
    ):
        assert client.get(page, nonsense).status_code == 200


def test_what_people_did_afterwards_can_be_asked_for(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=3)
    first, second, third = handed(clinic)
    with acting_for(clinic.pk):
        message = Message.objects.get(pk=first)
        suppress(clinic.pk, message.address_id, "sms", Suppression.Source.KEYWORD)
        reply(Message.objects.get(pk=second), "SM1")
        Message.objects.filter(pk=third).update(delivery=Delivery.DELIVERED)
    people.sign_in(client, people.alice())
    page = address("live_people", clinic, made)
    assert (shown(client, page, state="opted_out"), shown(client, page, state="replied")) == (
        [first],
        [second],
    )
    assert shown(client, page, state="delivered") == [third]


def test_opted_out_people_stand_out_with_the_dated_sentence(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    ident, _ = handed(clinic)
    with acting_for(clinic.pk):
        suppress(clinic.pk, Message.objects.get(pk=ident).address_id, "sms", Suppression.Source.KEYWORD)
    people.sign_in(client, people.alice())
    text = client.get(address("live_people", clinic, made)).content.decode()
    assert text.count('class="opted-out"') == 1
    assert "replied with a stop word" in text.lower()


def test_the_list_goes_on_page_by_page_without_doubles(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants import keyset

    monkeypatch.setattr(keyset.page_of, "__kwdefaults__", {"by": "-id", "size": 2})
    clinic = people.clinic()
    made = launched(clinic, texts=5)
    people.sign_in(client, people.alice())
    page, seen, after = address("live_people", clinic, made), [], ""
    for _ in range(3):
        answer = client.get(page, {"after": after})
        seen += [row.pk for row in answer.context["page"].rows]
        after = answer.context["page"].next
    assert (len(seen), len(set(seen)), after) == (5, 5, "")


def test_the_list_asks_as_often_for_many_as_for_few(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=2)
    page = address("live_people", clinic, made)
    people.sign_in(client, people.alice())
    few = queries_of(client, page)
    with acting_for(clinic.pk):
        for _ in range(20):
            people.consent(people.contact(clinic, phone=people.a_phone()))
        from campaigns.models import Launch

        Launch.objects.update(planned_at=None, progress={})
    from messaging.outbox import finish_planning

    finish_planning()
    assert len(shown(client, page)) == 22
    assert queries_of(client, page) == few


@pytest.mark.django_db(transaction=True)
def test_the_file_holds_everyone_and_no_formula_and_is_on_record(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.people_pages.CHUNK", 2)
    clinic = people.clinic()
    made = launched(clinic, texts=4)
    with acting_for(clinic.pk):
        person = Message.objects.order_by("pk")[0].contact
        person.last_name, person.external_id = "=HYPERLINK(1)", "+1"
        person.save()
    people.sign_in(client, people.alice())
    answer = client.post(address("live_people_file", clinic, made) + "?state=queued")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4
    assert rows[0]["Last name"] == "'=HYPERLINK(1)"
    assert rows[0]["Id in the practice's system"] == "'+1"
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="campaign.people_exported").detail == {
            "rows": 4,
            "step": "",
            "state": "queued",
            "code": "",
        }


def test_the_front_desk_sees_the_list_but_takes_no_file(client: Browser) -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    people.sign_in(client, people.fred(clinic))
    assert client.get(address("live_people", clinic, made)).status_code == 200
    assert client.post(address("live_people_file", clinic, made)).status_code == 403


def test_a_stranger_sees_nobody(client: Browser) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    made = launched(clinic, texts=1)
    people.sign_in(client, people.charlie())
    for of in (clinic, rival):
        assert client.get(address("live_people", of, made)).status_code == 404
        assert client.post(address("live_people_file", of, made)).status_code == 404
