"""Whoever was passed a review's link cannot keep its signer out: used-up codes end it, and a new one goes to the signer's mailbox."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client as Browser

from campaigns import review_access
from campaigns.models import ReviewLink
from tenants.clock import db_now
from tests.campaigns.review import Asked, asked, opened
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def test_somebody_with_a_forwarded_link_cannot_use_up_the_signers_codes(case: Asked, client: Browser) -> None:
    token, before, other = case.token(), len(mail.outbox), Browser()
    for _ in range(review_access.CODES_AN_HOUR):
        other.post(f"/a/{token}/code/")
    said = client.post(f"/a/{token}/code/").content.decode()
    assert "a new one was mailed to the same mailbox" in said
    assert len(mail.outbox) - before == review_access.CODES_AN_HOUR + 1
    letter = mail.outbox[-1]
    assert letter.to == ["bob@example.org"]
    [fresh] = re.findall(r"/a/([^/\s]+)/", str(letter.body))
    for page in (client.get(f"/a/{token}/"), other.get(f"/a/{token}/")):
        assert "A newer link was mailed to you" in page.content.decode()
    other.post(f"/a/{token}/code/")
    assert mail.outbox[-1] is letter, "the one that was passed on does nothing any more"
    opened(client, fresh)
    assert "Hi Jane" in client.get(f"/a/{fresh}/").content.decode()


def test_what_is_open_stays_open_whoever_asks_for_codes(case: Asked, client: Browser) -> None:
    token, other = case.token(), Browser()
    opened(client, token)
    for _ in range(review_access.CODES_AN_HOUR + 2):
        other.post(f"/a/{token}/code/")
    assert "Hi Jane" in client.get(f"/a/{token}/").content.decode()
    assert "open in another window" in other.get(f"/a/{token}/").content.decode()


def test_a_new_link_that_no_mail_takes_leaves_the_old_one_and_there_are_four_an_hour(
    case: Asked, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = case.token()
    ReviewLink.objects.filter(ended_at=None).update(codes_mailed=5, codes_since=db_now())
    with monkeypatch.context() as broken:
        broken.setattr("campaigns.approval_letters.deliver", lambda _: 0)
        client.post(f"/a/{token}/code/")
    assert "Mail me the code" in client.get(f"/a/{token}/").content.decode()
    ReviewLink.objects.exclude(ended_at=None).update(made_at=db_now() - timedelta(hours=2))
    for _ in range(review_access.LINKS_AN_HOUR - 1):
        client.post(f"/a/{token}/code/")
        [token] = re.findall(r"/a/([^/\s]+)/", str(mail.outbox[-1].body))
        ReviewLink.objects.filter(ended_at=None).update(codes_mailed=5, codes_since=db_now())
    sent = len(mail.outbox)
    client.post(f"/a/{token}/code/")
    assert len(mail.outbox) == sent
    assert "Too many codes were asked for" in client.get(f"/a/{token}/").content.decode()
