"""Appointments told by another system: known again, changed, refused with a sentence, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Booking
from consent.models import Contact
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, external_id="P-1", phone="+15742310611", email="jane@example.org")


def given(**values: Any) -> dict[str, Any]:
    at = db_now()
    times = {
        "booked_at": (at - timedelta(hours=1)).isoformat(),
        "for_at": (at + timedelta(days=7)).isoformat(),
    }
    return {"external_id": "P-1", "number": "A-1"} | times | values


def test_an_appointment_is_taken_known_again_and_changed(clinic: Client, jane: Contact) -> None:
    caller, body = Caller(clinic), given(cents=12_000, for_at=(db_now() + timedelta(minutes=9)).isoformat())
    made = caller.post("bookings/", body)
    assert (made.status_code, made.json()["outcome"]) == (201, "taken")
    assert made.json()["booking"]["contact"] == jane.pk
    again = caller.post("bookings/", body)
    assert (again.status_code, again.json()["outcome"]) == (200, "known")
    kept = caller.post("bookings/", body | {"status": "kept"})
    assert (kept.json()["outcome"], kept.json()["booking"]["status"]) == ("changed", "kept")
    assert [each["status"] for each in caller.get("bookings/?contact=" + str(jane.pk)).json()["results"]] == [
        "kept"
    ]
    assert caller.get("bookings/?status=cancelled").json()["results"] == []
    with acting_for(clinic.pk):
        assert Booking.objects.count() == 2
        assert AuditEvent.objects.filter(verb="booking.told_by_api").count() == 3


@pytest.mark.parametrize(
    "change, field, says",
    [
        ({"currency": "EUR"}, "currency", "Only USD is taken."),
        ({"cents": -1}, "cents", "greater than or equal to 0"),
        ({"cents": 10**9}, "cents", "less than or equal"),
        ({"status": "perhaps"}, "status", "One of booked, kept, cancelled, no_show."),
        ({"booked_at": "2026-03-02T14:05:00"}, "booked_at", "Say the zone too"),
        ({"procedure": "Crown"}, "procedure", "There is no such field."),
        ({"external_id": "P-9"}, "", "Nobody of this client has"),
        ({"external_id": "", "phone": "12"}, "", "Nobody is named"),
        ({"booked_at": "2099-01-01T00:00:00Z"}, "", "booked in the future"),
        ({"for_at": "2099-01-01T00:00:00Z"}, "", "more than three years ahead"),
        ({"booked_at": "2019-01-01T00:00:00Z", "for_at": "2019-02-01T00:00:00Z"}, "", "no campaign needs it"),
        ({"booked_at": "0001-01-01T00:00:00+14:00"}, "", "before 1900"),
        ({"for_at": "0001-01-01T00:00:00Z"}, "", "before 1900"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(
    clinic: Client,
    jane: Contact,
    change: dict[str, Any],
    field: str,
    says: str,  # noqa: ARG001
) -> None:
    answer = Caller(clinic).post("bookings/", given(**change))
    told = answer.json()
    assert answer.status_code == 422
    words = (
        {each["field"]: each["detail"] for each in told.get("errors", [])} if field else {"": told["detail"]}
    )
    assert says in words[field]
    with acting_for(clinic.pk):
        assert not Booking.objects.exists()


def test_many_are_answered_one_by_one(
    clinic: Client, jane: Contact, django_assert_max_num_queries: Any
) -> None:
    caller = Caller(clinic)
    rows = [given(number=f"A-{number}", phone="574 231 0611", external_id="") for number in range(200)]
    rows += [
        given(cents=-5),
        given(number="A-3"),
        given(number="B-1", contact=jane.pk, external_id="", location="Nowhere"),
    ]
    with django_assert_max_num_queries(30):
        results = caller.post("bookings/bulk/", {"rows": rows}).json()["results"]
    assert [each["outcome"] for each in results[:200]] == ["taken"] * 200
    assert [each["outcome"] for each in results[200:]] == ["refused", "refused", "taken"]
    assert "same appointment" in results[201]["remarks"][0]
    assert results[202]["remarks"] == ["Its location is not known here and was left out."]


def test_of_a_covered_client_nothing_is_taken_without_an_agreement() -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    assert Caller(clinic).post("bookings/", given()).status_code == 403


def test_a_key_without_the_scope_and_a_rivals_key_reach_nothing(clinic: Client, jane: Contact) -> None:
    assert Caller(clinic, "contacts:read").post("bookings/", given()).status_code == 403
    assert Caller(clinic, "bookings:write").get("bookings/").status_code == 403
    rival = Caller(people.rival_clinic())
    assert rival.post("bookings/", given(external_id="", contact=jane.pk)).status_code == 422
    assert rival.post("bookings/", given(external_id="", phone="574 231 0611")).status_code == 422
    Caller(clinic).post("bookings/", given())
    assert rival.get("bookings/").json()["results"] == []
