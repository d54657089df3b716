"""Audiences with a name: kept from one campaign, taken by another, counted in one query."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from campaigns import saved_audiences
from campaigns.audience import months_before
from campaigns.audience import people as people_of
from campaigns.forms import today
from campaigns.models import Campaign, SavedAudience
from campaigns.saved_audiences import LAPSED, choices, counted
from tenants.models import Location
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Asked:
    cache.clear()
    return asked()


@pytest.fixture
def alice(case: Asked) -> Any:
    return people.sign_in(Browser(), case.alice)


def at(case: Asked, rest: str, campaign: Campaign | None = None) -> str:
    return f"/c/{case.client.slug}/campaigns/{(campaign or case.campaign).pk}/audience/{rest}/"


@pytest.mark.parametrize(
    "day, months, earlier",
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 1, 15), 18, date(2024, 7, 15)),
        (date(2026, 12, 1), 24, date(2024, 12, 1)),
    ],
)
def test_months_are_the_calendars(day: date, months: int, earlier: date) -> None:
    assert months_before(day, months) == earlier


def test_a_preset_is_reckoned_from_today_and_voids_what_was_asked(case: Asked, alice: Any) -> None:
    alice.post(at(case, "use"), {"audience": "lapsed-18"})
    with acting_for(case.client.pk):
        now = Campaign.objects.get(pk=case.campaign.pk)
        assert now.last_visit_before == months_before(today(case.client), 18)
        assert now.fingerprint != case.request.version.fingerprint
        case.request.refresh_from_db()
        assert case.request.outcome == "replaced"


def test_a_kept_audience_is_taken_whole_by_another_campaign(case: Asked, alice: Any) -> None:
    with acting_for(case.client.pk):
        site = Location.objects.create(client=case.client, name="Main", time_zone="America/New_York")
        Campaign.objects.filter(pk=case.campaign.pk).update(
            last_visit_before=date(2025, 3, 1),
            last_visit_after=date(2020, 1, 1),
            segments=["Hygiene"],
            location=site,
        )
        other = people.campaign(case.client, by=case.alice)
    for name, months in (("Fixed", ""), ("Moving", "12")):
        assert alice.post(at(case, "keep"), {"name": name, "lapsed_months": months}).status_code == 302
    assert "of this name already" in alice.post(at(case, "keep"), {"name": "Fixed"}).content.decode()
    with acting_for(case.client.pk):
        fixed, moving = SavedAudience.objects.order_by("name")
    days = []
    for kept in (fixed, moving):
        alice.post(at(case, "use", other), {"audience": f"kept-{kept.pk}"})
        with acting_for(case.client.pk):
            now = Campaign.objects.get(pk=other.pk)
        days.append(now.last_visit_before)
        assert (now.last_visit_after, now.segments, now.location_id) == (
            date(2020, 1, 1),
            ["Hygiene"],
            site.pk,
        )
    assert days == [date(2025, 3, 1), months_before(today(case.client), 12)]
    alice.post(f"/c/{case.client.slug}/audiences/{fixed.pk}/delete/")
    with acting_for(case.client.pk):
        assert [each.name for each in SavedAudience.objects.all()] == ["Moving"]
        assert Campaign.objects.get(pk=other.pk).segments == ["Hygiene"]


def test_the_count_is_of_those_a_campaign_with_this_rule_names(
    case: Asked, alice: Any, django_assert_num_queries: Any
) -> None:
    with acting_for(case.client.pk):
        for months in (1, 7, 13, 13, 30):
            people.contact(
                case.client, last_visit=months_before(today(case.client), months), segment="Hygiene"
            )
        Campaign.objects.filter(pk=case.campaign.pk).update(segments=["Hygiene"])
        saved_audiences.keep(Campaign.objects.get(pk=case.campaign.pk), "Hygiene, a year", 12, case.alice)
        every = choices(case.client)
        with django_assert_num_queries(1):
            found = counted(case.client, every)
        for each, count in found:
            made = Campaign(client=case.client, segments=[])
            saved_audiences.use(made, each)
            assert people_of(made).count() == count, each.name
        assert {each.name: count for each, count in found}["Hygiene, a year"] == 3
    page = alice.get(f"/c/{case.client.slug}/audiences/").content.decode()
    assert "Hygiene, a year" in page
    assert (
        f'<option value="lapsed-{LAPSED[0]}">'
        in alice.get(f"/c/{case.client.slug}/campaigns/{case.campaign.pk}/").content.decode()
    )


def test_so_many_are_kept_and_nothing_that_names_nobody(
    case: Asked, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_for(case.client.pk):
        Campaign.objects.filter(pk=case.campaign.pk).update(last_visit_after=today(case.client))
    answer = alice.post(at(case, "keep"), {"name": "None", "lapsed_months": "6"})
    assert "nobody would fit" in answer.content.decode()
    monkeypatch.setattr(saved_audiences, "MOST", 0)
    assert "Delete one first" in alice.post(at(case, "keep"), {"name": "More"}).content.decode()


def test_a_rivals_audience_is_neither_taken_nor_deleted(case: Asked, alice: Any) -> None:
    rival = people.rival_clinic()
    charlie = people.charlie()
    with acting_for(rival.pk):
        theirs = SavedAudience.objects.create(client=rival, name="Theirs", lapsed_months=6, made_by=charlie)
    answer = alice.post(at(case, "use"), {"audience": f"kept-{theirs.pk}"}, follow=True)
    assert "not kept any more" in answer.content.decode()
    assert alice.post(f"/c/{case.client.slug}/audiences/{theirs.pk}/delete/").status_code == 404
    stranger = people.sign_in(Browser(), charlie)
    assert stranger.get(f"/c/{case.client.slug}/audiences/").status_code == 404
    with acting_for(rival.pk):
        assert SavedAudience.objects.count() == 1
