"""A limit on frequency says when it frees a person again, and it does so exactly then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign, Step
from compliance import step_queries
from compliance.checks import BY_CODE, CHECKS
from compliance.deciding import until
from compliance.gate import reasons
from compliance.pages.dry_run import FREEING
from consent.models import ConsentRecord, ContactPoint, Touch
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_dry_run import lines

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    with acting_for(clinic.pk):
        made: Campaign = people.campaign(clinic, {"channel": "sms"}, by=people.alice())
        people.ready(clinic)
        people.consent(people.contact(clinic, phone=people.a_phone()))
    return made


def touched(clinic: Client, ago: Sequence[timedelta], channel: str = "sms") -> None:
    spot = ContactPoint.objects.select_related("contact").get(channel="sms")
    at = db_now()
    Touch.objects.bulk_create(
        Touch(client=clinic, address_id=spot.address_id, household=spot.contact.household, channel=channel,
              purpose="marketing", at=at - each, message_id=number)
        for number, each in enumerate(ago)
    )  # fmt: skip


def promised(*a_month: int) -> None:
    """The same yes again with other promises: the least of them binds."""
    given = ConsentRecord.objects.get()
    for number, promise in enumerate(a_month):
        given.pk, given.method, given.wording = (
            None,
            f"other {number}",
            f"Text me, up to {promise} msgs/month.",
        )
        given.save()


def refusals(campaign: Campaign, at: datetime) -> dict[str, Any]:
    """What refuses the one person at `at`, with the rows that do."""
    step = Step.objects.select_related("campaign__client", "sender").get(campaign=campaign)
    (point,) = ContactPoint.objects.values_list("pk", flat=True)
    found = reasons(step_queries.explained(step, at, point), refusing=True)
    return {reason.check.code: reason.rows for reason in found}


@pytest.mark.parametrize(
    "code, ago, channel",
    [
        ("one_a_day", [5 * HOUR, 20 * HOUR], "sms"),
        ("three_a_week", [2 * DAY, 3 * DAY, 4 * DAY, 6 * DAY], "sms"),
        ("too_soon", [2 * DAY, 4 * DAY], "sms"),
        ("household_today", [HOUR * each for each in range(19, 2, -1)], "email"),
        ("often_enough", [40 * DAY, 90 * DAY, 200 * DAY, 300 * DAY, 400 * DAY], "email"),
        ("promised_frequency", [8 * DAY, 15 * DAY, 25 * DAY, 28 * DAY, 29 * DAY, 40 * DAY], "sms"),
    ],
)
def test_what_is_told_is_the_instant_at_which_the_limit_frees(
    clinic: Client, campaign: Campaign, code: str, ago: list[timedelta], channel: str
) -> None:
    Client.objects.filter(pk=clinic.pk).update(days_between=5, most_a_year=3)
    with acting_for(clinic.pk):
        touched(clinic, ago, channel)
        promised(5, 3, 4)
        told = until(BY_CODE[code], refusals(campaign, db_now())[code])
        assert told is not None
        assert code in refusals(campaign, told - timedelta(seconds=1))
        assert code not in refusals(campaign, told)


def test_a_check_that_cannot_say_when_says_nothing() -> None:
    assert {check.code for check in FREEING} == {
        "one_a_day", "three_a_week", "promised_frequency", "too_soon", "often_enough", "household_today",
    }  # fmt: skip
    assert until(BY_CODE["opted_out"], [object()]) is None  # type: ignore[list-item]
    assert until(BY_CODE["one_a_day"], []) is None
    assert all(check.opens is None for check in CHECKS if check.frees is not None)


def test_the_dry_run_names_the_latest_of_them(clinic: Client, campaign: Campaign) -> None:
    with acting_for(clinic.pk):
        touched(clinic, [5 * HOUR, 2 * DAY, 4 * DAY])
        told = Touch.objects.order_by("at").values_list("at", flat=True)[0] + 7 * DAY
        (line,) = lines(clinic, campaign)
    assert line["Answer"] == "waiting"
    assert (
        line["Not before"]
        == f"{told.astimezone(ZoneInfo(clinic.time_zone)):%Y-%m-%d %H:%M} {clinic.time_zone}"
    )


def test_more_people_who_wait_ask_no_more_questions(clinic: Client, campaign: Campaign) -> None:
    alice = people.sign_in(Browser(), people.user("Alice"))
    Client.objects.filter(pk=clinic.pk).update(days_between=5)
    with acting_for(clinic.pk):
        touched(clinic, [5 * HOUR])
    counts = []
    for more in (0, 0, 5):  # the first look of a sign-in asks more
        with acting_for(clinic.pk):
            for _ in range(more):
                person = people.contact(clinic, phone=people.a_phone())
                people.consent(person)
                spot = ContactPoint.objects.get(contact=person)
                Touch.objects.create(
                    client=clinic, address_id=spot.address_id, household=person.household, channel="sms",
                    purpose="marketing", at=db_now() - HOUR, message_id=9,
                )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            answer: Any = alice.post(reverse("dry_run", args=[clinic.slug, campaign.pk]))
            assert b"waiting" in b"".join(answer.streaming_content)
        counts.append(len(asked))
    assert counts[1] == counts[2]
