"""The readiness pages: evidence shown, looked at anew, filed, confirmed, certified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance.models import DomainCheck
from compliance.readiness import cards, verdict
from consent.models import Import
from tenants.clock import db_now
from tenants.models import Agreement, AuditEvent, Client, Sender
from tenants.scope import acting_for
from tests import people
from tests.compliance.registry import looked_up
from tests.compliance.test_domain_checks import DOMAIN, good
from tests.compliance.zone import Zone, serving

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"signed by both " * 40


@pytest.fixture
def client() -> Client:
    return people.clinic(covered="covered")


@pytest.fixture
def alice(client: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def answers(client: Client) -> dict[str, str]:
    return {card.key: card.answer for card in cards(client, db_now())}


def test_a_bare_client_is_red_everywhere_and_a_prepared_one_green(client: Client, alice: Browser) -> None:
    with acting_for(client.pk):
        assert set(answers(client).values()) == {"held", "clear"}  # only the HIPAA question is answered
        people.sms_sender(client)
        people.mail_sender(client, provider="smtp")
        people.ready(client)
        looked_up(client)
        found = answers(client)
        assert {key for key, answer in found.items() if answer != "clear"} == {
            "account-smtp",
            "account-twilio",
        }
        assert verdict(cards(client, db_now()))[0] == "held"
    page = alice.get(reverse("readiness", args=[client.slug]))
    assert page.status_code == 200
    assert b"Business associate agreement" in page.content
    assert "2 things keep messages" in page.content.decode()
    light = alice.get(reverse("readiness_light", args=[client.slug])).content.decode()
    assert "Not ready" in light
    assert "2 things keep messages" in light


def test_a_client_with_nothing_to_send_from_is_not_ready_whatever_else_is_in_order(client: Client) -> None:
    with acting_for(client.pk):
        people.ready(client)
        found = cards(client, db_now())
        assert {card.key for card in found if card.answer != "clear"} == {"sender"}
        assert verdict(found) == (
            "held",
            "Not ready: one thing keeps messages from being sent: number or From address.",
        )
        people.sms_sender(client)
        assert "sender" not in answers(client)


def test_sendgrid_is_red_for_a_covered_client_whatever_is_filed(client: Client) -> None:
    with acting_for(client.pk):
        people.mail_sender(client)
        people.agreement(client, kind="provider", provider="sendgrid")
        assert answers(client)["chain-sendgrid"] == "held"


def test_an_agreement_about_to_run_out_is_amber_and_one_that_ran_out_is_red(client: Client) -> None:
    with acting_for(client.pk):
        row = people.agreement(client, expires_at=db_now() + timedelta(days=5))
        assert answers(client)["baa"] == "waiting"
        Agreement.objects.filter(pk=row.pk).update(expires_at=db_now() - timedelta(seconds=1))
        assert answers(client)["baa"] == "held"


def test_a_certificate_is_red_again_after_an_import(client: Client) -> None:
    with acting_for(client.pk):
        people.ready(client)
        assert answers(client)["certificate"] == "clear"
        Import.objects.create(
            client=client, file_name="a.csv", file_sha256="0", state="done", taken=3, done_at=db_now()
        )
        assert answers(client)["certificate"] == "held"


def test_check_now_looks_for_real_and_shows_what_was_seen(
    client: Client, alice: Browser, settings: Any
) -> None:
    with acting_for(client.pk):
        people.mail_sender(client, provider="smtp", dkim_selectors=["s1"])
        people.mail_server(client)
    with serving(Zone(good())) as address:
        settings.DNS_NAMESERVERS = [address]
        alice.post(reverse("check_domain", args=[client.slug]), {"domain": DOMAIN})
    page = alice.get(reverse("readiness", args=[client.slug])).content.decode()
    assert "was looked up: in order" in page
    assert "v=spf1 include:_spf.host.example ~all" in page
    assert (
        DOMAIN in alice.get(reverse("fact_history", args=[client.slug]), {"domain": DOMAIN}).content.decode()
    )
    with acting_for(client.pk):
        assert DomainCheck.objects.get().passed
        assert AuditEvent.objects.filter(verb="domain.checked").exists()


def test_only_a_senders_domain_is_looked_up(client: Client, alice: Browser) -> None:
    assert (
        alice.post(reverse("check_domain", args=[client.slug]), {"domain": "internal.example"}).status_code
        == 404
    )


def test_a_number_and_a_from_address_are_added_checked_and_ended(client: Client, alice: Browser) -> None:
    sms, mail = (reverse("sender_new", args=[client.slug, channel]) for channel in ("sms", "email"))
    assert (
        alice.post(
            sms,
            {
                "address": "(574) 231-0600",
                "messaging_service": "MG" + "a" * 32,
                "purposes": ["recall"],
                "on_request": "on",
            },
        ).status_code
        == 302
    )
    readiness = alice.get(reverse("readiness", args=[client.slug])).content.decode()
    assert "what people asked for" in readiness
    again = alice.post(sms, {"address": "574-231-0600", "purposes": ["recall"]})
    assert "already in use" in again.content.decode()
    given = {
        "provider": "smtp",
        "address": "Hello@Mail.Brightsmiles.example",
        "display_name": "Bright Smiles",
        "dkim_selectors": "s1, s2",
        "return_path": "",
        "purposes": ["marketing", "recall"],
    }
    assert alice.post(mail, given).status_code == 302
    for change, says in (
        ({"address": "clinic@gmail.com"}, "free mail service"),
        ({"address": "x@127.0.0.1"}, "Enter a valid email address"),
        ({"address": "a@b.example", "display_name": 'Eve" <eve@evil.example>'}, "plain words"),
        ({"address": "a@b.example", "dkim_selectors": "s1/../x"}, "not a selector"),
        ({"address": "a@b.example", "purposes": []}, "required"),
    ):
        answer = alice.post(mail, given | change)
        assert answer.status_code == 422
        assert says in answer.content.decode()
    with acting_for(client.pk):
        number, address = Sender.objects.get(channel="sms"), Sender.objects.get(channel="email")
        assert (number.address, number.on_request) == ("+15742310600", True)
        assert (address.address, address.domain) == ("hello@mail.brightsmiles.example", DOMAIN)
        assert address.dkim_selectors == ["s1", "s2"]
    alice.post(reverse("sender_end", args=[client.slug, number.pk]))
    with acting_for(client.pk):
        assert not Sender.objects.in_force(db_now()).filter(pk=number.pk).exists()


def test_the_clients_own_people_see_but_do_not_change(client: Client) -> None:
    browser = people.sign_in(Browser(), people.bob(client))
    page = browser.get(reverse("readiness", args=[client.slug])).content.decode()
    assert "Check now" not in page
    assert browser.get(reverse("readiness_strip", args=[client.slug])).status_code == 200
    for name, args in (("agreement_new", []), ("sender_new", ["sms"]), ("provider_account", ["twilio"])):
        assert browser.get(reverse(name, args=[client.slug, *args])).status_code == 403
    assert browser.post(reverse("check_domain", args=[client.slug])).status_code == 403


def test_a_stranger_gets_404_everywhere(client: Client) -> None:
    with acting_for(client.pk):
        sender, row = people.sms_sender(client), people.agreement(client)
    browser = people.sign_in(Browser(), people.charlie())
    routes: dict[str, list[Any]] = {
        "readiness": [], "readiness_strip": [], "readiness_light": [], "fact_history": [], "check_domain": [],
        "check_number": [sender.pk], "agreement_new": [],
        "agreement_file": [row.pk], "agreement_withdraw": [row.pk], "postal_address": [], "list_certificate": [], "sender_new": ["sms"],
        "sender_end": [sender.pk], "provider_account": ["twilio"], "provider_account_test": ["twilio"],
    }  # fmt: skip
    for name, args in routes.items():
        for ask in (browser.get, browser.post):
            assert ask(reverse(name, args=[client.slug, *args])).status_code == 404, name


def test_a_rivals_row_is_404_under_ones_own_client(client: Client) -> None:
    with acting_for(client.pk):
        sender, row = people.sms_sender(client), people.agreement(client)
    rival = people.rival_clinic()
    browser = people.sign_in(Browser(), people.charlie())
    for name, pk in (("agreement_withdraw", row.pk), ("sender_end", sender.pk), ("check_number", sender.pk)):
        assert browser.post(reverse(name, args=[rival.slug, pk])).status_code == 404
    assert browser.get(reverse("agreement_file", args=[rival.slug, row.pk])).status_code == 404


def test_a_domain_without_a_subdomain_and_a_number_from_elsewhere_are_pointed_out(client: Client) -> None:
    with acting_for(client.pk):
        people.sms_sender(client, address="+12125550142")
        people.sms_sender(client)
        people.mail_sender(
            client, provider="smtp", domain="brightsmiles.example", address="hello@brightsmiles.example"
        )
        people.mail_sender(client, provider="smtp", address="hello@mail.brightsmiles.example")
        people.ready(client)
        says = {card.title: str(card.findings) for card in cards(client, db_now())}
    assert "Use a subdomain, as in mail.brightsmiles.example" in says["brightsmiles.example"]
    assert "subdomain" not in says["mail.brightsmiles.example"]
    assert "Its area code is not in IN" in says["+12125550142"]
    assert "area code" not in says["+15742310600"]
