"""The agency's team: owners change it, staff look, strangers see nothing; nobody ends on both sides."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client as Browser
from django.test import TestCase

from tenants.models import AccountEvent, Agency, AuditEvent, Client, Invitation, Membership, Role, User
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://testserver(/invitation/\S+)")


@pytest.fixture
def letters(settings: Any) -> list[mail.EmailMessage]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def invited(owner: Browser, letters: list[mail.EmailMessage], **given: str) -> str:
    given = {"name": "Sam", "email": "sam@agency.example", "role": "staff"} | given
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert owner.post("/team/invite/", given).status_code == 302
    found = LINK.search(str(letters[-1].body))
    assert found
    return found[1]


def invited_to(clinic: Client, owner: Browser, letters: list[mail.EmailMessage], **given: str) -> str:
    given = {"name": "Pat", "email": "pat@practice.example", "role": "approver", "title": "Owner"} | given
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = owner.post(f"/c/{clinic.slug}/settings/people/invite/", given)
    assert answer.status_code == 302, answer.content
    found = LINK.search(str(letters[-1].body))
    assert found
    return found[1]


def test_an_invited_person_sets_a_password_and_goes_on_to_the_second_factor(
    letters: list[mail.EmailMessage],
) -> None:
    path = invited(as_(people.olive()), letters)
    sam = Browser()
    assert b"invites you to Reach Agency" in sam.get(path).content
    answer = sam.post(path, {"name": "Sam Reed", "password": "harbour lamp violin"})
    assert answer["Location"] == "/accounts/2fa/totp/activate/"
    made = Membership.objects.get(user__email="sam@agency.example")
    assert (made.role, made.user.name) == (Role.STAFF, "Sam Reed")
    page = sam.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200, "no second asking for the password just set"
    assert b"data:image/svg+xml" in page.content
    assert sam.get("/")["Location"] == "/accounts/2fa/totp/activate/", "nothing opens before it"
    assert Browser().get(path).status_code == 404, "the link works once"


@pytest.mark.parametrize("password", ["short", "password12345", "sam@agency.example"])
def test_a_weak_password_is_refused_with_a_sentence(password: str, letters: list[mail.EmailMessage]) -> None:
    path = invited(as_(people.olive()), letters)
    answer = Browser().post(path, {"name": "Sam", "password": password})
    assert answer.status_code == 422
    assert not User.objects.filter(email="sam@agency.example").exists()


def test_a_withdrawn_or_replaced_invitation_does_not_work(letters: list[mail.EmailMessage]) -> None:
    owner = as_(people.olive())
    first = invited(owner, letters)
    second = invited(owner, letters)
    assert Browser().get(first).status_code == 404
    assert Browser().get(second).status_code == 200
    there = Invitation.objects.get(withdrawn_at=None)
    owner.post(f"/team/invitations/{there.pk}/withdraw/")
    assert Browser().get(second).status_code == 404


def test_an_invitation_runs_out(letters: list[mail.EmailMessage]) -> None:
    path = invited(as_(people.olive()), letters)
    Invitation.objects.update(expires_at="2020-01-01T00:00Z")
    assert Browser().get(path).status_code == 404
    assert Browser().post(path, {"name": "Sam", "password": "harbour lamp violin"}).status_code == 404


def test_the_link_is_kept_only_as_a_hash_and_the_address_encrypted(letters: list[mail.EmailMessage]) -> None:
    path = invited(as_(people.olive()), letters)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text FROM tenants_invitation i")
        (row,) = cursor.fetchone()
    assert path.split("/")[2] not in row
    assert "sam@agency.example" not in row


@pytest.mark.parametrize("role", ["approver", "viewer", "front_desk"])
def test_who_works_for_the_agency_cannot_hold_a_role_of_the_client(
    role: str, letters: list[mail.EmailMessage]
) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    people.alice()
    answer = owner.post(
        f"/c/{clinic.slug}/settings/people/invite/",
        {"name": "Alice", "email": "ALICE@example.org", "role": role, "title": "x"},
    )
    assert answer.status_code == 422
    assert b"works for the agency" in answer.content
    assert not letters


def test_an_approver_at_the_agencys_mail_domain_is_refused(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    answer = owner.post(
        f"/c/{clinic.slug}/settings/people/invite/",
        {"name": "Eve", "email": "eve@Example.org", "role": "approver", "title": "Owner"},
    )
    assert b"own mail domain" in answer.content
    assert not letters


def test_a_public_mail_domain_is_nobodys_own(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    people.user("Gina", email="gina@gmail.com")
    Membership.objects.create(
        user=User.objects.get(email="gina@gmail.com"), role=Role.STAFF, agency=people.agency()
    )
    invited_to(clinic, owner, letters, email="practice@gmail.com")


def test_an_approver_needs_a_title(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    answer = owner.post(
        f"/c/{clinic.slug}/settings/people/invite/",
        {"name": "Pat", "email": "pat@practice.example", "role": "approver"},
    )
    assert b"signs with a title" in answer.content


def test_a_client_person_cannot_be_hired_by_its_agency(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    people.bob(clinic)
    answer = owner.post("/team/invite/", {"name": "Bob", "email": "bob@example.org", "role": "staff"})
    assert answer.status_code == 422
    assert b"belongs to a client" in answer.content


def test_it_is_checked_again_when_the_invitation_is_accepted(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    path = invited_to(clinic, owner, letters, email="pat@new.example")
    # Between invitation and acceptance the agency hires somebody of that domain.
    Membership.objects.create(
        user=people.user("Newbie", email="newbie@new.example"), role=Role.STAFF, agency=people.agency()
    )
    answer = Browser().post(path, {"name": "Pat", "password": "harbour lamp violin"})
    assert b"own mail domain" in answer.content
    assert not User.objects.filter(email="pat@new.example").exists(), "nothing half-made"


def test_who_has_an_account_joins_only_when_signed_in_as_it(letters: list[mail.EmailMessage]) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    pat = people.user("Pat", email="pat@practice.example")
    path = invited_to(clinic, owner, letters)
    assert b"Sign in with it" in Browser().get(path).content
    Browser().post(path, {"name": "Mallory", "password": "harbour lamp violin"})
    as_(people.charlie()).post(path)
    assert not Membership.objects.filter(user=pat).exists()
    assert as_(pat).post(path)["Location"] == "/"
    assert Membership.objects.get(user=pat).title == "Owner"
    with acting_for(clinic.pk):
        assert set(AuditEvent.objects.values_list("verb", flat=True)) == {"member.invited", "member.joined"}


def test_who_is_ended_opens_nothing_from_that_moment(letters: list[mail.EmailMessage]) -> None:
    clinic, owner, alice = people.clinic(), as_(people.olive()), people.alice()
    browser = as_(alice)
    assert browser.get(f"/c/{clinic.slug}/").status_code == 200
    owner.post(f"/team/members/{Membership.objects.get(user=alice).pk}/end/")
    assert browser.get(f"/c/{clinic.slug}/").status_code == 404
    assert AccountEvent.objects.filter(verb="member.ended").exists()


def test_an_agency_keeps_its_last_owner() -> None:
    olive = people.olive()
    owner = as_(olive)
    there = Membership.objects.get(user=olive)
    owner.post(f"/team/members/{there.pk}/end/")
    there.refresh_from_db()
    assert there.ended_at is None
    people.member("Otto", Role.OWNER, of=people.agency())
    assert owner.post(f"/team/members/{there.pk}/end/")["Location"] == "/"
    there.refresh_from_db()
    assert there.ended_at


def test_a_lost_phone_is_replaced_by_the_owner_and_every_session_ends(
    letters: list[mail.EmailMessage],
) -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    bob = people.bob(clinic)
    browser = Browser()
    browser.post("/accounts/login/", {"login": bob.email, "password": people.PASSWORD})
    assert browser.get("/accounts/sessions/").status_code == 200
    people.sign_in(Browser(), bob)
    before = Session.objects.count()
    with TestCase.captureOnCommitCallbacks(execute=True):
        owner.post(f"/team/members/{Membership.objects.get(user=bob).pk}/second-factor/")
    assert not Authenticator.objects.filter(user=bob).exists()
    assert Session.objects.count() == before - 1
    assert browser.get("/accounts/sessions/")["Location"].startswith("/accounts/login/")
    assert letters[-1].to == ["bob@example.org"]
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="second_factor.reset").exists()


def test_the_end_of_a_client_role_closes_its_pages() -> None:
    clinic, owner = people.clinic(), as_(people.olive())
    bob = people.bob(clinic)
    there = Membership.objects.get(user=bob)
    owner.post(f"/c/{clinic.slug}/settings/people/{there.pk}/end/")
    assert as_(bob).get(f"/c/{clinic.slug}/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/team/invite/",
        "/team/members/{olive}/end/",
        "/team/members/{olive}/second-factor/",
        "/team/invitations/1/again/",
        "/team/invitations/1/withdraw/",
        "/c/bright-smiles/settings/people/invite/",
        "/c/bright-smiles/settings/people/{bob}/end/",
        "/c/bright-smiles/settings/people/invitations/1/again/",
        "/c/bright-smiles/settings/people/invitations/1/withdraw/",
    ],
)
def test_staff_changes_nobody(path: str) -> None:
    clinic = people.clinic()
    olive, bob = people.olive(), people.bob(clinic)
    ids = {"olive": Membership.objects.get(user=olive).pk, "bob": Membership.objects.get(user=bob).pk}
    answer = as_(people.alice()).post(
        path.format(**ids), {"name": "X", "email": "x@y.example", "role": "owner"}
    )
    assert answer.status_code == 403
    assert not Membership.objects.exclude(ended_at=None).exists()
    assert not Invitation.objects.exists()


def test_staff_sees_the_team_but_no_button() -> None:
    people.olive()
    page = as_(people.alice()).get("/team/").content.decode()
    assert "olive@example.org" in page
    assert "Send the invitation" not in page


def test_the_team_page_costs_the_same_for_many(django_assert_max_num_queries: Any) -> None:
    owner = as_(people.olive())
    owner.get("/team/")
    with django_assert_max_num_queries(16) as few:
        owner.get("/team/")
    for n in range(20):
        people.member(f"Member{n}", Role.STAFF, of=people.agency())
    with django_assert_max_num_queries(len(few)):
        owner.get("/team/")


def test_a_stranger_gets_nothing() -> None:
    clinic = people.clinic()
    olive, bob = people.olive(), people.bob(clinic)
    member, person = Membership.objects.get(user=olive).pk, Membership.objects.get(user=bob).pk
    charlie = as_(people.member("Carla", Role.OWNER, of=people.agency("Rival Agency")))
    assert charlie.post(f"/team/members/{member}/end/").status_code == 404
    assert charlie.post(f"/team/members/{member}/second-factor/").status_code == 404
    assert charlie.post(f"/team/members/{person}/second-factor/").status_code == 404
    assert charlie.post(f"/c/{clinic.slug}/settings/people/{person}/end/").status_code == 404
    assert charlie.post(f"/c/{clinic.slug}/settings/people/invite/", {}).status_code == 404
    assert b"olive@example.org" not in charlie.get("/team/").content
    assert Agency.objects.count() == 2
    assert as_(bob).get("/team/").status_code == 404
