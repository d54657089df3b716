"""The code of an authenticator app: taken a moment late or early, and once only."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from campaigns import second_factor
from tenants import one_time_codes
from tests import people
from tests.browser.letters import totp
from tests.campaigns.review import enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand at a second of some half minute: nothing here depends on when the test runs."""
    begun = time.time() // 30 * 30

    def stand(second: int) -> None:
        at = datetime.fromtimestamp(begun + second, UTC)
        monkeypatch.setattr(time, "time", lambda: begun + second)  # of the phone
        monkeypatch.setattr(one_time_codes, "db_now", lambda: at)

    stand(0)
    return stand


def signed_in_with(code: str) -> bool:
    browser = Browser()
    browser.post("/accounts/login/", {"login": "alice@example.org", "password": people.PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    return bool(browser.get("/team/").status_code == 200)


@pytest.mark.parametrize("second, taken", [(0, True), (59, True), (60, False), (-30, True), (-31, False)])
def test_a_code_is_taken_one_half_minute_late_or_early_and_no_more(
    clock: Any, second: int, taken: bool
) -> None:
    people.clinic()
    code = totp(enrol(people.alice()))
    clock(second)
    assert signed_in_with(code) is taken


def test_a_code_that_is_still_right_signs_in_once(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people.clinic()
    code = totp(enrol(people.alice()))
    assert signed_in_with(code)
    forgotten_by_allauth(monkeypatch)
    clock(45)
    assert not signed_in_with(code)


def test_a_code_that_is_still_right_signs_once(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = people.alice()
    code = totp(enrol(alice))
    assert second_factor.prove(alice, code)
    forgotten_by_allauth(monkeypatch)
    clock(45)
    assert not second_factor.prove(alice, code)


def test_enrolling_while_signing_uses_the_code_up(
    clock: Any,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice, secret = people.alice(), second_factor.new_secret()
    code = second_factor.code_now(alice, secret)
    assert code == totp(secret)
    assert second_factor.prove(alice, code, secret)
    forgotten_by_allauth(monkeypatch)
    assert not second_factor.prove(alice, code)


def forgotten_by_allauth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own mark lives for half a minute of the cache's clock, which no test moves."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda *_: True)
