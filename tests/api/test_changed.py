"""What came or changed since an instant: for a copy that is kept in step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.http import urlencode

from consent import lifting
from consent.models import ConsentRecord, Contact, ContactPoint, Suppression
from messaging.models import Inbound, Message
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people, walked
from tests.api.caller import Caller
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
LISTS = ("contacts", "consents", "suppressions", "messages", "replies")


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def ids(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One of each, all of them two days old."""
    old = db_now() - timedelta(days=2)

    def suppressed(client: int, address: int, channel: str, source: str) -> Suppression:
        return Suppression.objects.create(
            client_id=client, address_id=address, channel=channel, source=source, since=old
        )

    monkeypatch.setattr(walked, "suppress", suppressed)  # nobody dates an opt-out back afterwards
    made = objects_of(clinic)
    with acting_for(clinic.pk):
        Contact.objects.update(changed_at=old)
        ConsentRecord.objects.update(recorded_at=old)
        Message.objects.update(changed_at=old)
        Inbound.objects.update(received_at=old)
    return made


def lift(suppression: int) -> None:
    out = Suppression.objects.get(pk=suppression)
    someone = people.contact(out.client, email="gone@example.org")
    assert lifting.by_yes(people.consent(someone, channel="email", method="preferences")) == 1


def since(caller: Caller, which: str, hours: float = 1) -> list[int]:
    asked = urlencode({"changed_since": (db_now() - timedelta(hours=hours)).isoformat()})
    answer = caller.get(f"{which}/?{asked}")
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def test_what_is_older_is_left_out(clinic: Client, ids: dict[str, Any]) -> None:
    caller = Caller(clinic)
    assert [since(caller, each) for each in LISTS] == [[]] * 5
    assert [len(since(caller, each, hours=72)) for each in LISTS] == [2, 1, 1, 1, 1]


CHANGES: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "corrected": (
        "contacts",
        lambda ids: Contact.objects.filter(pk=ids["contact"]).update(changed_at=db_now()),
    ),
    "an address that ended": (
        "contacts",
        lambda ids: ContactPoint.objects.filter(pk=ids["point"]).update(ended_at=db_now()),
    ),
    "revoked": ("consents", lambda ids: ConsentRecord.objects.filter(pk=ids["consent"]).end(db_now())),
    "lifted": ("suppressions", lambda ids: lift(ids["suppression"])),
    "another status": (
        "messages",
        lambda ids: Message.objects.filter(pk=ids["message"]).update(status="held"),
    ),
    "delivered": (
        "messages",
        lambda ids: Message.objects.filter(pk=ids["message"]).update(delivery="delivered"),
    ),
    "handled": ("replies", lambda ids: Inbound.objects.filter(pk=ids["reply"]).update(handled_at=db_now())),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_found(change: str, clinic: Client, ids: dict[str, Any]) -> None:
    which, do = CHANGES[change]
    with acting_for(clinic.pk):
        do(ids)
    assert len(since(Caller(clinic), which)) == 1


def test_a_message_that_only_waits_longer_has_not_changed(clinic: Client, ids: dict[str, Any]) -> None:
    with acting_for(clinic.pk):
        Message.objects.update(due_at=db_now())
    assert since(Caller(clinic), "messages") == []


@pytest.mark.parametrize(
    "wrong", ["", "yesterday", "2026-03-02", "2026-03-02T14:05:00", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z",
              "1", "２０２６-03-02T14:05:00Z"],
)  # fmt: skip
def test_an_instant_without_its_zone_is_none(wrong: str, clinic: Client) -> None:
    answer = Caller(clinic).get(f"messages/?{urlencode({'changed_since': wrong})}")
    assert answer.status_code == 422
    assert "changed_since" in str(answer.json()["errors"])


def test_a_plus_sign_that_was_not_escaped_is_understood(clinic: Client) -> None:
    assert Caller(clinic).get("messages/?changed_since=2026-03-02T14:05:00+05:30").status_code == 200


def test_the_rivals_changes_are_the_rivals(clinic: Client, ids: dict[str, Any]) -> None:
    rival = Caller(people.rival_clinic())
    assert [since(rival, each, hours=72) for each in LISTS] == [[]] * 5
