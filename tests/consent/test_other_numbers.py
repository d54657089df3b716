"""Texts on the page of a mail's link: two digits of the person's own number, a stop that only they can lift."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from consent.models import Contact, ContactPoint, PreferenceLink, Suppression
from consent.reachability import way_back
from consent.suppressing import suppress
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people
from tests.consent.test_unsubscribe import browser, clinic, link, made

__all__ = ["browser", "clinic", "link"]
pytestmark = pytest.mark.django_db


def number(of: Client) -> ContactPoint:
    with acting_for(of.pk):
        found: ContactPoint = ContactPoint.objects.get(channel=Channel.SMS)
        return found


def test_texts_are_stopped_there_and_mails_go_on(browser: Browser, clinic: Client, link: str) -> None:
    theirs = number(clinic)
    shown = browser.get(link).content.decode()
    assert f"that ends in {theirs.value[-2:]}" in shown
    assert theirs.value[-4:] not in re.sub(r'value="\d+"', "", shown)
    answer = browser.post(link, {"texts": theirs.address_id})
    assert "only when you text START from it" in answer.content.decode()
    assert not answer.cookies
    assert made(clinic) == [("sms", "preferences", 17, 4)]
    with acting_for(clinic.pk):
        assert way_back(Suppression.objects.get()) == "Only the person can lift it, by texting START."
    assert "a su número" in browser.get(f"{link}?lang=es").content.decode().lower()


def test_no_yes_on_the_page_lifts_the_stop_of_texts(browser: Browser, clinic: Client, link: str) -> None:
    browser.post(link, {"texts": number(clinic).address_id})
    browser.post(link)
    browser.post(link, {"again": "1", "agree": "yes", "signer_name": "Jane Doe"})
    assert made(clinic) == [("sms", "preferences", 17, 4)]


@pytest.mark.parametrize("chosen", ["", "x", "0", "-1", "9" * 30, "another person's"])
def test_what_names_no_number_of_theirs_stops_mails_as_ever(
    browser: Browser, clinic: Client, link: str, chosen: str
) -> None:
    with acting_for(clinic.pk):
        other = people.contact(clinic, phone=people.a_phone()).points.get().address_id
    browser.post(link, {"texts": str(other) if chosen == "another person's" else chosen})
    assert made(clinic) == [("email", "preferences", 17, 4)]


def test_one_click_of_a_mail_program_is_about_mails(browser: Browser, clinic: Client, link: str) -> None:
    browser.post(link, {"texts": number(clinic).address_id, "List-Unsubscribe": "One-Click"})
    assert made(clinic) == [("email", "one_click", 17, 4)]


def test_an_address_that_several_share_tells_of_nobodys_number(
    browser: Browser, clinic: Client, link: str
) -> None:
    theirs = number(clinic)
    with acting_for(clinic.pk):
        people.point(people.contact(clinic, first_name="John"), "email", "jane@example.org")
    assert "ends in" not in browser.get(link).content.decode()
    browser.post(link, {"texts": theirs.address_id})
    assert made(clinic) == [("email", "preferences", 17, 4)]


def test_another_practice_knows_nothing_of_it(browser: Browser, clinic: Client, link: str) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        people.contact(rival, email="jane@example.org", phone="+15742310042")
        suppress(rival.pk, number(clinic).address_id, Channel.SMS, Suppression.Source.KEYWORD)
    shown = browser.get(link).content.decode()
    assert "ends in 42" not in shown
    assert "START" not in shown
    assert PreferenceLink.objects.count() == 1
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 1
