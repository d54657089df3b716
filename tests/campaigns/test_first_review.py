"""Whoever was named as compliance contact and never came in is asked at once; the first right code of the review lets them in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from campaigns import first_review
from campaigns.asking import NobodyToSign, send_request
from campaigns.models import Approval, Campaign, SigningRule
from tenants.inviting import invite
from tenants.models import Agency, AuditEvent, Client, Invitation, Membership, Role, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, mailed_code, signature

pytestmark = pytest.mark.django_db
MIA = "mia@practice.example"


@dataclass
class Named:
    """A campaign that was laid before Mia, who was named and has no account."""

    client: Client
    invited: str  # the path of her invitation
    link: str  # and of the review
    request: int


@pytest.fixture
def case(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Named:
    of, alice = people.clinic(), people.alice()
    with django_capture_on_commit_callbacks(execute=True):
        invite(
            email=MIA, name="Mia", role=Role.APPROVER, by=alice, agency=of.agency, client=of, title="Practice manager"
        )  # fmt: skip
    invited = path_in(mail.outbox[-1].body)
    with django_capture_on_commit_callbacks(execute=True), acting_for(of.pk):
        request = ask_again(people.campaign(of, by=alice), alice)
    assert mail.outbox[-1].to == [MIA]
    return Named(of, invited, path_in(mail.outbox[-1].body), request.pk)


def path_in(body: object) -> str:
    found = re.search(r"http://testserver(/\S+)", str(body))
    assert found
    return found[1]


def typed(browser: Browser, case: Named, code: str = "") -> str:
    """The page after the mailed code, or another one, was typed."""
    browser.post(f"{case.link}code/")
    return browser.post(f"{case.link}open/", {"code": code or mailed_code()}, follow=True).content.decode()


def members(case: Named) -> int:
    return Membership.objects.filter(client=case.client).count()


def test_whoever_was_named_signs_by_mail_without_an_account_set_up_before(
    case: Named, client: Browser
) -> None:
    assert "This is what will be sent" in typed(client, case)
    page = client.get(f"{case.link}sign/").content.decode()
    secret = re.search(r"Key: <code>(\w+)</code>", page)
    assert secret, "the second factor is enrolled while signing"
    client.post(f"{case.link}sign/", signature(secret[1], typed_name="Mia Contact"))
    mia = User.objects.get(email=MIA)
    assert not mia.has_usable_password()
    assert Invitation.objects.get().accepted_at is not None
    with acting_for(case.client.pk):
        made = Approval.objects.get()
        assert (made.signed_by, made.role, made.typed_name) == (mia, Role.APPROVER, "Mia Contact")
        assert AuditEvent.objects.get(verb="member.joined").detail["by_review_of"] == case.request


def test_without_the_right_code_nobody_comes_in(case: Named, client: Browser) -> None:
    assert "This is what will be sent" not in typed(client, case, "not it")
    assert members(case) == 0
    assert client.get(f"{case.link}sign/").status_code == 302


def test_an_invitation_that_was_withdrawn_ends_it(case: Named, client: Browser) -> None:
    Invitation.objects.update(withdrawn_at="2026-01-01T00:00Z")
    assert client.get(case.link).status_code == 410
    assert "This is what will be sent" not in typed(client, case)
    assert members(case) == 0
    with acting_for(case.client.pk), pytest.raises(NobodyToSign):
        send_request(case.request)


def test_nobody_of_the_agencys_own_domain_comes_in_this_way(case: Named, client: Browser) -> None:
    Agency.objects.update(mail_domains=["practice.example"])
    page = typed(client, case)
    assert "agency&#x27;s own mail domain" in page
    assert "This is what will be sent" not in page
    assert members(case) == 0


def test_the_invitation_itself_still_makes_the_account_with_a_password(case: Named, client: Browser) -> None:
    waiting = User.objects.get(email=MIA)
    given = {"name": "Mia Contact", "password": people.PASSWORD, "again": people.PASSWORD}
    client.post(case.invited, given)
    mia = User.objects.get(email=MIA)
    assert (mia.pk, mia.name, members(case)) == (waiting.pk, "Mia Contact", 1)
    assert mia.check_password(people.PASSWORD)


def test_where_the_client_numbers_who_must_sign_nobody_else_is_asked(case: Named) -> None:
    bob = people.bob(case.client)
    with acting_for(case.client.pk):
        SigningRule.objects.create(client=case.client, how="all", signers=[bob.pk], set_by=bob)
        assert first_review.named(case.client) == []


def test_the_page_says_who_was_named_and_a_stranger_finds_nothing(case: Named, client: Browser) -> None:
    with acting_for(case.client.pk):
        number = Campaign.objects.get().pk
    page = reverse("approval_status", args=[case.client.slug, number])
    shown = people.sign_in(client, people.user("Alice")).get(page).content.decode()
    assert "Mia, named and not in yet" in shown
    assert "Nobody can sign yet" not in shown
    assert people.sign_in(Browser(), people.charlie()).get(page).status_code == 404
