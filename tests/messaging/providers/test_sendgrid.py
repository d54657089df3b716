"""Mails through SendGrid: many people in one request, each reading exactly their own words."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendgrid import SendGridAPIClient

from messaging.providers.base import Outcome, Outgoing, Receipt
from messaging.providers.sendgrid.personalizing import LARGEST, groups, shared
from messaging.providers.sendgrid.provider import SendGrid, mail_of
from tests.messaging.providers.line import Act, answer, head_and_body, line, reset
from tests.messaging.providers.messages import account, mail

TAKEN = answer(202, "", X_Message_Id="msgid-14_x")


@pytest.fixture
def sendgrid(settings: Any) -> Iterator[Any]:
    opened = []

    def made(*acts: Act) -> SendGrid:
        context = line(*acts)
        server = context.__enter__()
        opened.append(context)
        settings.SENDGRID_BASE_URL = server.base
        provider = SendGrid(account("sendgrid", api_key="SG.key"))
        provider.server = server  # type: ignore[attr-defined]
        return provider

    yield made
    for context in opened:
        context.__exit__(None, None, None)


def people(count: int) -> list[Outgoing]:
    return [
        mail(
            to=f"p{n}@example.org",
            subject=f"Hello {n}",
            text=f"Hi Jane{n},\nsee https://x.example/u/{n}",
            html=f"<p>Hi Jane{n},</p><a href='https://x.example/u/{n}'>out</a>",
            unsubscribe_url=f"https://x.example/u/{n}",
        )
        for n in range(count)
    ]


def filled(content: str, substitutions: dict[str, str]) -> str:
    for tag, words in substitutions.items():
        content = content.replace(tag, words)
    return content


def read_back(body: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(to, subject, text, html) as SendGrid would deliver them."""
    texts = {part["type"]: part["value"] for part in body["content"]}
    return [
        (
            person["to"][0]["email"],
            person["subject"],
            filled(texts["text/plain"], person.get("substitutions", {})),
            filled(texts.get("text/html", ""), person.get("substitutions", {})),
        )
        for person in body["personalizations"]
    ]


def as_meant(batch: Sequence[Outgoing]) -> list[tuple[str, str, str, str]]:
    return [(each.to, each.subject, each.text, each.html) for each in batch]


def test_a_thousand_people_go_in_one_request_and_each_reads_their_own_words(sendgrid: Any) -> None:
    provider, batch = sendgrid(TAKEN), people(1000)
    receipts = provider.send(batch)
    assert receipts == [
        Receipt(each.attempt_id, Outcome.ACCEPTED, f"msgid-14_x.{each.attempt_id}") for each in batch
    ]
    (request,) = provider.server.requests
    first, headers, raw = head_and_body(request)
    body = json.loads(raw)
    assert first == "POST /v3/mail/send HTTP/1.1"
    assert headers["authorization"] == "Bearer SG.key"
    assert read_back(body) == as_meant(batch)
    assert len(raw) < 1000 * 700  # what all share is there once


def test_a_person_is_a_personalization_with_the_attempt_and_a_way_out(sendgrid: Any) -> None:
    (message,) = people(1)
    (person,) = mail_of([message], "t")["personalizations"]
    assert person["custom_args"] == {"attempt": str(message.attempt_id)}
    assert person["to"] == [{"email": message.to}]
    assert person["headers"] == {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_nothing_is_tracked_categorised_or_bypassed() -> None:
    body = mail_of(people(2), "t")
    assert {name: setting["enable"] for name, setting in body["tracking_settings"].items()} == {
        "click_tracking": False, "open_tracking": False, "subscription_tracking": False, "ganalytics": False,
    }  # fmt: skip
    assert set(body) == {"from", "personalizations", "content", "tracking_settings"}


def test_the_bytes_are_those_the_sdk_itself_would_send(
    sendgrid: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, batch = sendgrid(TAKEN), people(3)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=7))
    provider.send(batch)
    SendGridAPIClient("SG.key", host=provider.server.base).send(mail_of(batch, uuid.UUID(int=7).hex[:16]))
    ours, theirs = (head_and_body(each) for each in provider.server.requests)
    assert theirs[1].pop("connection") == "close"  # the SDK keeps none; we do
    assert ours == theirs


