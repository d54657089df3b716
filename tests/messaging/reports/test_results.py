"""What each client's campaigns brought in a month: by the rules of the campaign report, each person and appointment once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client as Browser

from consent.models import Contact, Suppression
from messaging.models import Message, Status
from messaging.reports.results import Results, results
from messaging.reports.usage import Month
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import queries_of
from tests.messaging.reports.counted import booked
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db
JANUARY = Month(date(2026, 1, 1))
WRITTEN = datetime(2026, 1, 28, 15, tzinfo=UTC)  # a Wednesday
LAST_MINUTES = datetime(2026, 2, 1, 4, 30, tzinfo=UTC)  # 31 January, 23:30 in Indiana
URL = "/usage/?month=2026-01"


@pytest.fixture
def clinic() -> Client:
    made = people.clinic()
    launched(made, TEXT, MAIL, texts=3)
    with acting_for(made.pk):
        Message.objects.update(status=Status.HANDING, claimed_at=WRITTEN, judged_at=WRITTEN, failed=[])
        Message.objects.update(status=Status.ACCEPTED)
    return made


def counted(of: Client, month: Month = JANUARY) -> Results | None:
    with acting_for(of.pk):
        return results([of.pk], month).get(of.pk)


def persons(of: Client) -> list[int]:
    with acting_for(of.pk):
        return list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def test_a_person_written_to_twice_is_one_person(clinic: Client) -> None:
    assert counted(clinic) == Results(written=3)


def test_appointments_belong_to_the_month_in_which_they_were_made_by_the_clients_own_clock(
    clinic: Client,
) -> None:
    one, other, _ = persons(clinic)
    with acting_for(clinic.pk):
        booked(one, LAST_MINUTES, number="1", status="kept", cents=12_345)
        booked(one, LAST_MINUTES, number="2")
        booked(other, LAST_MINUTES + timedelta(hours=1), number="3", status="kept", cents=None)
    assert counted(clinic) == Results(written=3, booked=1, bookings=2, kept=1, cents=12_345)
    assert counted(clinic, JANUARY.after) == Results(booked=1, bookings=1, kept=1)


def test_those_written_to_are_of_the_month_by_the_clock_that_the_client_has_now(clinic: Client) -> None:
    with acting_for(clinic.pk):
        Message.objects.update(claimed_at=LAST_MINUTES, judged_at=LAST_MINUTES)
    assert counted(clinic) == Results(written=3)
    Client.objects.filter(pk=clinic.pk).update(time_zone="Pacific/Kiritimati")
    assert counted(clinic) is None
    assert counted(clinic, JANUARY.after) == Results(written=3)


@pytest.mark.parametrize(
    "days, values",
    [(-1, {}), (1, {"status": "cancelled"}), (1, {"by_word": True}), (1, {"ended_at": WRITTEN})],
    ids=["before the message", "cancelled", "by word alone", "changed since"],
)
def test_what_no_campaign_report_counts_is_not_counted(
    clinic: Client, days: int, values: dict[str, object]
) -> None:
    with acting_for(clinic.pk):
        booked(persons(clinic)[0], WRITTEN + timedelta(days=days), number="1", **values)
    assert counted(clinic) == Results(written=3)


def test_the_window_ends_after_its_business_days_in_a_later_month_too(clinic: Client) -> None:
    one, other, _ = persons(clinic)
    last = datetime(2026, 2, 12, 4, 30, tzinfo=UTC)  # 23:30 of the tenth business day
    with acting_for(clinic.pk):
        booked(one, last, number="1")
        booked(other, last + timedelta(hours=1), number="2")
    assert counted(clinic, JANUARY.after) == Results(booked=1, bookings=1)


def test_an_opt_out_counts_within_thirty_days_of_a_message_and_a_bounce_never(clinic: Client) -> None:
    with acting_for(clinic.pk):
        mails = list(Message.objects.filter(channel="email").order_by("pk"))
        for mail, source, days in zip(mails, ("member", "hard_bounce", "member"), (1, 1, 31), strict=True):
            Suppression.objects.create(
                client=clinic, address_id=mail.address_id, source=source, since=WRITTEN + timedelta(days=days)
            )
    assert counted(clinic) == Results(written=3, opted_out=1)
    assert counted(clinic, JANUARY.after) is None


def test_the_page_is_ordered_by_any_column_and_costs_the_same_for_many_clients(clinic: Client) -> None:
    with acting_for(clinic.pk):
        booked(persons(clinic)[0], LAST_MINUTES, status="kept", cents=9_900)
    browser = people.sign_in(Browser(), people.alice())
    few = queries_of(browser, URL)
    people.client_of(people.agency(), "Aardvark")
    assert queries_of(browser, URL) == few
    page = browser.get(URL).content.decode()
    assert page.index("Aardvark</a></th>") < page.index("Bright Smiles</a></th>")
    assert '<td class="num" data-label="Worth">$99.00</td>' in page
    page = browser.get(URL + "&sort=worth").content.decode()
    assert page.index("Bright Smiles</a></th>") < page.index("Aardvark</a></th>")
    assert browser.get(URL + "&sort=id").status_code == 404


def test_a_rival_and_a_stranger_read_nothing_of_it(clinic: Client) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert results([clinic.pk, rival.pk], JANUARY) == {}
    assert Browser().get(URL).status_code == 302
