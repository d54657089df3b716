"""Contacts told by another system are taken as an import takes them."""

from __future__ import annotations

from typing import Any

import pytest

from consent.api import taking
from consent.models import Contact, ContactPoint
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db
JANE = {
    "external_id": "P-1", "first_name": " Jane ", "last_name": "Doe", "phone": "(574) 231-0001",
    "email": "JANE@Example.org", "state": "Indiana",
}  # fmt: skip


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def test_a_contact_is_cleaned_and_told_back(clinic: Client) -> None:
    answer = Caller(clinic).post("contacts/", JANE)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["outcome"] == "taken"
    assert (told["contact"]["first_name"], told["contact"]["state"]) == ("Jane", "IN")
    assert [point["value"] for point in told["contact"]["points"]] == ["+15742310001", "jane@example.org"]
    with acting_for(clinic.pk):
        row = Contact.objects.get()
        assert (row.household, row.made_by_import_id) == (row.pk, None)
        assert people.INDIANA in row.window_key.split("|")


def test_the_domain_of_a_mail_address_is_looked_up_at_once(
    clinic: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(taking, "ring", lambda task, **ids: rung.append((task, ids)))
    caller = Caller(clinic)
    with django_capture_on_commit_callbacks(execute=True):
        who = caller.post("contacts/", JANE).json()["contact"]["id"]
        caller.post("contacts/", {"first_name": "Ann", "last_name": "Lee", "phone": "574 231 0002"})
        caller.post(f"contacts/{who}/points/", {"channel": "email", "value": "jane@other.example"})
    assert rung == [("compliance.tasks.look_at_new_mail", {"client_id": clinic.pk, "contacts": [who]})] * 2


def test_the_same_person_is_joined_and_never_doubled(clinic: Client) -> None:
    caller = Caller(clinic)
    first = caller.post("contacts/", JANE).json()["contact"]["id"]
    again = caller.post("contacts/", JANE | {"last_visit": "2025-05-01"})
    assert (again.status_code, again.json()["outcome"], again.json()["contact"]["id"]) == (
        200,
        "merged",
        first,
    )
    assert again.json()["contact"]["last_visit"] == "2025-05-01"


def test_what_cannot_be_used_is_left_out_and_told(clinic: Client) -> None:
    told = Caller(clinic).post("contacts/", JANE | {"state": "Atlantis", "segment": "HIV follow-up"}).json()
    assert told["contact"]["state"] == ""
    assert told["contact"]["segment"] == "Follow-up visit"
    assert len(told["remarks"]) == 2


def test_nobody_without_an_address_is_taken(clinic: Client) -> None:
    answer = Caller(clinic).post("contacts/", {"first_name": "Jane", "phone": "12"})
    assert answer.status_code == 422
    assert "No phone number and no e-mail" in answer.json()["detail"]
    with acting_for(clinic.pk):
        assert not Contact.objects.exists()


def test_consent_is_no_field_of_a_contact(clinic: Client) -> None:
    answer = Caller(clinic).post("contacts/", JANE | {"sms_consent": "yes"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "sms_consent", "detail": "There is no such field."}]


def test_a_covered_client_without_an_agreement_takes_nobody(clinic: Client) -> None:
    Client.objects.update(covered=Client.Covered.UNSET)
    answer = Caller(clinic).post("contacts/", JANE)
    assert answer.status_code == 403
    assert "business associate agreement" in answer.json()["detail"]


def test_a_child_is_linked_to_the_guardian(clinic: Client) -> None:
    caller = Caller(clinic)
    mother = caller.post("contacts/", JANE).json()["contact"]["id"]
    child = {"external_id": "P-2", "first_name": "Tim", "last_name": "Doe", "phone": JANE["phone"]}
    told = caller.post("contacts/", child | {"guardian_external_id": "P-1"}).json()["contact"]
    assert told["guardian"] == mother
    assert told["id"] != mother


def test_a_guardian_whose_name_is_corrected_is_named_to_the_child_from_then_on(clinic: Client) -> None:
    caller = Caller(clinic)
    mother = caller.post("contacts/", JANE | {"first_name": ""}).json()["contact"]["id"]
    child = {"external_id": "P-2", "first_name": "Tim", "last_name": "Doe", "phone": JANE["phone"]}
    caller.post("contacts/", child | {"guardian_external_id": JANE["external_id"]})
    for name, known in (("Jane", True), ("", False)):
        tag = caller.get(f"contacts/{mother}/")["ETag"]
        assert (
            caller.patch(f"contacts/{mother}/", {"first_name": name}, **{"if-match": tag}).status_code == 200
        )
        with acting_for(clinic.pk):
            assert ("guardian_first_name" in Contact.objects.get(external_id="P-2").filled) is known


def test_a_thousand_rows_are_answered_one_by_one(clinic: Client) -> None:
    rows = [{"external_id": f"P-{n}", "phone": f"+1574231{n:04d}"} for n in range(1, 998)]
    rows += [{"external_id": "P-1"}, {"phone": "+15742310002", "nickname": "x"}, {"phone": "+15742310001"}]
    caller = Caller(clinic)
    answer = caller.post("contacts/bulk/", {"rows": rows})
    assert answer.status_code == 200, answer.content[:300]
    results = answer.json()["results"]
    assert [each["row"] for each in results] == list(range(1000))
    assert [each["outcome"] for each in results[:997]] == ["taken"] * 997
    assert [each["outcome"] for each in results[997:]] == ["refused", "refused", "merged"]
    assert results[998]["remarks"] == ["nickname: There is no such field."]
    assert results[999]["id"] == results[0]["id"]
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 997
    assert caller.post("contacts/bulk/", {"rows": rows + rows[:1]}).status_code == 422


def test_the_queries_do_not_grow_with_the_rows(clinic: Client, django_assert_max_num_queries: object) -> None:
    caller = Caller(clinic)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        caller.post("contacts/bulk/", {"rows": [{"phone": f"+1574231{n:04d}"} for n in range(200)]})


def test_a_contact_is_found_without_an_address_in_the_url(clinic: Client) -> None:
    caller = Caller(clinic)
    caller.post("contacts/", JANE)
    for wanted in ({"phone": "574.231.0001"}, {"email": "jane@example.org"}, {"external_id": "P-1"}):
        found = caller.post("contacts/find/", wanted)
        assert [each["external_id"] for each in found.json()["results"]] == ["P-1"]
    assert caller.post("contacts/find/", {"phone": "+15742319999"}).json()["results"] == []
    assert caller.post("contacts/find/", {}).status_code == 422


def test_a_correction_overwrites_nobody_elses(clinic: Client) -> None:
    caller = Caller(clinic)
    who = caller.post("contacts/", JANE).json()["contact"]["id"]
    tag = caller.get(f"contacts/{who}/")["ETag"]
    assert caller.patch(f"contacts/{who}/", {"last_name": "Roe"}).status_code == 428
    changed = caller.patch(f"contacts/{who}/", {"last_name": "Roe", "state": "FL"}, **{"if-match": tag})
    assert (changed.status_code, changed.json()["last_name"]) == (200, "Roe")
    assert caller.patch(f"contacts/{who}/", {"last_name": "Poe"}, **{"if-match": tag}).status_code == 412
    with acting_for(clinic.pk):
        assert {"IN", "FL"} <= {place.split("/")[0] for place in Contact.objects.get().window_key.split("|")}
    future = caller.patch(f"contacts/{who}/", {"last_visit": "2999-01-01"}, **{"if-match": changed["ETag"]})
    assert future.json()["errors"] == [{"field": "last_visit", "detail": "This is in the future."}]


def test_an_address_is_added_and_ended(clinic: Client) -> None:
    caller = Caller(clinic)
    who = caller.post("contacts/", JANE).json()["contact"]["id"]
    added = caller.post(f"contacts/{who}/points/", {"channel": "sms", "value": "305 555 0147"})
    assert (added.status_code, added.json()["value"]) == (201, "+13055550147")
    ended = caller.post(f"points/{added.json()['id']}/end/", {"reason": "moved"})
    assert ended.json()["end_reason"] == "moved"
    assert (
        caller.post(f"contacts/{who}/points/", {"channel": "sms", "value": "305 555 0147"}).status_code == 409
    )
    with acting_for(clinic.pk):
        assert ContactPoint.objects.filter(ended_at=None).count() == 2
        assert "FL" in Contact.objects.get().window_key


def test_a_list_goes_on_where_the_page_before_ended(clinic: Client) -> None:
    caller = Caller(clinic)
    caller.post("contacts/bulk/", {"rows": [{"phone": f"+1574231{n:04d}"} for n in range(5)]})
    first = caller.get("contacts/?limit=3").json()
    rest = caller.get(f"contacts/?limit=3&after={first['next']}").json()
    ids = [each["id"] for each in first["results"] + rest["results"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(set(ids)), rest["next"]) == (5, None)
    for wrong in ("limit=0", "limit=201", "after=x", "order=best", "phone=%2B15742310001"):
        assert caller.get(f"contacts/?{wrong}").status_code == 422, wrong
