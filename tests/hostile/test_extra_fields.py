"""Fields that a form does not have, lists for single values, headers that would be another request: none of them decides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Approval, Campaign
from compliance.models import Stop
from consent.models import Pause
from tenants.models import Client, Membership, User
from tenants.scope import acting_for
from tests import people
from tests.hostile.desk import FORMS, SHOWN_ONCE, Desk, desk

pytestmark = pytest.mark.django_db
ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging")
MARK, NUMBER = "evil31337", 31337031
MARKS = re.compile(f"{MARK}|{NUMBER}")


@pytest.fixture(autouse=True)
def outside(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    settings.DEMO = True  # no name is looked up


@pytest.fixture
def at() -> Desk:
    return desk()


def extras(rival: Client, stranger: User) -> dict[str, Any]:
    """Every column that must come from us, filled as an attacker would."""
    whose = dict.fromkeys(("tenant", "client", "client_id", "tenant_id"), rival.pk)
    agency = dict.fromkeys(("agency", "agency_id"), rival.agency_id)
    who = dict.fromkeys(
        ("approved_by", "signed_by", "created_by", "by", "by_id", "user", "actor", "filed_by", "confirmed_by", "certified_by",
         "recorded_by", "asked_by", "invited_by", "drafted_by"),
        stranger.pk,
    )  # fmt: skip
    marks = dict.fromkeys(
        (
            "slug",
            "fingerprint",
            "token_hash",
            "file_sha256",
            "statement",
            "tier",
            "verb",
            "outcome",
            "window_key",
        ),
        MARK,
    )
    numbers = dict.fromkeys(("id", "pk", "fence", "number", "position", "version", "household"), NUMBER)
    flags = {
        "is_staff": "1",
        "is_superuser": "on",
        "is_active": "",
        "state": "approved",
        "status": "accepted",
        "passed": "1",
    }
    return whose | agency | who | marks | numbers | flags


def reached(rival: Client, stranger: User) -> list[str]:
    """Columns of our tables that hold one of the marks, or point to the rival or the stranger."""
    theirs: dict[Any, int] = {Client: rival.pk, User: stranger.pk}
    found = []
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            points = {
                field.attname: theirs.get(field.related_model)
                for field in model._meta.concrete_fields
                if isinstance(field, ForeignKey)
            }
            for row in model._base_manager.values():
                for name, value in row.items():
                    whose = points.get(name)
                    if (whose and value == whose) or (name not in points and MARKS.search(str(value))):
                        found.append(f"{model.__name__}.{name}")
    return [each for each in found if each != "Membership.user_id"]  # the stranger's own


def test_extra_fields_reach_no_row(at: Desk) -> None:
    rival, stranger = people.rival_clinic(), people.charlie()
    members, wrong = list(Membership.objects.order_by("pk").values()), []
    given = extras(rival, stranger) | {"role": "owner"}
    with acting_for([at.clinic.pk, rival.pk]):
        for form in FORMS:
            _, own = at.door(form)
            answer = at.post(form, {name: value for name, value in given.items() if name not in own})
            if (found := reached(rival, stranger)) or answer.status_code != (
                200 if form in SHOWN_ONCE else 302
            ):
                wrong.append((form, answer.status_code, found))
        assert wrong == []
        assert not Approval.objects.exists()
        drafter = Campaign.objects.select_related("created_by").get(pk=at.campaign.pk).created_by
    assert drafter is not None
    assert drafter.name == "Alice"
    assert list(Membership.objects.order_by("pk").values()) == members


@pytest.mark.parametrize("form, roles", [("person", {"viewer"}), ("team_invite", {"staff"})])
def test_an_invitation_gives_the_role_that_was_offered_at_the_place_of_the_page(
    at: Desk, form: str, roles: set[str]
) -> None:
    rival, stranger = people.rival_clinic(), people.charlie()
    given = extras(rival, stranger)
    assert at.post(form, given).status_code == 302
    with acting_for([at.clinic.pk, rival.pk]):
        assert reached(rival, stranger) == []
    for role in ("owner", "superuser", "approver,owner", "") if form == "person" else ("approver", "viewer"):
        assert at.post(form, {"email": "else@example.net", "role": role}).status_code == 422, role


def test_a_list_for_a_single_value_is_one_value_or_none(at: Desk) -> None:
    at.post("pause_contact", {"reason": ["First", "Last"]})
    at.post("pause_contact", {"reason": "", "reason[]": "x", "reason[$ne]": "", "reason[0]": "x"})
    with acting_for(at.clinic.pk):
        assert list(Pause.objects.values_list("reason", flat=True)) == ["Last"]
    for form in FORMS:
        address, given = at.door(form)
        doubled = {name: [value, value] for name, value in given.items() if isinstance(value, str)}
        done = 200 if form in SHOWN_ONCE else 302
        assert at.browser.post(address, given | doubled).status_code in {done, 422}, form


def test_json_is_no_form(at: Desk) -> None:
    for form in FORMS:
        address, _ = at.door(form)
        body = {"reason": ["x"], "name": {"$gt": ""}, "approved_by": 1, "state": "approved"}
        answer = at.browser.post(address, body, content_type="application/json")
        assert answer.status_code in {200, 302, 422}, form
    with acting_for(at.clinic.pk):
        assert not Stop.objects.exists()
        assert not Pause.objects.exists()


@pytest.mark.parametrize("header", ["x-http-method-override", "x-http-method", "x-method-override"])
def test_a_header_makes_no_other_method(at: Desk, header: str) -> None:
    there = reverse("stop_client", args=[at.clinic.slug])
    assert (
        at.browser.get(there, {"reason": "x", "_method": "POST"}, headers={header: "POST"}).status_code == 405
    )
    at.browser.post(there, {"reason": "x"}, headers={header: "DELETE"})
    with acting_for(at.clinic.pk):
        assert Stop.objects.count() == 1  # a POST is a POST


@pytest.mark.parametrize(
    "header", ["x-original-url", "x-rewrite-url", "x-forwarded-prefix", "x-forwarded-uri"]
)
def test_a_header_opens_no_other_address(at: Desk, header: str) -> None:
    stranger = people.sign_in(Browser(), people.charlie())
    there = reverse("contacts", args=[at.clinic.slug])
    assert stranger.get("/", headers={header: there}).status_code in {200, 302}
    assert "Doe" not in stranger.get("/", headers={header: there}, follow=True).content.decode()
    assert stranger.get(there, headers={header: "/"}).status_code == 404


def test_a_host_that_is_not_ours_is_refused_and_never_repeated(at: Desk) -> None:
    for host in ("evil.example", "testserver:x", "testserver@evil.example", "testserver.evil.example"):
        assert at.browser.get("/", headers={"host": host}).status_code == 400, host
    for header in ("x-forwarded-host", "x-host", "forwarded"):
        page = at.browser.get(
            "/", headers={header: "host=evil.example" if header == "forwarded" else "evil.example"}
        )
        assert page.status_code == 200
        assert "evil.example" not in page.content.decode() + str(page.headers)
