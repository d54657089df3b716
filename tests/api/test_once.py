"""A POST is done once however often it is sent, and what is refused tells nothing of anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from consent.models import Contact
from tenants.api import once
from tenants.clock import db_now
from tenants.models import ApiAnswer, Client
from tenants.scope import acting_for
from tenants.tasks import forget_answers
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db
JANE = {"external_id": "P-1", "first_name": "Jane", "phone": "+15742310001"}


@pytest.fixture
def caller() -> Caller:
    return Caller(people.clinic())


def test_a_repeat_does_nothing_and_is_answered_the_same(caller: Caller) -> None:
    first = caller.post("contacts/", JANE, key="one")
    again = caller.post("contacts/", JANE, key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replay"] == "true"
    assert caller.post("contacts/", JANE, key="two").json()["outcome"] == "merged"


def test_the_same_key_for_something_else_is_refused(caller: Caller) -> None:
    caller.post("contacts/", JANE, key="one")
    assert caller.post("contacts/", JANE | {"first_name": "Joan"}, key="one").status_code == 422
    assert caller.post("suppressions/", JANE, key="one").status_code == 422


def test_a_post_without_a_key_is_refused_and_does_nothing(caller: Caller) -> None:
    answer = caller.browser.post(
        "/api/v1/contacts/", JANE, "application/json", headers={"authorization": f"Bearer {caller.secret}"}
    )
    assert (answer.status_code, answer.json()["title"]) == (400, "Idempotency-Key is missing")
    assert caller.post("contacts/", JANE, key="x" * 256).status_code == 400
    with acting_for(caller.token.client_id):
        assert not Contact.objects.exists()


def test_a_refused_request_can_be_put_right_under_its_key(caller: Caller) -> None:
    assert caller.post("contacts/", {"phone": "12"}, key="one").status_code == 422
    assert caller.post("contacts/", JANE, key="one").status_code == 201


def test_two_keys_of_one_client_do_not_share_answers(caller: Caller) -> None:
    caller.post("contacts/", JANE, key="one")
    other = Caller(caller.token.client)
    assert other.post("contacts/", JANE, key="one").json()["outcome"] == "merged"


def test_the_kept_answer_is_encrypted_and_forgotten(caller: Caller) -> None:
    caller.post("contacts/", JANE, key="one")
    with acting_for(caller.token.client_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT body, key_hash FROM tenants_apianswer")
            assert "Jane" not in str(cursor.fetchone())
        assert forget_answers() == 0
        ApiAnswer.objects.update(made_at=db_now() - once.KEPT - timedelta(minutes=1))
        assert forget_answers() == 1


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400), (b"\xff", 400), (b'{"a": NaN}', 400), (b"[" * 100_000, 400), (b"[]", 422), (b'"x"', 422), (b"null", 422),
        (b'{"jane@example.org": 1}', 422), (b'{"phone": {"a": 1}}', 422), (b'{"phone": "a\\u0000b"}', 422),
        (b'{"phone": "\\ud800"}', 422), (b'{"last_visit": "jane@example.org"}', 422),
    ],
)  # fmt: skip
def test_a_broken_body_is_refused_without_repeating_it(caller: Caller, body: bytes, status: int) -> None:
    headers = {"authorization": f"Bearer {caller.secret}", "idempotency-key": "k"}
    answer = caller.browser.post("/api/v1/contacts/", body, "application/json", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert "jane" not in answer.content.decode()


def test_other_kinds_of_body_are_refused(caller: Caller) -> None:
    headers = {"authorization": f"Bearer {caller.secret}", "idempotency-key": "k"}
    answer = caller.browser.post("/api/v1/contacts/", {"phone": "1"}, headers=headers)
    assert answer.status_code == 415


def test_a_body_too_large_is_refused(caller: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert caller.post("contacts/", JANE | {"last_name": "x" * 200}).status_code == 413


def test_two_writers_at_one_row_are_told_to_try_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import IntegrityError

    class Duplicate(Exception):
        pgcode = "23505"

    def collide(*_: Any) -> None:
        raise IntegrityError from Duplicate()

    monkeypatch.setattr("consent.api.contacts.take", collide)
    assert caller.post("contacts/", JANE).status_code == 409


def test_a_page_of_a_rival_is_not_hidden_by_a_clients_own_answer(caller: Caller) -> None:
    rival = Caller(people.rival_clinic())
    caller.post("contacts/", JANE, key="one")
    assert rival.post("contacts/", JANE, key="one").status_code == 201
    assert Client.objects.count() == 2


def test_an_answer_emptied_when_somebody_was_erased_is_gone_and_the_deed_not_repeated(caller: Caller) -> None:
    caller.post("contacts/", JANE, key="one")
    with acting_for(caller.token.client_id):
        once.empty(caller.token.client_id)
    assert caller.post("contacts/", JANE, key="one").status_code == 410
