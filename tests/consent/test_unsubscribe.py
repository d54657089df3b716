"""The link in every mail: opening it changes nothing, pressing the button or one click does, for ever."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import InternalError
from django.test import Client as Browser

from consent.choosing import KINDS
from consent.models import ConsentRecord, ContactPoint, PreferenceLink, PurposeOptOut, Suppression
from consent.preference_links import make_links
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel, Client, Purpose
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def link(clinic: Client) -> str:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org", phone=people.a_phone())
        address = ContactPoint.objects.get(contact=jane, channel=Channel.EMAIL).address_id
    (url,) = make_links(clinic.pk, [(address, 17, 4)])
    return url.removeprefix("http://testserver")


@pytest.fixture
def browser() -> Browser:
    return Browser(enforce_csrf_checks=True)


def made(clinic: Client) -> list[tuple[str, str, int | None, int | None]]:
    with acting_for(clinic.pk):
        return list(
            Suppression.objects.in_force(db_now())
            .order_by("pk")
            .values_list("channel", "source", "message_id", "campaign_id")
        )


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(browser: Browser, clinic: Client, link: str, method: str) -> None:
    for _ in range(3):
        answer = getattr(browser, method)(link, headers={"Purpose": "prefetch", "User-Agent": "scanner"})
        assert answer.status_code == 200
    assert made(clinic) == []


def test_the_page_names_the_practice_without_cookie_or_script(browser: Browser, link: str) -> None:
    answer = browser.get(link)
    shown = answer.content.decode()
    assert "Stop e-mails from Bright Smiles?" in shown
    assert 'href="?lang=es"' in shown
    before, folded, of_texts = shown.split("<details>")
    assert re.findall("<button[^>]*>", before) == ['<button class="btn btn-primary btn-lg">']
    assert folded.count('name="only"') == of_texts.count('name="only"') == len(Purpose.values)
    assert "<script" not in shown
    assert not answer.cookies
    assert "jane" not in shown.lower()


def test_the_button_opts_out(browser: Browser, clinic: Client, link: str) -> None:
    answer = browser.post(link)
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.content.decode()
    assert not answer.cookies
    assert made(clinic) == [("email", "preferences", 17, 4)]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_one_click_of_a_mail_program_opts_out(browser: Browser, clinic: Client, link: str, kind: str) -> None:
    body = "List-Unsubscribe=One-Click"
    if "multipart" in kind:  # RFC 8058's other example
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    answer = browser.post(link, data=body, content_type=kind)
    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert made(clinic) == [("email", "one_click", 17, 4)]


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"a" * 100_000, b"--b\r\nbroken", b"&".join([b"a=1"] * 3000)]
)
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "text/plain",
    ],
)
def test_whatever_is_posted_opts_out(
    browser: Browser, clinic: Client, link: str, body: bytes, kind: str
) -> None:
    assert browser.post(link, data=body, content_type=kind).status_code == 200
    assert len(made(clinic)) == 1


def test_it_may_be_pressed_as_often_as_one_likes(browser: Browser, clinic: Client, link: str) -> None:
    for _ in range(3):
        assert browser.post(link).status_code == 200
    assert len(made(clinic)) == 1


def test_it_works_without_the_contact_and_for_this_client_only(
    browser: Browser, clinic: Client, link: str
) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        people.contact(rival, email="jane@example.org")
    with acting_for(clinic.pk):
        ContactPoint.objects.all().delete()
    assert browser.post(link).status_code == 200
    assert len(made(clinic)) == 1
    assert made(rival) == []


def test_a_link_nobody_gave_out_is_not_there(browser: Browser) -> None:
    for token in ("x", "A" * 43, "%00", "é", "a" * 5000):
        assert browser.get(f"/u/{token}/").status_code == 404
        assert browser.post(f"/u/{token}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(browser: Browser, clinic: Client, link: str, method: str) -> None:
    assert getattr(browser, method)(link).status_code == 405
    assert made(clinic) == []


def test_links_are_made_in_one_statement_and_hold_no_address(
    clinic: Client, django_assert_num_queries: Any
) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org")
        address = ContactPoint.objects.get(contact=jane).address_id
    with django_assert_num_queries(1):
        urls = make_links(clinic.pk, [(address, number, None) for number in range(100)])
    assert len(set(urls)) == 100
    assert all(re.fullmatch(r"http://testserver/u/[A-Za-z0-9_-]{43}/", url) for url in urls)
    token = urls[0].rsplit("/", 2)[1]
    assert token.encode() not in b"".join(bytes(row.token_hash) for row in PreferenceLink.objects.all())


# -- one kind only ------------------------------------------------------------------------------------


def chosen(clinic: Client) -> list[tuple[str, str, int | None, int | None]]:
    with acting_for(clinic.pk):
        rows = PurposeOptOut.objects.in_force(db_now()).order_by("pk")
        return list(rows.values_list("channel", "purpose", "message_id", "campaign_id"))


@pytest.mark.parametrize("purpose", Purpose.values)
def test_one_press_stops_one_kind_for_this_client_and_is_on_record(
    browser: Browser, clinic: Client, link: str, purpose: str
) -> None:
    for _ in range(2):
        answer = browser.post(link, {"only": purpose})
        assert answer.status_code == 200
        assert not answer.cookies
    assert chosen(clinic) == [("email", purpose, 17, 4)]
    assert (made(clinic), chosen(people.rival_clinic())) == ([], [])
    with acting_for(clinic.pk):
        noted = AuditEvent.objects.filter(verb="address.opted_out_of_purpose")
        assert [each.detail["purpose"] for each in noted] == [purpose] * 2
    shown = answer.content.decode()
    assert str(KINDS[purpose]) in shown
    assert 'btn-primary btn-lg">Unsubscribe' in shown  # everything is still one press away


def test_opening_the_link_with_a_kind_in_its_address_changes_nothing(
    browser: Browser, clinic: Client, link: str
) -> None:
    assert browser.get(link, {"only": "marketing"}).status_code == 200
    assert (chosen(clinic), made(clinic)) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        "only=",
        "only=nothing",
        "only=marketing&only=care",
        "only=marketing&List-Unsubscribe=One-Click",
        "only=marketing%00",
    ],
)
def test_what_does_not_name_one_kind_stops_everything(
    browser: Browser, clinic: Client, link: str, body: str
) -> None:
    browser.post(link, data=body, content_type="application/x-www-form-urlencoded")
    assert len(made(clinic)) == 1
    assert chosen(clinic) == []


def test_a_kind_chosen_after_everything_lifts_nothing(browser: Browser, clinic: Client, link: str) -> None:
    browser.post(link)
    assert "You are unsubscribed" in browser.post(link, {"only": "recall"}).content.decode()
    assert made(clinic) == [("email", "preferences", 17, 4)]
    assert len(chosen(clinic)) == 1


def test_who_stopped_one_kind_may_have_just_that_again(browser: Browser, clinic: Client, link: str) -> None:
    back = browser.post(link, {"only": "recall"}).content.decode()
    assert "may e-mail me this again at this address: reminders that a visit is due." in back
    assert browser.post(link, YES | {"agree": ""}).status_code == 422
    assert len(chosen(clinic)) == 1
    assert browser.post(link, YES).status_code == 200
    assert chosen(clinic) == []
    with acting_for(clinic.pk):
        assert list(ConsentRecord.objects.values_list("channel", "purpose")) == [("email", "recall")]
        assert PurposeOptOut.objects.count() == 1  # ended, never deleted


def test_nobody_deletes_a_no_to_one_kind(browser: Browser, clinic: Client, link: str) -> None:
    browser.post(link, {"only": "care"})
    with acting_for(clinic.pk), pytest.raises((InternalError, Exception), match="append-only"):
        PurposeOptOut.objects.get().delete()


# -- coming back --------------------------------------------------------------------------------------


YES = {"again": "1", "agree": "yes", "signer_name": "Jane Doe"}


def test_who_left_by_mistake_comes_back_by_a_box_and_a_name(
    browser: Browser, clinic: Client, link: str
) -> None:
    left = browser.post(link).content.decode()
    assert "may e-mail me again" in left
    assert "checked" not in left
    answer = browser.post(link, YES, headers={"User-Agent": "Firefox"})
    assert "may e-mail you again" in answer.content.decode()
    assert not answer.cookies
    assert made(clinic) == []
    with acting_for(clinic.pk):
        yes = ConsentRecord.objects.get()
        assert (yes.channel, yes.purpose, yes.tier, yes.missing) == ("email", "marketing", "written", [])
        assert yes.wording.startswith("Yes, Bright Smiles may e-mail me again")
        assert Suppression.objects.count() == 1  # ended, never deleted


def test_whoever_left_finds_the_way_back_when_they_open_the_link_again(browser: Browser, link: str) -> None:
    browser.post(link, {"only": "recall"})
    assert "may e-mail me this again" in browser.get(link).content.decode()
    browser.post(link)
    opened = browser.get(link).content.decode()
    assert ("You are unsubscribed" in opened, "may e-mail me again" in opened) == (True, True)


@pytest.mark.parametrize("given", [{"again": "1"}, YES | {"agree": ""}, YES | {"signer_name": " "}])
def test_without_box_and_name_nobody_comes_back(
    browser: Browser, clinic: Client, link: str, given: dict[str, str]
) -> None:
    browser.post(link)
    answer = browser.post(link, given)
    assert answer.status_code == 422
    assert "Tick the box" in answer.content.decode()
    assert made(clinic) == [("email", "preferences", 17, 4)]


@pytest.mark.parametrize("source", ["complaint", "hard_bounce", "legal", "wrong_number", "provider"])
def test_no_yes_lifts_what_is_final(browser: Browser, clinic: Client, link: str, source: str) -> None:
    with acting_for(clinic.pk):
        suppress(clinic.pk, ContactPoint.objects.get(channel="email").address_id, "email", source)
    assert "may e-mail me again" not in browser.post(link).content.decode()
    assert browser.post(link, YES).status_code == 422
    assert len(made(clinic)) == 2


def test_who_never_left_gives_no_yes_there(browser: Browser, clinic: Client, link: str) -> None:
    assert browser.post(link, YES).status_code == 422
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.exists()


def test_a_yes_for_one_practice_lifts_nothing_of_another(browser: Browser, clinic: Client, link: str) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        there = people.contact(rival, email="jane@example.org")
        suppress(rival.pk, ContactPoint.objects.get(contact=there).address_id, "email", "preferences")
    browser.post(link)
    browser.post(link, YES)
    assert made(clinic) == []
    assert len(made(rival)) == 1
