"""A booking system tells of appointments: signed, fresh, done once; anybody else is refused with a sentence."""

from __future__ import annotations

import itertools
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from campaigns.api import booking_hook as door
from campaigns.bookings import hooks
from campaigns.models import Booking, BookingDelivery, BookingHook
from campaigns.tasks import forget_deliveries
from consent.models import Contact
from tenants import step_up
from tenants.api import limits
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tenants.webhook_signing import headers, new_secret
from tests import people

pytestmark = pytest.mark.django_db
PAGE = "/c/bright-smiles/bookings/systems/"
_uids = itertools.count(1)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, external_id="P-1", phone="+15742310611", email="jane@example.org")


class System:
    """A booking system of a client, with the secret it was given."""

    def __init__(self, of: Client) -> None:
        with acting_for(of.pk):
            self.hook, self.secret = hooks.make(of, "Booking software", by=people.user("Olive"))

    def tells(self, *rows: Any, uid: str = "", **how: Any) -> Any:
        return self.posts(json.dumps(rows[0] if len(rows) == 1 else {"rows": rows}).encode(), uid, **how)

    def posts(self, body: bytes, uid: str = "", *, secret: str = "", late: int = 0, sent: bytes = b"") -> Any:
        signed = headers(secret or self.secret, uid or f"msg_{next(_uids)}", int(time.time()) - late, body)
        return Browser(raise_request_exception=False).post(
            f"/hooks/bookings/{self.hook.public_id}", sent or body, "application/json", headers=signed
        )


def appointment(**values: Any) -> dict[str, Any]:
    at = db_now()
    made = {
        "booked_at": (at - timedelta(hours=1)).isoformat(),
        "for_at": (at + timedelta(days=7)).isoformat(),
    }
    return {"external_id": "P-1", "number": "A-1", "cents": 12_000} | made | values


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["outcome"] for each in answer.json()["results"]]


def kept(of: Client) -> int:
    with acting_for(of.pk):
        return int(Booking.objects.count())


def test_an_appointment_is_taken_changed_and_put_on_record(clinic: Client, jane: Contact) -> None:
    system, one = System(clinic), appointment()
    soon = (db_now() + timedelta(minutes=9)).isoformat()
    assert outcomes(system.tells(one)) == ["taken"]
    assert outcomes(system.tells(one, one | {"number": "A-2", "status": "kept", "for_at": soon})) == [
        "known",
        "taken",
    ]
    assert outcomes(system.tells(one | {"status": "cancelled"})) == ["changed"]
    with acting_for(clinic.pk):
        there = Booking.objects.filter(ended_at=None, contact=jane).order_by("number")
        assert list(there.values_list("status", "cents")) == [("cancelled", 12_000), ("kept", 12_000)]
        assert AuditEvent.objects.filter(verb="bookings.told_by_hook").count() == 3


