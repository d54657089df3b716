"""A mailed review before those who look without being asked, and on a web machine whose clock is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from campaigns import approval
from campaigns.models import Approval, ApprovalRequest, ReviewLink
from tenants.clock import db_now
from tenants.inviting import reset_second_factor
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests.campaigns.review import Asked, asked, enrol, mailed_code, opened, signature
from tests.campaigns.test_approval import BOBS
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db

AHEAD = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch;anonymous-client-ip"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; MailLinkScanner/1.0)"},
)
DOORS = ("", "code/", "open/", "sign/", "change/", "withdraw/", "mail/1/", "mail/2/")
DAY = 86_400
Clock = Callable[[int], None]


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


@pytest.fixture
def wrong_by(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set this process's clock so many seconds ahead of the true time; the database's stays right."""
    true_time, true_now = time.time, timezone.now

    def wrong_by(seconds: int) -> None:
        monkeypatch.setattr(time, "time", lambda: true_time() + seconds)
        monkeypatch.setattr(timezone, "now", lambda: true_now() + timedelta(seconds=seconds))

    return wrong_by


def everything(case: Asked) -> list[Any]:
    """What a look could have left behind."""
    with acting_for(case.client.pk):
        return [
            list(ReviewLink.objects.order_by("pk").values()),
            list(ApprovalRequest.objects.order_by("pk").values()),
            Approval.objects.count(),
            AuditEvent.objects.count(),
            len(mail.outbox),
        ]


@pytest.mark.parametrize("headers", AHEAD)
def test_a_scanner_or_a_prefetch_opens_nothing_and_has_no_code_mailed(
    case: Asked, headers: dict[str, str]
) -> None:
    token = case.token()
    before = everything(case)
    scanner = Browser(headers=headers)
    for door in DOORS:
        for look in (scanner.get, scanner.head):
            answer = look(f"/a/{token}/{door}")
            assert "Hi Jane" not in answer.content.decode()
    assert everything(case) == before
    assert settings.SESSION_COOKIE_NAME not in scanner.cookies, (
        "nothing is tied to a browser that only looked"
    )


@pytest.mark.parametrize("headers", AHEAD[:2])
def test_a_prefetch_by_the_browser_that_has_it_open_changes_nothing(
    case: Asked, client: Browser, headers: dict[str, str]
) -> None:
    token = case.token()
    opened(client, token)
    before = everything(case)
    for door in DOORS:
        client.get(f"/a/{token}/{door}", headers=headers)
    assert everything(case) == before


def test_a_scanner_that_presses_the_button_without_its_page_is_refused(case: Asked) -> None:
    token = case.token()
    before = everything(case)
    scanner = Browser(enforce_csrf_checks=True)
    for door in DOORS[1:6]:
        assert scanner.post(f"/a/{token}/{door}", {"code": "000000"}).status_code == 403
    assert everything(case) == before


def test_a_scanner_that_came_first_takes_nothing_from_the_person(case: Asked, client: Browser) -> None:
    token = case.token()
    Browser(headers=AHEAD[-1]).get(f"/a/{token}/")
    opened(client, token)
    assert "Hi Jane" in client.get(f"/a/{token}/").content.decode()


@pytest.mark.parametrize("seconds", [-400 * DAY, 400 * DAY])
def test_the_time_of_a_signature_is_the_databases(case: Asked, wrong_by: Clock, seconds: int) -> None:
    with acting_for(case.client.pk):
        wrong_by(seconds)
        begun = db_now()
        made = approval.sign(case.request.pk, case.bob, BOBS)
        assert isinstance(made, Approval)
        made.refresh_from_db()
        assert begun <= made.since <= db_now()
        assert made.expires_at == made.since + timedelta(days=approval.APPROVAL_DAYS)
        assert begun <= AuditEvent.objects.get(verb="approval.signed").at <= db_now()
        assert Approval.objects.in_force(db_now()).exists(), "the gate asks the same clock"


@pytest.mark.parametrize("seconds", [-DAY, DAY])
def test_a_mailed_code_lasts_ten_minutes_of_the_databases_clock(
    case: Asked, client: Browser, wrong_by: Clock, seconds: int
) -> None:
    token = case.token()
    client.post(f"/a/{token}/code/")
    wrong_by(seconds)
    ReviewLink.objects.filter(ended_at=None).update(code_until=db_now() - timedelta(seconds=1))
    client.post(f"/a/{token}/open/", {"code": mailed_code()})
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode(), "a slow clock revives no code"
    opened(client, token)
    assert "Hi Jane" in client.get(f"/a/{token}/").content.decode(), "a fast one lets none run out"
    ReviewLink.objects.filter(ended_at=None).update(open_until=db_now() - timedelta(seconds=1))
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()


@pytest.mark.parametrize("seconds", [-120, 120])
def test_the_phones_code_signs_whatever_the_clock_says_and_a_code_of_the_wrong_time_does_not(
    case: Asked, client: Browser, wrong_by: Clock, seconds: int
) -> None:
    secret = enrol(case.bob)
    given = signature(secret)
    token = case.token()
    opened(client, token)
    wrong_by(seconds)
    answer = client.post(f"/a/{token}/sign/", signature(secret))
    assert answer.status_code == 422
    assert "not right" in answer.content.decode()
    with acting_for(case.client.pk):
        assert not Approval.objects.exists()
    client.post(f"/a/{token}/sign/", given)
    with acting_for(case.client.pk):
        assert Approval.objects.exists()


def test_who_has_the_link_forwarded_does_not_interrupt_the_signer(case: Asked, client: Browser) -> None:
    token, other = case.token(), Browser()
    opened(client, token)
    other.post(f"/a/{token}/code/")
    for _ in range(5):
        other.post(f"/a/{token}/open/", {"code": "000000" if mailed_code() != "000000" else "111111"})
    assert "Hi Jane" in client.get(f"/a/{token}/").content.decode()
    assert "Hi Jane" not in other.get(f"/a/{token}/").content.decode()
    client.post(f"/a/{token}/sign/", signature(enrol(case.bob)))
    with acting_for(case.client.pk):
        assert Approval.objects.exists()


def test_the_code_itself_takes_the_review_to_the_browser_that_typed_it(case: Asked, client: Browser) -> None:
    token = case.token()
    opened(client, token)
    second = opened(Browser(), token)
    assert "Hi Jane" in second.get(f"/a/{token}/").content.decode()
    assert "Hi Jane" not in client.get(f"/a/{token}/").content.decode()


def test_a_reset_of_the_second_factor_ends_open_reviews_and_links_mailed_before(
    case: Asked, client: Browser
) -> None:
    token = case.token()
    opened(client, token)
    reset_second_factor(case.bob)
    page = client.get(f"/a/{token}/")
    assert (page.status_code, "second factor was reset" in page.content.decode()) == (410, True)
    assert client.post(f"/a/{token}/sign/", signature(enrol(case.bob))).status_code == 302
    with acting_for(case.client.pk):
        assert not Approval.objects.exists()
    again = case.token()
    assert "Hi Jane" in opened(client, again).get(f"/a/{again}/").content.decode()
