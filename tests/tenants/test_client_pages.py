"""Home, a new client, its settings and its records."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client as Browser

from tenants import audit
from tenants.models import AuditEvent, Client, Location, Membership, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
SETTINGS = {
    "name": "Bright Smiles",
    "legal_name": "Bright Smiles PLLC",
    "phone": "",
    "website": "",
    "time_zone": "America/Chicago",
    "hours_from": "10",
    "hours_until": "17",
    "days": ["1", "2", "5"],
}


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def deeds(clinic: Client) -> list[str]:
    with acting_for(clinic.pk):
        return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_home_lists_only_what_one_may_see_and_first_what_waits() -> None:
    people.clinic()
    people.client_of(people.agency(), "Glow Spa", covered=Client.Covered.UNSET)
    people.rival_clinic()
    page = as_(people.alice()).get("/").content.decode()
    assert "Bright Smiles" in page
    assert "Clear View" not in page
    assert page.count('/readiness/light/" hx-trigger="load" data-label="Ready to send?"') == 2
    assert page.index("Glow Spa: is the client covered by HIPAA?") < page.index("<table")
    assert "New client" not in page, "only the owner takes on clients"
    assert "New client" in as_(people.olive()).get("/").content.decode()


def test_the_clients_own_people_go_straight_to_it() -> None:
    clinic = people.clinic()
    assert as_(people.bob(clinic)).get("/")["Location"] == "/c/bright-smiles/"


def test_somebody_without_any_membership_is_told_so() -> None:
    assert b"not a member of any client" in as_(people.user("Nora")).get("/").content


def test_home_costs_the_same_for_many_clients(django_assert_max_num_queries: Any) -> None:
    browser = as_(people.alice())
    people.clinic()
    browser.get("/")
    with django_assert_max_num_queries(12) as few:
        browser.get("/")
    for n in range(20):
        people.client_of(people.agency(), f"Clinic {n}")
    with django_assert_max_num_queries(len(few)):
        browser.get("/")


def test_the_owner_takes_on_a_client_in_four_answers() -> None:
    browser = as_(people.olive())
    given = {"name": "Glow Spa", "covered": "unset", "time_zone": "America/Denver"}
    assert browser.post("/clients/new/", given)["Location"] == "/c/glow-spa/set-up/"
    assert browser.post("/clients/new/", given)["Location"] == "/c/glow-spa-2/set-up/"
    assert Client.objects.filter(agency=people.agency(), covered="unset").count() == 2
    assert deeds(Client.objects.get(slug="glow-spa")) == ["client.created"]
    assert browser.post("/clients/new/", {"name": ""}).status_code == 422


def test_staff_takes_on_no_client() -> None:
    assert as_(people.alice()).post("/clients/new/", {"name": "X"}).status_code == 403
    assert not Client.objects.exists()


def test_settings_are_saved_and_noted_by_name_of_field_only() -> None:
    clinic, alice = people.clinic(), people.alice()
    assert as_(alice).post("/c/bright-smiles/settings/", SETTINGS).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.days, clinic.hours_until, clinic.time_zone) == ("125", 17, "America/Chicago")
    with acting_for(clinic.pk):
        noted = AuditEvent.objects.get(verb="client.changed")
    assert "hours_until" in noted.detail["fields"]
    assert (noted.detail["before"]["hours_until"], noted.detail["after"]["hours_until"]) == (18, 17)
    assert noted.detail["after"]["time_zone"] == "America/Chicago"
    assert noted.detail["after"]["legal_name"].startswith("#")
    assert "PLLC" not in str(noted.detail)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours_from": "7"},
        {"hours_until": "22"},
        {"hours_from": "17", "hours_until": "17"},
        {"hours_from": "18", "hours_until": "9"},
        {"days": []},
        {"days": ["8"]},
        {"time_zone": "Europe/Berlin"},
        {"name": ""},
    ],
)
def test_hours_may_only_narrow_the_law(wrong: dict[str, Any]) -> None:
    clinic, alice = people.clinic(), people.alice()
    answer = as_(alice).post("/c/bright-smiles/settings/", SETTINGS | wrong)
    assert answer.status_code == 422
    clinic.refresh_from_db()
    assert (clinic.hours_from, clinic.hours_until, clinic.days) == (10, 18, "12345")
    assert deeds(clinic) == []


def test_only_the_owner_says_whether_hipaa_applies() -> None:
    clinic = people.clinic()
    assert (
        as_(people.alice()).post("/c/bright-smiles/settings/covered/", {"covered": "covered"}).status_code
        == 403
    )
    as_(people.olive()).post("/c/bright-smiles/settings/covered/", {"covered": "covered"})
    clinic.refresh_from_db()
    assert clinic.covered == Client.Covered.COVERED
    with acting_for(clinic.pk):
        noted = AuditEvent.objects.get(verb="client.covered_answered")
    assert noted.detail == {"before": "not_covered", "after": "covered"}
    as_(people.user("Olive")).post("/c/bright-smiles/settings/covered/", {"covered": "perhaps"})
    clinic.refresh_from_db()
    assert clinic.covered == Client.Covered.COVERED


def test_a_location_is_added_and_changed() -> None:
    clinic, browser = people.clinic(), as_(people.alice())
    given = {"name": "North", "time_zone": "America/Chicago"}
    assert browser.post("/c/bright-smiles/settings/locations/", given).status_code == 302
    again = browser.post("/c/bright-smiles/settings/locations/", given)
    assert again.status_code == 422, "a name once"
    with acting_for(clinic.pk):
        north = Location.objects.get()
    path = f"/c/bright-smiles/settings/locations/{north.pk}/"
    assert browser.post(path, given | {"name": "South"}).status_code == 302
    assert "South" in browser.get(path).content.decode()
    assert deeds(clinic) == ["location.added", "location.changed"]


def test_a_location_of_another_client_is_not_there() -> None:
    rival = people.rival_clinic()
    people.clinic()
    with acting_for(rival.pk):
        theirs = Location.objects.create(client=rival, name="Theirs", time_zone="America/Chicago")
    assert as_(people.alice()).get(f"/c/bright-smiles/settings/locations/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.APPROVER, Role.VIEWER, Role.FRONT_DESK])
def test_the_clients_people_see_the_overview_but_not_the_settings(role: Role) -> None:
    clinic = people.clinic()
    browser = as_(people.member("Someone", role, client=clinic))
    assert browser.get("/c/bright-smiles/").status_code == 200
    assert browser.get("/c/bright-smiles/settings/").status_code == 403


def test_every_page_of_the_records_leads_to_the_others() -> None:
    people.clinic()
    browser: Browser = people.sign_in(Browser(), people.olive())
    pages = ("records", "records/access", "evidence", "retention")
    for page in pages:
        shown = browser.get(f"/c/bright-smiles/{page}/").content.decode()
        for other in pages:
            here = ' aria-current="page"' if other == page else ""
            assert f'<a href="/c/bright-smiles/{other}/"{here}>' in shown


def test_records_show_who_did_what_and_can_be_narrowed() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        audit.record("campaign.edited", "campaigns.Campaign:7", client_id=clinic.pk, by=alice, step=2)
        audit.record("contact.viewed", "consent.Contact:9", client_id=clinic.pk, by=people.user("Zoe"))
    browser = as_(alice)
    page = browser.get("/c/bright-smiles/records/").content.decode()
    assert "Campaign edited" in page
    assert "campaign 7" in page
    page = browser.get("/c/bright-smiles/records/?area=contact").content.decode()
    assert "Contact viewed" in page
    assert "Campaign edited" not in page
    page = browser.get(f"/c/bright-smiles/records/?who={alice.pk}").content.decode()
    assert "Contact viewed" not in page
    page = browser.get("/c/bright-smiles/records/?until=2020-01-01").content.decode()
    assert "No records here" in page


@pytest.mark.parametrize(
    "query, says",
    [
        ("who=abc", "“abc” is not on the list"),
        ("area=nothing", "“nothing” is not on the list"),
        ("since=never", "There is no such day"),
        ("until=2026-02-30&area=campaign", "There is no such day"),
        ("since=2026-03-02&until=2026-03-01", "This day lies before “From”"),
        ("what=Jane+Doe", "Write what it is and its number"),
    ],
)
def test_a_filter_that_cannot_be_read_shows_no_record_says_why_and_stays(query: str, says: str) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        audit.record("campaign.edited", "campaigns.Campaign:7", client_id=clinic.pk, by=alice)
    browser = as_(alice)
    page = browser.get(f"/c/bright-smiles/records/?{query}&after=zzz").content.decode()
    taken = browser.post("/c/bright-smiles/records/file/", QueryDict(query).dict())
    assert taken.status_code == 422
    for shown in (page, taken.content.decode()):
        assert says in shown
        assert "Not looked for" in shown
        assert "Campaign edited" not in shown
        assert "Take as a file" not in shown
        assert query != "what=Jane+Doe" or 'value="Jane Doe"' in shown
    assert "records.exported" not in deeds(clinic)


def test_records_are_narrowed_to_an_area_of_several_kinds_of_deeds_and_to_one_row() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        for verb, what in (
            ("list_source.made", "consent.ListSource:3"),
            ("contact.viewed", "consent.Contact:3"),
        ):
            audit.record(verb, what, client_id=clinic.pk, by=alice)
    browser = as_(alice)
    for query in ("area=list", "what=list+source+3"):
        page = browser.get(f"/c/bright-smiles/records/?{query}").content.decode()
        assert "List source made" in page
        assert "Contact viewed" not in page
    assert as_(people.charlie()).get("/c/bright-smiles/records/?area=list").status_code == 404


def test_records_as_a_file_hold_the_chosen_ones_and_are_noted() -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        audit.record("campaign.edited", "=cmd()", client_id=clinic.pk, by=alice)
        audit.record("contact.viewed", client_id=clinic.pk, by=alice)
    answer = as_(alice).post("/c/bright-smiles/records/file/", {"area": "campaign"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "campaign.edited" in text
    assert "'=cmd()" in text
    assert "contact.viewed" not in text
    assert deeds(clinic)[-1] == "records.exported"


def test_taking_the_file_needs_a_post() -> None:
    people.clinic()
    assert as_(people.alice()).get("/c/bright-smiles/records/file/").status_code == 405


def test_the_front_desk_reads_no_records() -> None:
    clinic = people.clinic()
    assert as_(people.fred(clinic)).get("/c/bright-smiles/records/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/c/bright-smiles/records/", "/c/bright-smiles/settings/", "/c/bright-smiles/"]
)
def test_the_pages_cost_the_same_for_many_rows(path: str, django_assert_max_num_queries: Any) -> None:
    clinic, alice = people.clinic(), people.alice()
    browser = as_(alice)
    browser.get(path)
    with django_assert_max_num_queries(20) as few:
        browser.get(path)
    with acting_for(clinic.pk):
        for n in range(30):
            audit.record("campaign.edited", client_id=clinic.pk, by=people.user(f"Person{n}"))
            Location.objects.create(client=clinic, name=f"Site {n}", time_zone="America/Chicago")
    for n in range(10):
        people.member(f"Viewer{n}", Role.VIEWER, client=clinic)
    with django_assert_max_num_queries(len(few)):
        browser.get(path)


def test_a_stranger_finds_no_page_of_the_client() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        north = Location.objects.create(client=clinic, name="North", time_zone="America/Chicago")
    charlie = as_(people.charlie())
    for path in ("", "settings/", "records/", f"settings/locations/{north.pk}/"):
        assert charlie.get(f"/c/bright-smiles/{path}").status_code == 404
    for path in ("settings/", "settings/covered/", "settings/locations/", "records/file/"):
        assert charlie.post(f"/c/bright-smiles/{path}", SETTINGS).status_code == 404
    assert Membership.objects.filter(client=clinic).count() == 0
    clinic.refresh_from_db()
    assert clinic.hours_until == 18