def test_a_repeat_is_answered_the_same_and_done_once(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    system, told = System(clinic), appointment()
    first, again = system.tells(told, uid="msg_a"), system.tells(told, uid="msg_a")
    assert (again.status_code, again.json(), again["Idempotent-Replay"]) == (200, first.json(), "true")
    other = system.tells(appointment(number="A-9"), uid="msg_a")
    assert (other.status_code, other.json()["title"]) == (422, "This webhook-id was used for another request")
    assert kept(clinic) == 1


def test_what_was_refused_may_be_corrected_under_its_id(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    system = System(clinic)
    assert system.tells(appointment(currency="EUR"), uid="msg_b").status_code == 422
    assert outcomes(system.tells(appointment(), uid="msg_b")) == ["taken"]


@pytest.mark.parametrize(
    "how, says",
    [
        ({"secret": new_secret()}, door.WRONG),
        ({"sent": b'{"rows": []}'}, door.WRONG),
        ({"late": 301}, door.STALE),
        ({"late": -301}, door.STALE),
        ({"uid": "a b"}, door.UNSIGNED),
    ],
)
def test_what_is_forged_altered_or_old_is_refused_and_leaves_nothing(
    clinic: Client,
    jane: Contact,
    how: dict[str, Any],
    says: str,  # noqa: ARG001
) -> None:
    system = System(clinic)
    answer = system.posts(json.dumps(appointment()).encode(), **how)
    assert (answer.status_code, answer.json()["detail"]) == (401, says)
    assert answer["Content-Type"] == "application/problem+json"
    with acting_for(clinic.pk):
        assert not BookingDelivery.objects.exists()
    assert BookingHook.objects.get().refused_at is not None
    assert kept(clinic) == 0


def test_an_unsigned_request_and_an_unknown_address_are_refused(clinic: Client) -> None:
    system = System(clinic)
    path = f"/hooks/bookings/{system.hook.public_id}"
    assert Browser().post(path, b"{}", "application/json").status_code == 401
    assert Browser().post(f"{path}0", b"{}", "application/json").status_code == 404
    assert Browser().get(path).status_code == 405


def test_a_new_secret_leaves_the_former_a_day_or_none(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    system, one = System(clinic), appointment()
    former = system.secret
    with acting_for(clinic.pk):
        system.secret = hooks.renew(system.hook, at_once=False)
    assert outcomes(system.tells(one, secret=former)) == ["taken"]
    assert outcomes(system.tells(one)) == ["known"]
    with acting_for(clinic.pk):
        newest = hooks.renew(system.hook, at_once=True)
    assert {system.tells(one, secret=each).status_code for each in (former, system.secret)} == {401}
    assert outcomes(system.tells(one, secret=newest)) == ["known"]


@pytest.mark.parametrize(
    "change, says",
    [
        ({"currency": "EUR"}, "currency: Only USD is taken."),
        ({"cents": -1}, "cents: "),
        ({"procedure": "Crown"}, "procedure: There is no such field."),
        ({"booked_at": "2026-03-02T14:05:00"}, "booked_at: Say the zone too"),
    ],
)
def test_what_cannot_be_read_is_said_to_the_system_and_on_the_page(
    clinic: Client,
    jane: Contact,
    change: dict[str, Any],
    says: str,  # noqa: ARG001
) -> None:
    system = System(clinic)
    assert system.tells(appointment(**change)).status_code == 422
    page = people.sign_in(Browser(), people.olive()).get(f"{PAGE}{system.hook.pk}/").content.decode()
    assert says in page
    assert "Crown" not in page
    assert kept(clinic) == 0


def test_who_is_unknown_is_told_and_not_asked_for_again_and_again(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    old = {"booked_at": "2019-01-01T00:00:00Z", "for_at": "2019-02-01T00:00:00Z"}
    older = {"booked_at": "0001-01-01T00:00:00+14:00"}
    rows = (appointment(external_id="P-9"), appointment(**old), appointment(cents=-5), appointment(**older))
    answer = System(clinic).tells(*rows)
    assert outcomes(answer) == ["refused"] * 4
    told = [each["remarks"][0] for each in answer.json()["results"]]
    assert [
        words in each
        for words, each in zip(
            ("Nobody of this client", "no campaign needs it", "cents: ", "before 1900"), told, strict=True
        )
    ] == [True] * 4


@pytest.mark.parametrize(
    "body, status", [(b"{", 400), (b"\xff", 400), (b"[]", 422), (b'{"rows": 3}', 422), (b"[" * 9000, 400)]
)
def test_what_is_no_json_of_ours_is_refused(clinic: Client, body: bytes, status: int) -> None:
    assert System(clinic).posts(body).status_code == status


def test_too_large_and_too_much_are_put_off(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(clinic)
    monkeypatch.setattr(door, "LARGEST", 100)
    assert system.posts(b" " * 101).status_code == 413
    monkeypatch.setattr(limits, "A_MINUTE", 0)
    answer = system.posts(b"{}")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_of_a_covered_client_nothing_is_taken_without_an_agreement() -> None:
    answer = System(people.clinic(covered=Client.Covered.COVERED)).tells(appointment())
    assert (answer.status_code, "agreement" in answer.json()["detail"]) == (403, True)


def test_the_owner_adds_a_system_renews_its_secret_and_ends_it(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: True)
    browser = people.sign_in(Browser(), people.olive())
    shown = browser.post(PAGE, {"name": "Calendar"}).content.decode()
    made = BookingHook.objects.get()
    with acting_for(clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM campaigns_bookinghooksecret")
        stored = cursor.fetchone()[0]
    assert shown.count("whsec_") == 2
    assert f"/hooks/bookings/{made.public_id}" in shown
    assert (
        "whsec_"
        not in stored + browser.get(PAGE).content.decode() + browser.get(f"{PAGE}{made.pk}/").content.decode()
    )
    assert "24 more hours" in browser.post(f"{PAGE}{made.pk}/secret/").content.decode()
    assert "has ended" in browser.post(f"{PAGE}{made.pk}/secret/", {"at_once": "on"}).content.decode()
    browser.post(f"{PAGE}{made.pk}/end/")
    assert browser.get(f"{PAGE}{made.pk}/").status_code == 404
    assert Browser().post(f"/hooks/bookings/{made.public_id}", b"{}", "application/json").status_code == 404


def test_only_the_owner_changes_systems_and_a_stranger_meets_none(clinic: Client) -> None:
    system = System(clinic)
    for who in (people.alice(), people.member("Bob", Role.APPROVER, client=clinic)):
        browser = people.sign_in(Browser(), who)
        assert browser.get(f"{PAGE}{system.hook.pk}/").status_code == 200
        assert {
            browser.post(each, {"name": "X"}).status_code
            for each in (PAGE, f"{PAGE}{system.hook.pk}/end/", f"{PAGE}{system.hook.pk}/secret/")
        } == {403}
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(f"{PAGE}{system.hook.pk}/").status_code == 404


def test_a_rivals_secret_opens_nothing_here_and_reaches_nobody_of_ours(clinic: Client, jane: Contact) -> None:
    ours, theirs = System(clinic), System(people.rival_clinic())
    assert ours.tells(appointment(), secret=theirs.secret).status_code == 401
    assert (
        outcomes(theirs.tells(appointment(external_id="", contact=jane.pk), appointment())) == ["refused"] * 2
    )
    assert kept(clinic) == 0


def test_what_was_told_is_forgotten_after_a_month(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    system = System(clinic)
    system.tells(appointment())
    assert forget_deliveries() == 0
    with acting_for(clinic.pk):
        BookingDelivery.objects.update(at=db_now() - timedelta(days=31))
    assert forget_deliveries() == 1
    assert kept(clinic) == 1
