"""One deed for everybody whom the list shows: the numbers are those of the deed, and nobody else is touched."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from consent.models import ContactPoint, Pause, Suppression
from consent.suppressing import suppress
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    """Three of the recall, one of them paused and one opted out of texts; and somebody else."""
    made = people.clinic()
    with acting_for(made.pk):
        rows = [
            people.contact(
                made,
                first_name=f"J{each}",
                segment="Recall",
                phone=people.a_phone(),
                email=f"{each}@example.org",
            )
            for each in range(3)
        ]
        people.contact(made, first_name="Else", segment="Other", phone=people.a_phone())
        Pause.objects.create(client=made, contact=rows[0], reason="asks")
        out = ContactPoint.objects.get(contact=rows[1], channel="sms")
        suppress(made.pk, out.address_id, "sms", Suppression.Source.KEYWORD)
    return made


def seen(browser: Browser, page: str) -> str:
    found = re.search(
        r'name="seen" value="([\d.]+)"', browser.get(page, {"segment": "Recall"}).content.decode()
    )
    assert found is not None
    return found[1]


def test_numbers_before_the_deed_and_nobody_else_is_touched(clinic: Client) -> None:
    browser, page = people.sign_in(Browser(), people.alice()), reverse("together", args=[clinic.slug])
    told = browser.get(page, {"segment": "Recall"}).content.decode()
    assert "3 people together" in told
    for count in ("(2 people)", "(2 numbers)", "(3 addresses)"):
        assert count in told
    given = {"segment": "Recall", "reason": "practice closed", "seen": seen(browser, page)}
    browser.post(page, given | {"deed": "no_texts"})
    with acting_for(clinic.pk):
        assert Suppression.objects.filter(channel="sms", ended_at=None).count() == 3
        assert not Suppression.objects.filter(channel="email").exists()
        detail = AuditEvent.objects.get(verb="contacts.no_texts_together").detail
        assert (detail["people"], detail["changed"], detail["filters"]) == (3, 2, ["segment"])


def test_a_list_that_changed_meanwhile_is_left_alone(clinic: Client) -> None:
    browser, page = people.sign_in(Browser(), people.alice()), reverse("together", args=[clinic.slug])
    given = {"segment": "Recall", "reason": "practice closed", "deed": "pause", "seen": seen(browser, page)}
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="New", segment="Recall")
    refused = browser.post(page, given)
    assert refused.status_code == 422
    assert "The list changed meanwhile" in refused.content.decode()
    browser.post(page, given | {"seen": seen(browser, page)})
    with acting_for(clinic.pk):
        assert Pause.objects.filter(ended_at=None).count() == 4
    browser.post(page, given | {"deed": "release", "seen": seen(browser, page)})
    with acting_for(clinic.pk):
        assert Pause.objects.get(ended_at=None).reason == "asks", "nobody read that one yet"


def test_the_front_desk_and_a_stranger_do_nothing_to_many(clinic: Client) -> None:
    page = reverse("together", args=[clinic.slug])
    assert people.sign_in(Browser(), people.fred(clinic)).get(page).status_code == 403
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(page).status_code == stranger.post(page, {"deed": "pause"}).status_code == 404
