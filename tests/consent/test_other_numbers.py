"""Texts on the page of a mail's link: two digits of the person's own number, a stop that only they can lift."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from consent.models import (
    ConsentRecord,
    Contact,
    ContactPoint,
    PreferenceLink,
    PurposeOptOut,
    Suppression,
    UnsafeMark,
)
from consent.reachability import way_back
from consent.suppressing import suppress
from tenants.models import Channel, Client, Purpose
from tenants.scope import acting_for
from tests import people
from tests.consent.test_unsubscribe import YES, browser, chosen, clinic, link, made

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


# -- one kind of texts --------------------------------------------------------------------------------


def stop(browser: Browser, link: str, of: Client, *kinds: str) -> str:
    """Press the button of each kind; the last page."""
    pages = [browser.post(link, {"texts": number(of).address_id, "only": kind}) for kind in kinds]
    return pages[-1].content.decode()


@pytest.mark.parametrize("purpose", Purpose.values)
def test_one_kind_of_texts_is_stopped_at_once_and_nothing_else(
    browser: Browser, clinic: Client, link: str, purpose: str
) -> None:
    shown = stop(browser, link, clinic, purpose, purpose)
    assert (chosen(clinic), made(clinic)) == ([("sms", purpose, 17, 4)], [])
    assert "Already stopped to" in shown
    assert "may text me this again at my number" in shown
    assert f"Stop texts to …{number(clinic).value[-2:]}" in shown  # everything is still one press away


@pytest.mark.parametrize("kinds", ["", "nothing", "marketing&only=care", "marketing%00"])
def test_what_names_the_number_and_no_kind_stops_all_its_texts(
    browser: Browser, clinic: Client, link: str, kinds: str
) -> None:
    body = f"texts={number(clinic).address_id}&only={kinds}"
    browser.post(link, data=body, content_type="application/x-www-form-urlencoded")
    assert (chosen(clinic), made(clinic)) == ([], [("sms", "preferences", 17, 4)])


def test_a_kind_at_a_number_that_is_not_theirs_stops_mails_as_ever(
    browser: Browser, clinic: Client, link: str
) -> None:
    browser.post(link, {"texts": "0", "only": "care"})
    assert (chosen(clinic), made(clinic)) == ([], [("email", "preferences", 17, 4)])


@pytest.mark.parametrize("language", ["en", "es"])
def test_kinds_of_texts_come_back_by_a_box_and_a_name_as_a_signed_yes(
    browser: Browser, clinic: Client, link: str, language: str
) -> None:
    stop(browser, link, clinic, "marketing", "recall")
    texts = {"texts": number(clinic).address_id}
    there = f"{link}?lang={language}"
    for lacking in ({"agree": ""}, {"signer_name": " "}):
        refused = browser.post(there, YES | texts | lacking)
        assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (422, True)
    assert len(chosen(clinic)) == 2
    done = browser.post(there, YES | texts, headers={"User-Agent": "Firefox"})
    assert (done.status_code, done.cookies) == (200, {})
    assert (chosen(clinic), made(clinic)) == ([], [])
    with acting_for(clinic.pk):
        given = {
            (each.channel, each.purpose, each.tier, *each.missing) for each in ConsentRecord.objects.all()
        }
        assert given == {("sms", "marketing", "written"), ("sms", "recall", "written")}
        assert PurposeOptOut.objects.count() == 2  # ended, never deleted


def test_no_yes_to_a_kind_lifts_a_stop_of_all_texts_or_of_mails(
    browser: Browser, clinic: Client, link: str
) -> None:
    stop(browser, link, clinic, "care")
    browser.post(link, {"only": "recall"})
    browser.post(link, {"texts": number(clinic).address_id})
    assert browser.post(link, YES | {"texts": number(clinic).address_id}).status_code == 422
    assert made(clinic) == [("sms", "preferences", 17, 4)]
    assert len(chosen(clinic)) == 2


def test_a_yes_to_mails_leaves_the_kinds_of_texts_stopped(
    browser: Browser, clinic: Client, link: str
) -> None:
    stop(browser, link, clinic, "care")
    browser.post(link)
    assert browser.post(link, YES).status_code == 200
    assert chosen(clinic) == [("sms", "care", 17, 4)]


def test_an_unsafe_number_takes_no_kind_up_again(browser: Browser, clinic: Client, link: str) -> None:
    stop(browser, link, clinic, "care")
    UnsafeMark.objects.create(address_id=number(clinic).address_id, reason="wrong_number")
    assert browser.post(link, YES | {"texts": number(clinic).address_id}).status_code == 422
    assert len(chosen(clinic)) == 1
