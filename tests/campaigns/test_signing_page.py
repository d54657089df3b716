"""The page on who must sign, and what the review shows to each of several."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from campaigns.models import Approval, Cosignature, Delegation, SigningRule
from tenants.models import Role, User
from tenants.scope import acting_for
from tests import people
from tests.browser.letters import totp
from tests.campaigns.review import enrol, opened, signature
from tests.campaigns.test_several_signatures import Practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return Practice()


def at(practice: Practice, rest: str = "") -> str:
    return f"/c/{practice.client.slug}/signing/{rest}"


def rule(how: str, seen: int = 0, **places: int) -> dict[str, Any]:
    return {"how": how, "seen": seen} | places


def before(who: User) -> Browser:
    found: Browser = people.sign_in(Browser(), who)
    return found


def test_the_contact_decides_by_numbering_and_everybody_reads_it(practice: Practice) -> None:
    numbers = {f"place_{practice.ben.pk}": 1, f"place_{practice.bob.pk}": 2}
    answer = before(practice.bob).post(at(practice, "rule/"), rule("order") | numbers, follow=True)
    assert "Ben and Bob must all sign, one after the other in this order." in answer.content.decode()
    for reader in (practice.alice, practice.vera):
        assert "Ben and Bob must all sign" in before(reader).get(at(practice)).content.decode()


def test_the_agency_reads_why_it_cannot_ask_for_fewer(practice: Practice) -> None:
    made = practice.decide("all", practice.bob, practice.ben)
    answer = before(practice.alice).post(at(practice, "rule/"), rule("any", made.pk))
    assert answer.status_code == 422
    assert "can only ask for more signatures" in answer.content.decode()
    with acting_for(practice.client.pk):
        assert SigningRule.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"how": "nobody"}, {"how": "all"}, {"how": "all", "seen": "x"}, {"how": "any", "seen": 2**80}, {}],
    ids=str,
)
def test_what_is_no_decision_is_refused_at_the_field(practice: Practice, wrong: dict[str, Any]) -> None:
    answer = before(practice.bob).post(at(practice, "rule/"), {"seen": 0} | wrong)
    assert answer.status_code == 422
    with acting_for(practice.client.pk):
        assert not SigningRule.objects.exists()


def test_a_viewer_decides_nothing(practice: Practice) -> None:
    browser = before(practice.vera)
    assert browser.post(at(practice, "rule/"), rule("any")).status_code == 403
    assert browser.post(at(practice, "delegates/")).status_code == 403


def test_a_contact_names_a_delegate_and_ends_it(practice: Practice) -> None:
    browser, day = before(practice.bob), people.today(practice.client)
    given = {"delegate": practice.vera.pk, "from_day": day, "until_day": day + timedelta(days=3)}
    assert "may sign for you" in browser.post(at(practice, "delegates/"), given, follow=True).content.decode()
    with acting_for(practice.client.pk):
        made = Delegation.objects.get()
    answer = browser.post(at(practice, f"delegates/{made.pk}/end/"), follow=True)
    assert "does not sign for Bob any more" in answer.content.decode()


def test_days_that_cannot_be_and_people_who_are_not_the_practices_are_refused(practice: Practice) -> None:
    browser, day = before(practice.bob), people.today(practice.client)
    good = {"delegate": practice.vera.pk, "from_day": day, "until_day": day}
    for wrong in (
        {"delegate": practice.alice.pk}, {"delegate": practice.bob.pk}, {"delegate": "-1"}, {"from_day": "2026-02-30"},
        {"until_day": day - timedelta(days=9), "from_day": day - timedelta(days=10)}, {"until_day": "9999-12-31"}, {"until_day": ""},
    ):  # fmt: skip
        assert browser.post(at(practice, "delegates/"), good | wrong).status_code == 422, wrong
    with acting_for(practice.client.pk):
        assert not Delegation.objects.exists()


def test_each_of_several_reads_who_signed_and_who_is_missing(practice: Practice) -> None:
    practice.ask("all", practice.bob, practice.ben)
    bobs, bens = enrol(practice.bob), enrol(practice.ben)
    urls = [f"/a/{practice.token(who)}/" for who in (practice.bob, practice.ben)]
    first, second = (opened(Browser(), url.split("/")[2]) for url in urls)
    assert "After you, Ben must sign too" in first.get(urls[0] + "sign/").content.decode()
    page = first.post(urls[0] + "sign/", signature(bobs), follow=True).content.decode()
    assert "You already signed this on" in page
    assert "It still waits for Ben" in page
    assert ">Approve<" not in page
    assert "Ask for a change" in page
    assert "Signed so far by <b>Robert Clinic</b>" in second.get(urls[1]).content.decode()
    status = before(practice.alice).get(
        f"/c/{practice.client.slug}/campaigns/{practice.campaign.pk}/approval/"
    )
    assert "Still missing: <b>Ben</b>" in status.content.decode()
    page = second.post(
        urls[1] + "sign/", signature(bens, typed_name="Ben Clinic"), follow=True
    ).content.decode()
    assert "You have approved these messages" in page
    with acting_for(practice.client.pk):
        assert (Cosignature.objects.count(), Approval.objects.count()) == (1, 1)


def test_who_is_not_at_turn_is_told_and_cannot_sign_by_address(practice: Practice) -> None:
    practice.ask("order", practice.ben, practice.bob)
    token = practice.token()
    browser = opened(Browser(), token)
    assert "It is the turn of Ben" in browser.get(f"/a/{token}/").content.decode()
    browser.post(f"/a/{token}/sign/", signature(enrol(practice.bob)))
    with acting_for(practice.client.pk):
        assert not Cosignature.objects.exists()


def test_a_delegate_signs_by_the_mailed_link_in_their_own_name(practice: Practice) -> None:
    practice.delegate(practice.bob, practice.vera)
    token = practice.token(practice.vera)
    browser = opened(Browser(), token)
    secret = enrol(practice.vera)
    assert "You sign for Bob" in browser.get(f"/a/{token}/sign/").content.decode()
    given = {"typed_name": "Vera Clinic", "title": "Assistant", "agree": "on", "code": totp(secret)}
    browser.post(f"/a/{token}/sign/", given)
    with acting_for(practice.client.pk):
        assert Approval.objects.get().signed_by == practice.vera
    assert mail.outbox


def test_a_stranger_and_a_rival_find_nothing(practice: Practice) -> None:
    charlie = people.charlie()
    assert before(charlie).get(at(practice)).status_code == 404
    assert before(charlie).post(at(practice, "rule/"), rule("any")).status_code == 404
    assert Browser().get(at(practice)).status_code == 302
    mine = practice.delegate(practice.bob, practice.vera)
    rival = people.rival_clinic()
    rita = before(people.member("Rita", Role.APPROVER, client=rival))
    assert rita.post(f"/c/{rival.slug}/signing/delegates/{mine.pk}/end/").status_code == 404
