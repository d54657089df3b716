from __future__ import annotations

import pytest
from django.test import Client as Browser

from campaigns.models import Approval, ApprovalRequest, ReviewLink
from tenants.clock import db_now
from tenants.models import Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked, enrol, opened, signature
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def at(case: Asked, rest: str = "") -> str:
    return f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/approval/{rest}"


def test_staff_see_what_was_asked_and_who_opened_it(case: Asked) -> None:
    page = people.sign_in(Browser(), case.alice).get(at(case)).content.decode()
    assert "Version 1" in page
    assert "Bob: not opened yet" in page
    assert "Mail a fresh link" in page
    assert "Review and sign" not in page
    fragment = (
        people.sign_in(Browser(), case.alice).get(at(case), headers={"hx-request": "true"}).content.decode()
    )
    assert "<html" not in fragment
    assert "Bob: not opened yet" in fragment


def test_staff_mail_a_fresh_link_and_the_former_ends(case: Asked) -> None:
    people.sign_in(Browser(), case.alice).post(at(case, "resend/"))
    links = ReviewLink.objects.filter(request=case.request.pk).order_by("pk")
    assert [bool(link.ended_at) for link in links] == [True, False]


def test_staff_take_a_request_back_once(case: Asked) -> None:
    browser = people.sign_in(Browser(), case.alice)
    browser.post(at(case, "take-back/"))
    with acting_for(case.client.pk):
        assert ApprovalRequest.objects.get().outcome == "withdrawn"
    assert "no open request" in browser.post(at(case, "take-back/"), follow=True).content.decode()


def test_the_signed_in_contact_reviews_without_a_mail_and_still_needs_the_factor(case: Asked) -> None:
    secret = enrol(case.bob)
    browser = people.sign_in(Browser(), case.bob)
    assert "Review and sign" in browser.get(at(case)).content.decode()
    answer = browser.post(at(case, "review/"))
    page = browser.get(answer.url).content.decode()
    assert "Hi Jane" in page
    browser.post(answer.url + "sign/", signature(secret, code="000000"))
    with acting_for(case.client.pk):
        assert not Approval.objects.exists()
    browser.post(answer.url + "sign/", signature(secret))
    with acting_for(case.client.pk):
        given = Approval.objects.get()
    assert "Signed by <b>Robert Clinic</b>" in browser.get(at(case)).content.decode()
    browser.post(at(case, f"{given.pk}/withdraw/"), {"because": "No"})
    with acting_for(case.client.pk):
        assert Approval.objects.get().ended_because == "No"


def test_a_review_opened_inside_leaves_the_mailed_link_alone(case: Asked, client: Browser) -> None:
    token = case.token()
    bobs = people.sign_in(Browser(), case.bob)
    first, second = (bobs.post(at(case, "review/")).url for _ in range(2))
    assert "opened anew" in bobs.get(first).content.decode()
    assert "Hi Jane" in bobs.get(second).content.decode()
    assert "Hi Jane" in opened(client, token).get(f"/a/{token}/").content.decode()
    page = people.sign_in(Browser(), case.alice).get(at(case)).content.decode()
    assert page.count("Bob: opened") == 1


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF])
@pytest.mark.parametrize("outcome", ["", "approved", "objected", "withdrawn", "replaced"])
def test_no_agency_role_comes_near_the_pen_in_any_state(case: Asked, role: Role, outcome: str) -> None:
    who = people.member("Quentin", role, of=people.agency())
    with acting_for(case.client.pk):
        if outcome:
            ApprovalRequest.objects.update(outcome=outcome, closed_at=db_now())
    browser = people.sign_in(Browser(), who)
    for rest in ("review/", "1/withdraw/"):
        assert browser.post(at(case, rest)).status_code == 403
    for method in (browser.get, browser.post, browser.put, browser.delete):
        method(at(case))
    with acting_for(case.client.pk):
        assert not Approval.objects.exists()
    assert not ReviewLink.objects.filter(user=who).exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FRONT_DESK])
def test_other_roles_of_the_practice_read_only(case: Asked, role: Role) -> None:
    browser = people.sign_in(Browser(), people.member("Val", role, client=case.client))
    assert browser.get(at(case)).status_code == 200
    for rest in ("review/", "resend/", "take-back/", "1/withdraw/"):
        assert browser.post(at(case, rest)).status_code == 403


def test_a_stranger_finds_nothing(case: Asked) -> None:
    browser = people.sign_in(Browser(), people.charlie())
    assert browser.get(at(case)).status_code == 404
    for rest in ("review/", "resend/", "take-back/", "1/withdraw/"):
        assert browser.post(at(case, rest)).status_code == 404
