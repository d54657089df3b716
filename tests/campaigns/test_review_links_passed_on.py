"""Whoever was passed a review's link cannot keep its signer out: used-up codes end it, and a new one goes to the signer's mailbox."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser

from campaigns import review_access
from campaigns.models import ReviewLink
from tenants.clock import db_now
from tenants.models import AuditEvent
from tenants.scope import acting_for_every_client
from tests.campaigns.review import Asked, asked, opened
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db
laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def links() -> list[Any]:
    """Every link as it stands."""
    return list(ReviewLink.objects.order_by("pk").values())


def records() -> int:
    """How many events tell of a link that was renewed."""
    with acting_for_every_client():
        return len(AuditEvent.objects.filter(verb="approval.link_renewed"))


def refuses(_: object) -> int:
    raise OSError("no mail server answers")


def test_the_mail_leaves_once_the_new_link_stands_and_no_transaction_waits_for_it(
    case: Asked, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, outside = case.token(), len(connection.savepoint_ids)
    ReviewLink.objects.filter(ended_at=None).update(codes_mailed=5, codes_since=db_now())
    there: list[tuple[int, int]] = []

    def taken(_: object) -> int:
        there.append((len(connection.savepoint_ids), ReviewLink.objects.filter(ended_at=None).count()))
        return 1

    monkeypatch.setattr(mail.EmailMessage, "send", taken)
    assert "a new one was mailed" in client.post(f"/a/{token}/code/").content.decode()
    assert there == [(outside, 2)], "the former link goes on until the mail is taken"
    assert ReviewLink.objects.filter(ended_at=None).count() == 1
    assert records() == 1


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
    before = links(), records()
    with monkeypatch.context() as broken:
        broken.setattr(mail.EmailMessage, "send", refuses)
        client.post(f"/a/{token}/code/")
    assert (links(), records()) == before
    said = client.get(f"/a/{token}/").content.decode()
    assert "could not be mailed just now" in said
    assert "Mail me the code" in said
    ReviewLink.objects.exclude(ended_at=None).update(made_at=db_now() - timedelta(hours=2))
    for _ in range(review_access.LINKS_AN_HOUR - 1):
        client.post(f"/a/{token}/code/")
        [token] = re.findall(r"/a/([^/\s]+)/", str(mail.outbox[-1].body))
        ReviewLink.objects.filter(ended_at=None).update(codes_mailed=5, codes_since=db_now())
    sent = len(mail.outbox)
    client.post(f"/a/{token}/code/")
    assert len(mail.outbox) == sent
    assert "Too many codes were asked for" in client.get(f"/a/{token}/").content.decode()
