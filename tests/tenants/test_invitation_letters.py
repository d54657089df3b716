"""Letters about invitations and second factors leave after the commit, and the page says whether they did."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import transaction
from django.test import Client as Browser
from django.test import TestCase

from tenants.models import Client, Invitation, Membership
from tests import people

pytestmark = pytest.mark.django_db
SAM = {"name": "Sam", "email": "sam@agency.example", "role": "staff"}


@pytest.fixture
def owner() -> Browser:
    browser: Browser = people.sign_in(Browser(), people.olive())
    return browser


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be done after the commit is done at once: before the answer leaves, as where a page's transaction ends."""
    monkeypatch.setattr(transaction, "on_commit", lambda deed, **_: deed())


@pytest.fixture
def no_mail_server(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # at a port where nobody answers


def test_no_letter_leaves_for_an_invitation_that_is_not_committed(owner: Browser) -> None:
    with TestCase.captureOnCommitCallbacks() as kept:
        owner.post("/team/invite/", SAM)
        assert not mail.outbox
    assert Invitation.objects.get().mailed_at is None, "nobody took it yet"
    for deed in kept:
        deed()
    assert [each.to for each in mail.outbox] == [["sam@agency.example"]]
    assert Invitation.objects.get().mailed_at


def test_no_letter_leaves_for_a_reset_that_is_not_committed(owner: Browser) -> None:
    clinic = people.clinic()
    bob = Membership.objects.get(user=people.bob(clinic))
    with TestCase.captureOnCommitCallbacks():
        owner.post(f"/team/members/{bob.pk}/second-factor/")
    assert not mail.outbox


@pytest.mark.usefixtures("committed", "no_mail_server")
@pytest.mark.parametrize("of_the_client", [False, True])
def test_an_invitation_whose_letter_was_not_taken_is_sent_again_from_the_page(
    owner: Browser, settings: Any, of_the_client: bool
) -> None:
    clinic: Client = people.clinic()
    page = f"/c/{clinic.slug}/settings/" if of_the_client else "/team/"
    posts = f"{page}people/" if of_the_client else page
    given = SAM | ({"role": "viewer"} if of_the_client else {})
    said = owner.post(f"{posts}invite/", given, follow=True).content
    assert b"did not take the letter" in said
    assert b"Not mailed" in said
    first = Invitation.objects.get()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    said = owner.post(f"{posts}invitations/{first.pk}/again/", follow=True).content
    assert b"has the invitation by mail" in said
    assert b"Not mailed" not in said
    first.refresh_from_db()
    assert first.withdrawn_at, "one link a person"
    assert [each.to for each in mail.outbox] == [["sam@agency.example"]]
    assert owner.post(f"{posts}invitations/{first.pk}/again/").status_code == 404


@pytest.mark.usefixtures("committed", "no_mail_server")
def test_a_reset_whose_letter_was_not_taken_stands_and_the_page_says_so(owner: Browser) -> None:
    clinic = people.clinic()
    bob = people.bob(clinic)
    there = Membership.objects.get(user=bob)
    page = owner.post(f"/team/members/{there.pk}/second-factor/", follow=True).content
    assert b"did not take the mail about it" in page
    assert not Authenticator.objects.filter(user=bob).exists(), (
        "a lost phone opens nothing, whatever a mail server does"
    )
