"""What each client sent in a month: counted by the client's own clock, an agency's clients side by side, nobody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser

from messaging.models import Message, Status
from messaging.reports.usage import Month, Usage, by_day, usage
from tenants.clock import db_now
from tenants.models import Client, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import queries_of
from tests.messaging.world import MAIL, launched

pytestmark = pytest.mark.django_db
JANUARY = Month(date(2026, 1, 1))
LAST_MINUTES = datetime(2026, 2, 1, 4, 30, tzinfo=UTC)  # 31 January, 23:30 in Indiana
STRIP = "/c/bright-smiles/this-month/"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def handed_over(of: Client, *, at: datetime, segments: int = 1, status: str = Status.ACCEPTED) -> None:
    """Every message of the client, at once."""
    with acting_for(of.pk):
        Message.objects.update(status=Status.HANDING, claimed_at=at, judged_at=at, failed=[])
        Message.objects.update(status=status)
        Message.objects.filter(channel="sms").update(segments=segments)


def counted(of: Client, month: Month) -> Usage | None:
    with acting_for(of.pk):
        return usage([of.pk], month).get(of.pk)


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def test_a_text_costs_its_segments_and_a_mail_its_list_price(clinic: Client) -> None:
    launched(clinic, texts=3)
    handed_over(clinic, at=LAST_MINUTES, segments=2)
    assert counted(clinic, JANUARY) == Usage(3, 6, 0, Decimal("0.0750"))


def test_mails_are_counted_apart(clinic: Client) -> None:
    launched(clinic, MAIL, texts=3)
    handed_over(clinic, at=LAST_MINUTES)
    assert counted(clinic, JANUARY) == Usage(0, 0, 3, Decimal("0.0027"))


def test_the_month_ends_by_the_clients_own_clock(clinic: Client) -> None:
    launched(clinic, texts=1)
    handed_over(clinic, at=LAST_MINUTES)
    assert counted(clinic, JANUARY.after) is None
    Client.objects.filter(pk=clinic.pk).update(time_zone="Pacific/Kiritimati")
    assert counted(clinic, JANUARY) is None
    assert counted(clinic, JANUARY.after)


@pytest.mark.parametrize("status, paid", [(Status.UNKNOWN, True), (Status.REFUSED, False)])
def test_what_a_provider_may_bill_counts_and_what_it_refused_does_not(
    clinic: Client, status: str, paid: bool
) -> None:
    launched(clinic, texts=1)
    handed_over(clinic, at=LAST_MINUTES, status=status)
    assert bool(counted(clinic, JANUARY)) == paid


def test_an_agency_sees_its_clients_side_by_side_and_takes_them_as_a_file(clinic: Client) -> None:
    launched(clinic, texts=3)
    handed_over(clinic, at=LAST_MINUTES, segments=2)
    browser = as_(people.alice())
    file = browser.get("/usage/file/?month=2026-01").getvalue().decode()
    assert "Bright Smiles,2026-01,3,6,0,0.08,3,0,0,0,0.00,0" in file.replace('"', "")
    page = browser.get("/usage/?month=2026-01").content.decode()
    assert "Usage in January 2026" in page
    assert "$0.08" in page


@pytest.mark.parametrize("month", ["2026-13", "x", "1999-12", "2999-01", "2026-11-22", "0"])
def test_a_month_that_there_is_not_is_no_page(clinic: Client, month: str) -> None:  # noqa: ARG001
    assert as_(people.alice()).get("/usage/", {"month": month}).status_code == 404


def test_the_page_costs_the_same_for_many_clients(clinic: Client) -> None:
    browser = as_(people.alice())
    few = queries_of(browser, "/usage/")
    for name in ("East", "West", "North"):
        people.client_of(people.agency(), name)
    assert queries_of(browser, "/usage/") == few


def test_the_overview_shows_this_month_by_days(clinic: Client) -> None:
    browser = as_(people.alice())
    assert "Nothing was handed over in" in browser.get(STRIP).content.decode()
    launched(clinic, texts=3)
    handed_over(clinic, at=db_now())
    shown = browser.get(STRIP).content.decode()
    today = db_now().astimezone(ZoneInfo(clinic.time_zone))
    assert f'<td>{today:%a} {today.day} {today:%b}</td><td class="num">3</td><td class="num">0</td>' in shown
    assert STRIP in browser.get("/c/bright-smiles/").content.decode()


def test_days_are_the_clients_own(clinic: Client) -> None:
    launched(clinic, texts=2)
    handed_over(clinic, at=LAST_MINUTES)
    with acting_for(clinic.pk):
        assert by_day(clinic.pk, JANUARY) == {date(2026, 1, 31): (2, 0)}
        assert by_day(clinic.pk, JANUARY.after) == {}


def test_a_rival_sees_only_its_own_and_a_stranger_nothing(clinic: Client) -> None:
    launched(clinic, texts=1)
    rival, charlie = people.rival_clinic(), people.charlie()
    theirs = as_(charlie).get("/usage/").content.decode()
    assert clinic.name not in theirs
    assert rival.name in theirs
    assert as_(people.fred(clinic)).get("/usage/").status_code == 404
    assert as_(charlie).get(STRIP).status_code == 404
    assert Browser().get("/usage/").status_code == 302
