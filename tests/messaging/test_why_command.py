"""The same answers at the terminal: manage.py why, manage.py gate."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.preview import tallies
from consent.models import Suppression
from consent.suppressing import suppress
from messaging.models import Message
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed, handed
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def told(*words: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_why_tells_each_check_with_the_rows_that_decided_it() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    (ident,) = handed(clinic)
    text = told("why", str(ident))
    assert f"Message {ident}, step 1 (sms): Handed over" in text
    assert "clear   no_consent" in text.replace("  clear", "clear")
    (answer,) = json.loads(told("why", str(ident), "--json"))
    assert answer["status"] == "accepted"
    assert not any(check["refuses"] for check in answer["checks"])
    with acting_for(clinic.pk):
        evidence = Message.objects.get().evidence
    assert all(check["ids"] == evidence.get(check["code"], []) for check in answer["checks"])
    assert [check["ids"] for check in answer["checks"] if check["code"] == "not_approved"] != [[]]


def test_why_tells_the_refusal_of_a_person_who_opted_out() -> None:
    clinic = people.clinic()
    launched(clinic, texts=1)
    with acting_for(clinic.pk):
        message = Message.objects.get()
        out = suppress(clinic.pk, message.address_id, "sms", Suppression.Source.KEYWORD)
    claimed(clinic)
    (answer,) = json.loads(told("why", f"contact:{message.contact_id}", "--json"))
    refusing = [check for check in answer["checks"] if check["refuses"]]
    assert [(check["code"], check["ids"]) for check in refusing] == [("opted_out", [str(out.pk)])]
    assert "refuses opted_out" in " ".join(told("why", f"message:{message.pk}").split())


def test_why_says_nothing_was_planned_and_refuses_what_it_cannot_read() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        person = people.contact(clinic)
    assert told("why", f"contact:{person.pk}") == "No message was ever planned for this person.\n"
    for wrong in ("nonsense", "planet:1", "contact:x"):
        with pytest.raises(CommandError, match="Say a message's id"):
            told("why", wrong)
    with pytest.raises(CommandError, match="There is no message 0"):
        told("why", "0")
    with pytest.raises(CommandError, match="There is no contact 0"):
        told("why", "contact:0")


def test_gate_tells_the_tally_that_the_pages_show() -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, MAIL, texts=2)
    with acting_for(clinic.pk):
        people.contact(clinic, phone=people.a_phone())
        expected = [answer.as_json() for _, answer in tallies(made, db_now())]
    answer = json.loads(told("gate", str(made.pk), "--json"))
    assert [
        {name: value for name, value in step.items() if name != "channel"}
        for step in answer["steps"].values()
    ] == expected
    text = told("gate", str(made.pk))
    assert "Step 1 (Text message): 3 addresses · 2 clear · 1 waiting · 0 held" in text
    assert "no_consent" in text


def test_gate_says_when_there_is_no_such_campaign() -> None:
    with pytest.raises(CommandError, match="There is no campaign 0"):
        told("gate", "0")
