"""Reports by mail: on the day the client chose, once a period, to its own people, with nobody's name in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Campaign
from messaging.models import Message, ReportMail, ReportSchedule
from messaging.reports import mailing
from messaging.reports.report_days import following, latest, next_due
from tenants.models import AuditEvent, Client, Membership, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.reports.counted import ran
from tests.messaging.world import TEXT

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 6, 8)
DUE = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)  # eight in the morning there
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(clinic: Client) -> Campaign:
    """Sent on the Tuesday before."""
    made = ran(clinic, TEXT, texts=2)
    with acting_for(clinic.pk):
        at = DUE - timedelta(days=6)
        Message.objects.update(claimed_at=at, judged_at=at)
    return made


def scheduled(
    of: Client, every: str = "week", readers: tuple[str, ...] = ("Bob",), **values: Any
) -> ReportSchedule:
    with acting_for(of.pk):
        return ReportSchedule.objects.create(
            client=of, every=every, weekday=1, readers=[people.user(each).pk for each in readers], set_by=people.user("Bob"),
            **{"since": DUE - timedelta(days=60)} | values,
        )  # fmt: skip


def mails(of: Client) -> list[ReportMail]:
    with acting_for(of.pk):
        return list(ReportMail.objects.order_by("due_on", "pk"))


def test_days_are_found_forwards_and_backwards() -> None:
    for number in range(400):
        day = date(2026, 1, 1) + timedelta(days=number)
        for weekday in (1, 5, 7):
            week, month = latest("week", weekday, day), latest("month", weekday, day)
            assert week <= day < following("week", weekday, week) == week + timedelta(days=7)
            assert month <= day < following("month", weekday, month)
            assert month.isoweekday() == week.isoweekday() == weekday
            assert month.day <= 7


def test_the_next_one_is_at_eight_by_the_practices_clock_across_a_change_of_clocks(clinic: Client) -> None:
    weekly = ReportSchedule(every="week", weekday=1)
    assert next_due(weekly, DUE, NEW_YORK) == DUE + timedelta(days=7), (
        "at the very hour it is this one that goes"
    )
    assert next_due(weekly, DUE - MINUTE, NEW_YORK) == DUE
    assert next_due(weekly, datetime(2026, 10, 30, tzinfo=UTC), NEW_YORK) == datetime(
        2026, 11, 2, 13, tzinfo=UTC
    )


def test_it_leaves_once_a_period_however_often_the_round_runs(
    clinic: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduled(clinic)
    assert mailing.send(schedule, DUE - MINUTE) == 0, "not before eight: the Monday before sent nothing"
    now = DUE + MINUTE
    monkeypatch.setattr(mailing, "db_now", lambda: now)
    assert [mailing.mail_reports() for _ in range(3)] == [1, 0, 0]
    (letter,) = mail.outbox
    assert letter.to == ["bob@example.org"]
    assert letter.subject == "Bright Smiles: what your campaigns brought, 1 Jun to 7 Jun 2026"
    assert "Spring recall: 2 people written to" in letter.body
    assert reverse("campaign_report", args=[clinic.slug, campaign.pk]) in letter.body
    assert "Jane" not in letter.body
    assert not letter.attachments
    now = DUE + timedelta(days=7, minutes=1)
    assert mailing.mail_reports() == 1
    assert "nobody new written to" in mail.outbox[1].body, "its bookings still counted"


def test_two_rounds_at_once_do_not_both_claim_it(clinic: Client, campaign: Campaign) -> None:
    schedule, bob = scheduled(clinic), people.user("Bob")
    with acting_for(clinic.pk):
        first, second = (mailing._claimed(schedule, MONDAY, [bob.pk], 1, DUE) for _ in range(2))
    assert len(first) == 1
    assert second == []


def test_what_the_server_refuses_is_tried_again_after_an_hour_and_shown(
    clinic: Client, campaign: Campaign, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduled(clinic)
    monkeypatch.setattr(mailing, "db_now", lambda: DUE)
    settings.EMAIL_BACKEND = "tests.no_such.Backend"
    assert mailing.send(schedule, DUE) == 0
    page = (
        people.sign_in(Browser(), people.alice()).get(reverse("reports", args=[clinic.slug])).content.decode()
    )
    assert "did not reach everybody" in page
    assert "tried again within the hour" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mailing.send(schedule, DUE + MINUTE) == 0
    assert mailing.send(schedule, DUE + HOUR) == 1
    assert mailing.send(schedule, DUE + 3 * HOUR) == 0
    (row,) = mails(clinic)
    assert (row.tries, row.refused_at, bool(row.taken_at)) == (2, None, True)


def test_what_goes_wrong_with_one_client_keeps_no_others_back(
    clinic: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = people.client_of(clinic.agency, "Broken Teeth")
    scheduled(clinic)
    scheduled(broken)
    lines_of = mailing.lines_of

    def breaks(of: Client, first: date, until: date) -> list[mailing.Line]:
        if of == broken:
            raise ZeroDivisionError
        return lines_of(of, first, until)

    with acting_for(broken.pk):
        people.member("Bob", Role.APPROVER, client=broken)
    monkeypatch.setattr(mailing, "lines_of", breaks)
    monkeypatch.setattr(mailing, "db_now", lambda: DUE + MINUTE)
    assert mailing.mail_reports() == 1
    assert mailing.mail_reports() == 0


def test_a_mail_whose_fate_is_not_known_is_not_sent_again(clinic: Client, campaign: Campaign) -> None:
    schedule = scheduled(clinic)
    with acting_for(clinic.pk):  # the worker died after this
        mailing._claimed(schedule, MONDAY, [people.user("Bob").pk], 1, DUE)
    assert mailing.send(schedule, DUE + 3 * HOUR) == 0
    page = (
        people.sign_in(Browser(), people.alice()).get(reverse("reports", args=[clinic.slug])).content.decode()
    )
    assert "Not known" in page
    assert "not sent twice" in page


def test_who_left_gets_none_and_with_nothing_to_tell_nothing_is_sent(
    clinic: Client, campaign: Campaign
) -> None:
    people.member("Vera", Role.VIEWER, client=clinic)
    schedule = scheduled(clinic, readers=("Bob", "Vera"))
    Membership.objects.filter(user__name="Bob").update(ended_at=DUE)
    assert mailing.send(schedule, DUE) == 1
    assert mail.outbox[0].to == ["vera@example.org"]
    assert mailing.send(schedule, DUE + timedelta(days=70)) == 0, "long over"
    assert [row.campaigns for row in mails(clinic)] == [1, 0]
    Client.objects.filter(pk=clinic.pk).update(closed_at=DUE)
    assert mailing.mail_reports() == 0


def test_a_schedule_set_after_eight_begins_with_the_next_day(clinic: Client, campaign: Campaign) -> None:
    schedule = scheduled(clinic, since=DUE + MINUTE)
    assert mailing.send(schedule, DUE + HOUR) == 0
    assert mailing.send(schedule, DUE + timedelta(days=7)) == 1


def test_the_client_chooses_and_takes_it_back_on_record(clinic: Client) -> None:
    bob, page = people.bob(clinic), reverse("reports", args=[clinic.slug])
    browser = people.sign_in(Browser(), bob)
    wrong = browser.post(page, {"every": "week", "weekday": 2})
    assert wrong.status_code == 422
    assert "Choose at least one person" in wrong.content.decode()
    told = browser.post(
        page, {"every": "month", "weekday": 2, "readers": [bob.pk]}, follow=True
    ).content.decode()
    assert "on the first Tuesday, to Bob" in told
    assert "08:00 E" in told
    browser.post(page, {"every": "month", "weekday": 2, "readers": [bob.pk]})
    browser.post(page, {"every": "never", "weekday": 2})
    with acting_for(clinic.pk):
        assert ReportSchedule.objects.exclude(ended_at=None).count() == ReportSchedule.objects.count() == 1
        assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {
            "reports.scheduled",
            "reports.ended",
        }


def test_only_the_clients_own_people_can_be_chosen_and_only_some_choose(clinic: Client) -> None:
    alice, page = people.alice(), reverse("reports", args=[clinic.slug])
    fred = people.fred(clinic)
    given = {"every": "week", "weekday": 1, "readers": [alice.pk]}
    assert people.sign_in(Browser(), alice).post(page, given).status_code == 422, "not the agency's"
    people.sign_in(Browser(), fred).post(page, given | {"readers": [fred.pk]})
    assert people.sign_in(Browser(), fred).get(page).status_code == 200
    with acting_for(clinic.pk):
        assert not ReportSchedule.objects.exists()
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(page).status_code == stranger.post(page, given).status_code == 404
