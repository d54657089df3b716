"""An opt-out told by another system holds at once, whoever has the address, and nobody takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from consent.models import PurposeOptOut, Suppression, UnsafeMark
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def test_an_opt_out_is_kept_whether_or_not_somebody_has_the_address(clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, phone="+15742310001")
    caller = Caller(clinic)
    told = caller.post("suppressions/", {"channel": "sms", "value": "(574) 231-0001", "note": "By phone."})
    assert told.status_code == 201
    assert (told.json()["source"], told.json()["contacts"]) == ("api", [jane.pk])
    again = caller.post("suppressions/", {"channel": "sms", "value": "+15742310001"})
    assert (again.status_code, again.json()["id"]) == (200, told.json()["id"])
    stranger = caller.post("suppressions/", {"channel": "email", "value": "nobody@example.org"})
    assert stranger.json()["contacts"] == []
    with acting_for(clinic.pk):
        assert Suppression.objects.get(pk=told.json()["id"]).note == "By phone."


def test_no_opt_out_is_deleted_or_changed(clinic: Client) -> None:
    caller = Caller(clinic)
    made = caller.post("suppressions/", {"channel": "sms", "value": "+15742310001"}).json()["id"]
    for method in ("delete", "put", "patch", "post"):
        assert caller.ask(method, f"suppressions/{made}/", {}).status_code == 405
    assert caller.get(f"suppressions/{made}/").json()["ended_at"] is None


@pytest.mark.parametrize("at_once", [False, True])
def test_a_wrong_number_of_a_contact_is_unsafe_for_everybody_and_a_strangers_for_this_client(
    clinic: Client, at_once: bool
) -> None:
    with acting_for(clinic.pk):
        address = people.contact(clinic, phone="+15742310001").points.get().address_id
    rows = [{"channel": "sms", "value": f"+1574231000{n}", "reason": "wrong_number"} for n in (1, 2)]
    if at_once:
        Caller(clinic).post("suppressions/bulk/", {"rows": rows})
    else:
        for each in rows:
            Caller(clinic).post("suppressions/", each)
    assert [(each.address_id, each.reason) for each in UnsafeMark.objects.all()] == [
        (address, "wrong_number")
    ]
    with acting_for(clinic.pk):
        assert Suppression.objects.filter(source="wrong_number").count() == 2


def test_a_long_list_is_answered_one_by_one(clinic: Client, django_assert_max_num_queries: Any) -> None:
    caller = Caller(clinic)
    caller.post("suppressions/", {"channel": "sms", "value": "+15742310001"})
    rows: list[Any] = [{"channel": "sms", "value": f"+1574231{n:04d}"} for n in range(1, 301)]
    rows += [
        {"channel": "sms", "value": "12"},
        {"channel": "fax", "value": "x"},
        {"channel": "sms", "value": "+15742310002"},
    ]
    with django_assert_max_num_queries(25):
        results = caller.post("suppressions/bulk/", {"rows": rows}).json()["results"]
    assert [each["outcome"] for each in results[:3]] == ["known", "taken", "taken"]
    assert [each["outcome"] for each in results[300:]] == ["refused", "refused", "taken"]
    assert results[302]["id"] == results[1]["id"]
    assert "x" not in " ".join(results[301]["remarks"]).split()
    with acting_for(clinic.pk):
        assert Suppression.objects.count() == 300
    assert len(caller.get("suppressions/?limit=200&channel=sms").json()["results"]) == 200


def test_whoever_left_one_kind_only_is_told_with_it_and_is_no_full_opt_out(clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org")
        left = PurposeOptOut.objects.create(
            client=clinic, address_id=jane.points.get().address_id, channel="email", purpose="marketing"
        )
    caller = Caller(clinic)
    (told,) = caller.get("purpose-opt-outs/?purpose=marketing&channel=email").json()["results"]
    assert (told["id"], told["purpose"], told["contacts"]) == (left.pk, "marketing", [jane.pk])
    assert caller.get("purpose-opt-outs/?purpose=care").json()["results"] == []
    assert caller.get("suppressions/").json()["results"] == []
    (point,) = caller.get(f"contacts/{jane.pk}/points/").json()["results"]
    assert (point["opted_out"], point["left_purposes"]) == (False, ["marketing"])
    assert Caller(people.rival_clinic()).get("purpose-opt-outs/").json()["results"] == []
