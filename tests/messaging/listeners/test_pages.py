"""The owner names a listener, tries it, reads what it was told, tells it again and ends it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from messaging.listeners import rounds
from messaging.models import Listener, Telling, ToTell
from tenants import step_up
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.listeners.receiver import Receiver

pytestmark = pytest.mark.django_db
URL = "/c/bright-smiles/settings/listeners/"
WANTED = {"name": "Practice software", "url": "https://crm.example.com/hook", "kinds": ["opt_out", "reply"]}


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: True)


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    looked = [(0, 0, 0, "", (each, 443)) for each in addresses]
    monkeypatch.setattr("tenants.providers.outside.socket.getaddrinfo", lambda *_, **__: looked)


def as_(who: Any) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def page(browser: Browser, url: str = URL) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_secret_is_shown_once_and_stored_encrypted(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, "192.0.43.8")
    browser = as_(people.olive())
    shown = browser.post(URL, WANTED).content.decode()
    with acting_for(clinic.pk):
        made = Listener.objects.get()
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret, url FROM messaging_listener")
            stored = " ".join(cursor.fetchone())
        assert AuditEvent.objects.filter(verb="listener.made").exists()
    assert made.secret in shown
    assert made.secret not in page(browser)
    assert made.secret not in stored
    assert "crm.example.com" not in stored


@pytest.mark.parametrize(
    "url",
    ["http://crm.example.com/", "crm.example.com", "https://user:pw@crm.example.com/", "https://crm.example.com/#x",
     "https://", "ftp://crm.example.com/", "https://crm.example.com:0/", "https://crm.example.com:99999/", "https://crm\\@evil.example/",
     "https://crm.example.com/\r\nX: y", "https://кафе.example/", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_is_not_plain_https_is_refused(
    url: str, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to(monkeypatch, "192.0.43.8")
    assert as_(people.olive()).post(URL, WANTED | {"url": url}).status_code == 422
    with acting_for(clinic.pk):
        assert not Listener.objects.exists()


@pytest.mark.parametrize(
    "inside",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"],  # noqa: S104
)
def test_an_address_inside_is_refused(inside: str, clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "192.0.43.8", inside)
    answer = as_(people.olive()).post(URL, WANTED)
    assert answer.status_code == 422
    assert b"open internet" in answer.content


def test_trying_it_is_answered_and_stands_in_the_log(
    clinic: Client, listener: Listener, crm: Receiver
) -> None:
    browser = as_(people.olive())
    browser.post(f"{URL}{listener.pk}/try/")
    browser.post(f"{URL}{listener.pk}/try/")
    rounds.tell()
    assert [each["type"] for each in crm.events] == ["ping"]
    shown = page(browser, f"{URL}{listener.pk}/")
    assert "Taken" in shown
    assert "HTTP 204" in shown
    with acting_for(clinic.pk):
        told = Telling.objects.get()
    assert str(told.uid) in page(browser, f"{URL}{listener.pk}/{told.pk}/")


def test_something_is_told_again_as_a_request_of_its_own(
    clinic: Client, listener: Listener, crm: Receiver
) -> None:
    browser = as_(people.olive())
    browser.post(f"{URL}{listener.pk}/try/")
    rounds.tell()
    with acting_for(clinic.pk):
        told = Telling.objects.get()
    for _ in range(2):  # pressed twice: it waits already
        browser.post(f"{URL}{listener.pk}/{told.pk}/again/")
    rounds.tell()
    first, again = crm.got
    assert first[0]["webhook-id"] != again[0]["webhook-id"]
    assert len(crm.events) == 2
    assert crm.events[0] == crm.events[1]


def test_one_that_is_off_is_switched_on_by_the_owner(
    clinic: Client, listener: Listener, crm: Receiver
) -> None:
    crm.status = 410
    browser = as_(people.olive())
    browser.post(f"{URL}{listener.pk}/try/")
    rounds.tell()
    assert "Switched off" in page(browser, f"{URL}{listener.pk}/")
    crm.status = 200
    browser.post(f"{URL}{listener.pk}/try/")
    rounds.tell()
    assert "Listening" in page(browser, f"{URL}{listener.pk}/")


def test_one_that_is_ended_is_told_nothing_and_its_page_is_gone(clinic: Client, listener: Listener) -> None:
    browser = as_(people.olive())
    browser.post(f"{URL}{listener.pk}/try/")
    browser.post(f"{URL}{listener.pk}/end/")
    with acting_for(clinic.pk):
        assert not ToTell.objects.exists()
    assert browser.get(f"{URL}{listener.pk}/").status_code == 404
    assert "Nobody listens yet" in page(browser)


def test_at_most_ten_listen(clinic: Client, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "192.0.43.8")
    with acting_for(clinic.pk):
        for _ in range(9):
            listener.pk = None
            listener.save()
    answer = as_(people.olive()).post(URL, WANTED)
    assert answer.status_code == 422
    assert b"10 systems listen already" in answer.content


def test_staff_and_the_compliance_contact_look_only(clinic: Client, listener: Listener) -> None:
    for who in (people.alice(), people.bob(clinic)):
        browser = as_(who)
        assert "Only the agency" in page(browser)
        assert browser.post(URL, WANTED).status_code == 403
        assert browser.post(f"{URL}{listener.pk}/end/").status_code == 403
    assert as_(people.fred(clinic)).get(URL).status_code == 403


def test_naming_one_needs_a_sign_in_of_the_last_minutes(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_(people.olive())
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: False)
    assert "reauthenticate" in browser.post(URL, WANTED)["Location"]


def test_a_stranger_finds_no_listener(clinic: Client, listener: Listener) -> None:
    stranger = as_(people.charlie())
    for path in ("", f"{listener.pk}/"):
        assert stranger.get(URL + path).status_code == 404
    for path in ("", f"{listener.pk}/try/", f"{listener.pk}/end/"):
        assert stranger.post(URL + path).status_code == 404
