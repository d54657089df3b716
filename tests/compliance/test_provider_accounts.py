"""Accounts at providers: secrets written and never shown, bound to where they were entered for, tried for real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from compliance.models import DomainCheck
from tenants.clock import db_now
from tenants.models import Client, HookEndpoint, ProviderAccount
from tenants.providers.outside import reaches_out
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_registration_checks import SID, TOKEN, world
from tests.simulators import Simulator, running_simulator

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(world() | {"sendgrid": [{"api_key": "SG.right"}]}) as running:
        yield running


@pytest.fixture
def client() -> Client:
    return people.clinic()


@pytest.fixture
def alice(client: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def page(client: Client, provider: str = "twilio", name: str = "provider_account") -> str:
    return reverse(name, args=[client.slug, provider])


def current(client: Client, provider: str = "twilio") -> dict[str, str]:
    with acting_for(client.pk):
        return ProviderAccount.objects.get(provider=provider, ended_at=None).credentials()


def test_a_secret_is_stored_encrypted_and_never_shown(client: Client, alice: Browser) -> None:
    alice.post(page(client), {"account_id": SID, "auth_token": TOKEN})
    assert current(client)["auth_token"] == TOKEN
    for address in (page(client), reverse("readiness", args=[client.slug])):
        assert TOKEN not in alice.get(address).content.decode()
    with acting_for(client.pk), connection.cursor() as cursor:
        cursor.execute("SELECT settings FROM tenants_provideraccount")
        assert TOKEN not in cursor.fetchone()[0]


def test_an_empty_secret_keeps_the_one_on_file_and_the_hook_never_changes(
    client: Client, alice: Browser
) -> None:
    alice.post(page(client), {"account_id": SID, "auth_token": TOKEN})
    first = current(client)
    alice.post(page(client), {"account_id": SID, "auth_token": ""})
    assert current(client) == first
    with acting_for(client.pk):
        assert ProviderAccount.objects.count() == 2
    assert HookEndpoint.objects.filter(client=client, provider="twilio").count() == 1
    assert first["hook"] in alice.get(reverse("readiness", args=[client.slug])).content.decode()


def test_a_secret_goes_to_no_other_account_or_server(client: Client, alice: Browser, settings: Any) -> None:
    settings.DEMO = True
    alice.post(page(client), {"account_id": SID, "auth_token": TOKEN})
    answer = alice.post(page(client), {"account_id": "AC" + "2" * 32, "auth_token": ""})
    assert "enter the secret again" in answer.content.decode()
    smtp = {
        "host": "mail.clinic.example",
        "port": 587,
        "security": "starttls",
        "account_id": "u",
        "password": "pw-123",
    }
    assert alice.post(page(client, "smtp"), smtp).status_code == 302
    stolen = alice.post(page(client, "smtp"), smtp | {"host": "evil.example", "password": ""})
    assert stolen.status_code == 422
    assert current(client, "smtp")["host"] == "mail.clinic.example"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "169.254.169.254",
        "[::1]",
        "0x7f.1",
        "127.1",
        "no-such-host.invalid",
        "2130706433",
        "224.0.0.1",
        "::ffff:10.1.2.3",
    ],
)
def test_nobody_points_us_at_our_own_network(host: str) -> None:
    assert not reaches_out(host)


def test_a_mail_server_inside_is_refused_outside_the_demo(
    client: Client, alice: Browser, settings: Any
) -> None:
    settings.DEMO = False
    given = {"host": "127.0.0.1", "port": 25, "security": "none", "account_id": "u", "password": "p"}
    answer = alice.post(page(client, "smtp"), given)
    assert answer.status_code == 422
    assert "own network" in answer.content.decode()
    assert "none is not one" in answer.content.decode()


def test_the_test_button_does_not_follow_a_name_that_moved_into_our_network(
    client: Client, alice: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["192.0.43.8", "127.0.0.1"])
    monkeypatch.setattr(
        "tenants.providers.outside.socket.getaddrinfo",
        lambda *_, **__: [(2, 1, 6, "", (next(answers), 0))],
    )
    given = {"host": "mail.clinic.example", "port": 25, "security": "starttls", "account_id": "u"}
    settings.DEMO = False
    assert alice.post(page(client, "smtp"), given | {"password": "p"}).status_code == 302
    said = alice.post(page(client, "smtp", "provider_account_test"), follow=True).content.decode()
    assert "own network by now" in said


def test_the_test_button_asks_twilio_and_sendgrid(
    client: Client, alice: Browser, simulator: Simulator, settings: Any
) -> None:
    settings.TWILIO_BASE_URL = settings.SENDGRID_BASE_URL = simulator.base
    alice.post(page(client), {"account_id": SID, "auth_token": TOKEN})
    alice.post(page(client, "sendgrid"), {"api_key": "SG.right"})
    assert (
        "the account is active"
        in alice.post(page(client, name="provider_account_test"), follow=True).content.decode()
    )
    assert (
        "it may send mail"
        in alice.post(page(client, "sendgrid", "provider_account_test"), follow=True).content.decode()
    )
    alice.post(page(client), {"account_id": SID, "auth_token": "wrong"})
    alice.post(page(client, "sendgrid"), {"api_key": "SG.wrong"})
    assert (
        "does not know this account"
        in alice.post(page(client, name="provider_account_test"), follow=True).content.decode()
    )
    assert (
        "does not accept this API key"
        in alice.post(page(client, "sendgrid", "provider_account_test"), follow=True).content.decode()
    )


def test_silence_is_told_as_such(client: Client, alice: Browser, settings: Any) -> None:
    settings.DEMO = True
    alice.post(page(client), {"account_id": SID, "auth_token": TOKEN})
    alice.post(page(client, "sendgrid"), {"api_key": "SG.x"})
    alice.post(
        page(client, "smtp"),
        {"host": "127.0.0.1", "port": 1, "security": "none", "account_id": "u", "password": "p"},
    )
    for provider in ("twilio", "sendgrid", "smtp"):
        assert (
            "could not be reached"
            in alice.post(page(client, provider, "provider_account_test"), follow=True).content.decode()
        )


def test_two_clients_never_share_an_account(client: Client, alice: Browser) -> None:
    rival = people.rival_clinic()
    charlie = people.sign_in(Browser(), people.charlie())
    given = {"account_id": "AC" + "7" * 32, "auth_token": "a" * 32}
    for browser, of, status in ((alice, client, 302), (charlie, rival, 422), (alice, client, 302)):
        people.proven(browser, people.user("Alice" if of == client else "Charlie"), 0)
        answer = browser.post(reverse("provider_account", args=[of.slug, "twilio"]), given)
        assert answer.status_code == status, answer.content.decode()[-2000:]
    assert (
        "Another client sends with this account"
        in charlie.post(reverse("provider_account", args=[rival.slug, "twilio"]), given).content.decode()
    )
    with acting_for(rival.pk):
        assert not ProviderAccount.objects.exists()
    HookEndpoint.objects.filter(client=client).update(ended_at=db_now())  # the engagement ended
    assert charlie.post(reverse("provider_account", args=[rival.slug, "twilio"]), given).status_code == 302


def test_another_mail_server_ends_what_was_seen_of_spf_and_names_whole_addresses_only(
    client: Client, alice: Browser, settings: Any
) -> None:
    settings.DEMO = True
    given = {
        "host": "mail.clinic.example",
        "port": 587,
        "security": "starttls",
        "account_id": "post",
        "password": "p",
    }
    with acting_for(client.pk):
        people.mail_sender(client, provider="smtp")
        DomainCheck.objects.create(
            client=client, domain="mail.brightsmiles.example", passed=True, answer="pass", checked_at=db_now(),
            valid_until=db_now() + timedelta(hours=24), spf="pass", dkim="pass", dmarc="pass",
        )  # fmt: skip
    answer = alice.post(page(client, "smtp"), given | {"sends_from": "192.0.2.0/24"})
    assert "whole IP addresses" in answer.content.decode()
    with acting_for(client.pk):
        assert DomainCheck.objects.good(db_now()).exists()
    alice.post(page(client, "smtp"), given | {"sends_from": "192.0.2.10, 192.0.2.11"})
    assert current(client, "smtp")["sends_from"] == "192.0.2.10 192.0.2.11"
    with acting_for(client.pk):
        assert not DomainCheck.objects.good(db_now()).exists()
