"""What no form checks: NUL anywhere, a way back that is none, days at the edge of the calendar, far too many fields."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance.models import Stop
from consent.models import Pause
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def olive(clinic: Client) -> Browser:
    browser: Browser = people.sign_in(Browser(), people.olive())
    return browser


@pytest.mark.parametrize("name", ["stop_client", "check_domain", "contact_search"])
def test_a_nul_is_refused_with_a_sentence_and_nothing_is_written(
    clinic: Client, olive: Browser, name: str
) -> None:
    field = {"stop_client": "reason", "check_domain": "domain", "contact_search": "q"}[name]
    refused = olive.post(reverse(name, args=[clinic.slug]), {field: "Jane\x00Doe"})
    assert refused.status_code == 400
    assert "a character that no keyboard writes" in refused.content.decode()
    with acting_for(clinic.pk):
        assert not Stop.objects.exists()


def test_a_nul_in_an_address_or_a_query_is_refused(clinic: Client, olive: Browser) -> None:
    assert olive.get(reverse("contacts", args=[clinic.slug]), {"segment": "\x00"}).status_code == 400
    assert olive.get(f"/c/{clinic.slug}/readiness/accounts/%00/").status_code == 400


@pytest.mark.parametrize(
    "back", ["0", "home", "' OR 1=1--", "a:b", "https://evil.example/", "//evil.example", "\\\\evil"]
)
def test_a_way_back_that_is_no_page_of_ours_leads_to_the_usual_one(
    clinic: Client, olive: Browser, back: str
) -> None:
    stopped = olive.post(reverse("stop_client", args=[clinic.slug]), {"reason": "Wrong list", "next": back})
    assert stopped["Location"] == reverse("readiness", args=[clinic.slug])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2025-02-29", "x"])
def test_records_can_be_asked_for_any_day(clinic: Client, olive: Browser, day: str) -> None:
    there = reverse("records", args=[clinic.slug])
    assert olive.get(there, {"since": day, "until": day}).status_code == 200


def test_ten_thousand_ids_at_once_are_refused_with_a_sentence(clinic: Client, olive: Browser) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, phone=people.a_phone())
    there = reverse("contact_pause", args=[clinic.slug, jane.pk])
    refused = olive.post(there, {"reason": "x", "addresses": [str(n) for n in range(10_000)]})
    assert refused.status_code == 400
    assert "More was sent at once than a page ever sends" in refused.content.decode()
    with acting_for(clinic.pk):
        assert not Pause.objects.exists()


def test_bytes_that_are_no_text_break_nothing(clinic: Client, olive: Browser) -> None:
    there = reverse("stop_client", args=[clinic.slug])
    for body in (b"reason=%ED%A0%80", b"reason=%FF%FE", b"reason[]=x", b"=&=&"):
        answer = olive.post(there, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 302, body


def test_a_stranger_gets_404_with_hostile_words_too(clinic: Client) -> None:
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("contacts", args=[clinic.slug]), {"segment": "<script>"}).status_code == 404
