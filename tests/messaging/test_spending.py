"""A month's limit in dollars: counted as usage is, held by the gate, told once, and gone with the month or a higher limit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from compliance.gate import judged
from compliance.models import Spent
from messaging import spending
from messaging.breakers import tripping
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    people.alice()
    made = people.clinic()
    launched(made, texts=3)
    return made


def limit(of: Client, dollars: int | None) -> None:
    Client.objects.filter(pk=of.pk).update(most_dollars=dollars)


def one_text_cost(of: Client, dollars: int, at: datetime | None = None) -> None:
    """One of the texts was handed over, in as many segments as cost this much."""
    at = at or db_now()
    with acting_for(of.pk):
        one = Message.objects.filter(pk=Message.objects.order_by("pk").values("pk")[:1])
        one.update(status=Status.HANDING, claimed_at=at, judged_at=at, failed=[])
        one.update(status=Status.ACCEPTED)
        one.update(segments=dollars * 80)  # at $0.0125


def waits(of: Client) -> set[bool]:
    """Whether the limit keeps back those still queued."""
    with acting_for(of.pk):
        rows = judged(Message.objects.filter(status=Status.QUEUED), db_now())
        return {"spend_cap" in each.failed_now for each in rows}


def test_without_a_limit_nothing_waits_and_nothing_is_counted(clinic: Client) -> None:
    assert spending.count(clinic.pk) is None
    assert waits(clinic) == {False}


def test_below_its_limit_a_client_sends_and_at_it_waits(clinic: Client) -> None:
    one_text_cost(clinic, 2)
    limit(clinic, 3)
    spending.count(clinic.pk)
    assert waits(clinic) == {False}
    limit(clinic, 2)
    assert waits(clinic) == {True}, "a lower limit counts at once"
    limit(clinic, 3)
    assert waits(clinic) == {False}, "and so does a higher one"


def test_a_month_that_is_not_counted_yet_lets_nothing_out(clinic: Client) -> None:
    limit(clinic, 100)
    assert waits(clinic) == {True}
    spending.count(clinic.pk)
    assert waits(clinic) == {False}


def test_last_months_count_says_nothing_about_this_one(clinic: Client) -> None:
    limit(clinic, 100)
    spending.count(clinic.pk)
    with acting_for(clinic.pk):
        Spent.objects.update(until=db_now())
    assert waits(clinic) == {True}


def test_what_was_sent_last_month_does_not_count(clinic: Client) -> None:
    one_text_cost(clinic, 2, db_now() - timedelta(days=32))
    limit(clinic, 1)
    spent = spending.count(clinic.pk)
    assert spent is not None
    assert spent.dollars == 0


def test_a_count_by_the_clock_of_a_former_time_zone_lets_nothing_out(clinic: Client) -> None:
    limit(clinic, 2)
    spending.count(clinic.pk)
    Client.objects.filter(pk=clinic.pk).update(time_zone="America/Los_Angeles")
    one_text_cost(clinic, 2)
    spending.count(clinic.pk)
    assert waits(clinic) == {True}


def test_it_is_counted_while_it_goes_out(clinic: Client) -> None:
    limit(clinic, 100)
    one_text_cost(clinic, 2)
    tripping._next.clear()
    tripping.soon(clinic.pk)
    with acting_for(clinic.pk):
        assert Spent.objects.get().dollars == Decimal(2)


def test_the_agency_is_told_once_for_each_limit(clinic: Client) -> None:
    limit(clinic, 2)
    spending.count(clinic.pk)
    assert spending.tell(clinic.pk) == 0
    one_text_cost(clinic, 2)
    spending.count(clinic.pk)
    assert spending.tell(clinic.pk) == 1
    assert spending.tell(clinic.pk) == 0
    assert "this month's $2 are spent" in mail.outbox[0].subject
    assert "Jane" not in str(mail.outbox[0].body)
    limit(clinic, 1)
    assert spending.tell(clinic.pk) == 1


def test_a_rivals_spending_is_its_own(clinic: Client) -> None:
    limit(clinic, 2)
    spending.count(clinic.pk)
    rival = people.rival_clinic()
    limit(rival, 1)
    spending.count(rival.pk)
    one_text_cost(clinic, 2)
    spending.count(clinic.pk)
    with acting_for(rival.pk):
        assert Spent.objects.get().dollars == 0
    assert spending.tell(rival.pk) == 0


@pytest.mark.parametrize("dollars, percent", [("0", 0), ("1.99", 99), ("2", 100), ("3", 150)])
def test_a_share_says_hundred_only_where_the_limit_is_reached(dollars: str, percent: int) -> None:
    assert spending.share(2, Decimal(dollars)) == percent
    assert spending.share(None, Decimal(dollars)) is None
