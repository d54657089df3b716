"""The API's door: nasty words come back as they were, and what is no field, value or row is refused with its name."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from consent.models import Contact, Suppression
from tenants.csv_export import safe_cell
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller
from tests.hostile import strings
from tests.hostile.test_fields import NO_ADDRESSES
from tests.hostile.test_files import CELLS

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def caller(clinic: Client) -> Caller:
    return Caller(clinic)


def test_nasty_names_come_back_as_they_were_sent(caller: Caller, clinic: Client) -> None:
    rows = [
        {"external_id": f"P-{n}", "first_name": name, "phone": f"+1574231{n:04}"}
        for n, name in enumerate(CELLS, 1)
    ]
    assert caller.post("contacts/bulk/", {"rows": rows}).status_code == 200
    told = caller.get("contacts/?limit=200").json()["results"]
    assert {each["external_id"]: each["first_name"] for each in told} == {
        row["external_id"]: row["first_name"] for row in rows
    }
    with acting_for(clinic.pk):
        assert all(safe_cell(each.first_name) for each in Contact.objects.all())


def test_fields_that_are_ours_are_refused_by_name(caller: Caller, clinic: Client) -> None:
    for field in (
        "tenant",
        "client",
        "client_id",
        "id",
        "approved_by",
        "state_of",
        "is_staff",
        "role",
        "fence",
        "household",
        "window_key",
    ):
        answer = caller.post("contacts/", {"phone": "574-231-0001", field: 1})
        assert answer.status_code == 422, field
        assert answer.json()["errors"] == [{"field": field, "detail": "There is no such field."}]
    with acting_for(clinic.pk):
        assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "value", [["x"], {"$gt": ""}, {"x": ["y"]}, True, None, 7.5, 10**40, "x\x00y", "\ud800", "x" * 100_000]
)
def test_a_value_of_another_kind_is_refused_or_read_and_never_breaks(caller: Caller, value: Any) -> None:
    for field in ("first_name", "phone", "last_visit", "deceased", "segment", "external_id"):
        answer = caller.post("contacts/", {"email": "jane@example.org", field: value})
        assert answer.status_code in {200, 201, 400, 422}, (field, answer.content[:200])
        if isinstance(value, list | dict):
            assert answer.status_code == 422, field


def test_addresses_that_are_none_reach_nobody(caller: Caller, clinic: Client) -> None:
    for address in NO_ADDRESSES:
        assert caller.post("contacts/", {"email": address}).status_code == 422, address
        assert caller.post("suppressions/", {"channel": "email", "value": address}).status_code == 422, (
            address
        )
    for number in ("+1 (555) 010-9999 x12", "12345", "+44 20 7946 0958", "+1 900 234 5678", "call us"):
        assert caller.post("contacts/", {"phone": number}).status_code == 422, number
    with acting_for(clinic.pk):
        assert not Contact.objects.exists()
        assert not Suppression.objects.exists()


def test_days_that_cannot_be_are_refused(caller: Caller) -> None:
    for day in (*strings.DAYS[:2], *strings.DAYS[3:], "2999-01-01", "2026-02-30", "yesterday", 7, True):
        answer = caller.post("contacts/", {"phone": "574-231-0001", "last_visit": day})
        assert answer.status_code == 422 or answer.json()["contact"]["last_visit"] is None, day


def test_ids_of_nobody_and_by_the_thousand(caller: Caller) -> None:
    for number in ("-1", "..", str(uuid.UUID(int=0)), str(2**63), "9" * 40, "%00", "1,2"):
        for method in ("get", "patch"):
            answer = caller.ask(
                method, f"contacts/{number}/", {"first_name": "x"} if method == "patch" else None
            )
            assert answer.status_code in {400, 404, 428}, (method, number)
    rows = [{"external_id": f"P-{n}"} for n in range(10_000)]
    assert caller.post("contacts/bulk/", {"rows": rows}).status_code == 422
    for query in ("limit=10000", "after=-1", f"after={2**63}", "order=password", "client=2"):
        assert caller.get(f"contacts/?{query}").status_code in {200, 422}, query


def test_headers_make_no_other_method(caller: Caller, clinic: Client) -> None:
    for header in ("x-http-method-override", "x-http-method"):
        assert caller.get("contacts/bulk/", **{header: "POST"}).status_code == 405
        assert caller.ask("delete", "contacts/", **{header: "GET"}).status_code == 405
    assert caller.get("contacts/?_method=POST").status_code in {200, 422}
    with acting_for(clinic.pk):
        assert not Contact.objects.exists()
