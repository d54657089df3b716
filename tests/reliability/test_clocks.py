"""A worker whose clock is ten minutes wrong opens no hours and takes no other's messages, and a web server takes no old code: only the
database's clock counts."""

from __future__ import annotations

import ast
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from compliance.models import OwnWindow
from config.env import ROOT
from messaging import outbox, reconciling, recording, tasks
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.browser.letters import totp
from tests.campaigns.review import enrol
from tests.messaging.flight import claimed
from tests.reliability.lives import Case
from tests.simulators import Simulator

WRONG = [timedelta(minutes=-10), timedelta(minutes=10)]
# Reads of the machine's clock that decide nothing about a message: when a provider that is busy may be asked again.
OF_NO_WEIGHT = {"messaging/providers/sendgrid/provider.py"}
READS = {
    "time.time",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "datetime.today",
    "timezone.now",
    "timezone.localdate",
}


@pytest.fixture(params=WRONG, ids=["slow", "fast"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    wrong: timedelta = request.param
    seconds, now = time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: seconds() + wrong.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: now() + wrong)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_when_only_the_workers_clock_says_that_the_hours_are_open(
    quiet: Simulator, tmp_path: Path, wrong_clock: timedelta
) -> None:
    of = Case(quiet, 0, tmp_path / "begun").of
    five = timedelta(minutes=5)
    with acting_for(of.id):
        # By this clock it is within the hours; by the database's they are over, or have not begun.
        at = db_now()
        hours = {"opens_at": at + five} if wrong_clock > timedelta(0) else {"closes_at": at - five}
        OwnWindow.objects.update(**hours)
    outbox.plan(of.launch)
    with acting_for(of.id):
        Message.objects.update(due_at=at)
    assert tasks.send_due() == 0
    assert quiet.accepted() == []
    with acting_for(of.id):
        assert set(Message.objects.values_list("status", flat=True)) == {Status.QUEUED}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("wrong_clock")
def test_what_another_worker_has_in_hand_is_left_to_it(quiet: Simulator, tmp_path: Path) -> None:
    of = Case(quiet, 0, tmp_path / "begun", texts=2).of
    outbox.plan(of.launch)
    assert len(claimed(of.client)) == 2
    with acting_for(of.id):
        recording.open_deadlines(of.id, db_now() - reconciling.GRACE)
    reconciling.find_out(of.id)
    tasks.send_due()
    with acting_for(of.id):
        assert list(Message.objects.values_list("status", flat=True)) == [Status.HANDING] * 2
    assert quiet.accepted() == []


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG, ids=["slow", "fast"])
def test_a_web_server_with_a_wrong_clock_takes_the_code_of_the_phone_and_none_of_its_own_time(
    wrong: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.clinic()
    secret = enrol(people.alice())
    right, seconds, now = totp(secret), time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: seconds() + wrong.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: now() + wrong)
    assert signed_in(totp(secret)).get("/team/").status_code == 302
    browser = signed_in(right)
    assert browser.get("/team/").status_code == 200
    # The next page is answered by another web server, whose clock is right.
    monkeypatch.setattr(time, "time", seconds)
    monkeypatch.setattr(timezone, "now", now)
    assert browser.get("/team/").status_code == 200


def signed_in(code: str) -> Browser:
    browser = Browser()
    browser.post("/accounts/login/", {"login": "alice@example.org", "password": people.PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    return browser


def test_no_rule_and_no_step_of_a_hand_over_reads_the_machines_clock() -> None:
    reading = {
        str(file.relative_to(ROOT))
        for room in ("messaging", "compliance/checks", "compliance/windows", "consent")
        for file in (ROOT / room).rglob("*.py")
        if any(f"{name}(" in file.read_text() for name in READS)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and _name(node.func) in READS
    }
    assert reading - OF_NO_WEIGHT == ASIDE


# Limits of a minute at a door for strangers; which uploaded files are old, and which laid-down ones are whole: their times are
# the machine's own. None of them sends anything.
ASIDE = {"consent/signing_up.py", "consent/importing/uploads.py", "consent/list_sources/places.py"}


def _name(func: Any) -> str:
    return (
        f"{func.value.id}.{func.attr}"
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
        else ""
    )