@given(st.lists(st.text(st.sampled_from("ab>\n<-%x0é{}"), max_size=40), min_size=1, max_size=6))
def test_what_is_shared_and_what_differs_make_the_same_words_again(texts: list[str]) -> None:
    made = shared(texts, "0123456789abcdef")
    assert [filled(made.content, own) for own in made.substitutions] == texts


def test_only_what_differs_is_substituted() -> None:
    made = shared(["<p>Hi Ann, it is time</p><p>same</p>", "<p>Hi Bo, it is time</p><p>same</p>"], "T")
    assert made.content == "<p>Hi -Tx1-, it is time</p><p>same</p>"
    assert [list(own.values()) for own in made.substitutions] == [["Ann"], ["Bo"]]


def test_each_sender_and_each_shape_is_a_request_of_its_own() -> None:
    ours, theirs = people(3), [mail(sender_address="other@bright.example") for _ in range(2)]
    assert [len(group) for group in groups([ours[0], theirs[0], ours[1], theirs[1], ours[2]])] == [3, 2]
    assert [len(group) for group in groups(people(2500))] == [1000, 1000, 500]


def test_words_too_long_for_substitutions_go_alone(sendgrid: Any) -> None:
    long = [mail(text=f"{letter * (LARGEST + 1)}\n", html="<p>x</p>") for letter in "ab"]
    provider = sendgrid(TAKEN)
    assert {receipt.outcome for receipt in provider.send([*long, *people(2)])} == {Outcome.ACCEPTED}
    bodies = [json.loads(head_and_body(each)[2]) for each in provider.server.requests]
    assert sorted(len(body["personalizations"]) for body in bodies) == [1, 1, 2]
    assert {words for body in bodies for words in read_back(body)} == set(as_meant([*long, *people(2)]))


def errors(*fields: str) -> str:
    return json.dumps({"errors": [{"message": "no", "field": field} for field in fields]})


@pytest.mark.parametrize(
    "act, outcome, code, pause",
    [
        (answer(400, errors("subject")), Outcome.REFUSED, "http_400", False),
        (answer(413, errors("")), Outcome.REFUSED, "http_413", False),
        (answer(401, errors("")), Outcome.NOT_SENT, "http_401", True),
        (answer(403, "<html>"), Outcome.NOT_SENT, "http_403", True),
        (answer(404, errors("")), Outcome.NOT_SENT, "http_404", True),
        (answer(404, "a proxy"), Outcome.UNKNOWN, "http_404", False),
        (answer(429, errors(""), Retry_After="3"), Outcome.NOT_SENT, "http_429", False),
        (answer(500, errors("")), Outcome.UNKNOWN, "http_500", False),
        (answer(202, ""), Outcome.UNKNOWN, "http_202", False),
        (answer(200, "", X_Message_Id="x"), Outcome.UNKNOWN, "http_200", False),
        (answer(307, "", Location="/x"), Outcome.UNKNOWN, "http_307", False),
        (reset, Outcome.UNKNOWN, "broken", False),
    ],
)
def test_only_what_is_certain_is_said(
    sendgrid: Any, act: Act, outcome: Outcome, code: str, pause: bool
) -> None:
    receipts = sendgrid(act).send(people(2))
    assert {(r.outcome, r.code, r.pause_sender, r.provider_id) for r in receipts} == {
        (outcome, code, pause, "")
    }


def test_one_bad_address_refuses_its_person_and_sends_nothing_to_the_others(sendgrid: Any) -> None:
    receipts = sendgrid(answer(400, errors("personalizations.0.to.0.email"))).send(people(3))
    assert [r.outcome for r in receipts] == [Outcome.REFUSED, Outcome.NOT_SENT, Outcome.NOT_SENT]


def test_nothing_leaves_after_its_moment(sendgrid: Any) -> None:
    provider = sendgrid(TAKEN)
    receipts = provider.send(people(2), begin_by=time.monotonic() - 0.001)
    assert {(r.outcome, r.code) for r in receipts} == {(Outcome.NOT_SENT, "late")}
    assert provider.server.requests == []


def test_a_dead_provider_sent_nothing(settings: Any) -> None:
    settings.SENDGRID_BASE_URL = "http://127.0.0.1:1"
    assert {r.outcome for r in SendGrid(account("sendgrid", api_key="SG.key")).send(people(2))} == {
        Outcome.NOT_SENT
    }
