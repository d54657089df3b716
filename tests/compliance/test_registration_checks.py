"""What is made of Twilio's answers about a number, read through the official SDK from the simulator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as site
from django.db import IntegrityError, transaction

from compliance.models import SmsRegistration
from compliance.registrations.at_twilio import _newest
from compliance.registrations.check import check_registration
from compliance.registrations.overrides import AGAIN
from tenants.clock import db_now
from tenants.models import Client, HookEndpoint, ProviderAccount, Sender
from tenants.scope import acting_for
from tests import people
from tests.simulators import Simulator, running_simulator

HOOK = "q" * 43
INBOUND = f"{site.PUBLIC_URL}/hooks/twilio/{HOOK}/inbound"
NUMBER, SERVICE, SID, TOKEN = "+15742310600", "MG" + "0" * 32, "AC" + "1" * 32, "secret-token"


def world(
    *,
    brand: dict[str, Any] | None = None,
    usa2p: dict[str, Any] | None = None,
    tollfree: list[dict[str, Any]] | None = None,
    number: str = NUMBER,
    inbound: str = INBOUND,
) -> dict[str, Any]:
    brand = {"sid": "BN1", "status": "APPROVED"} | (brand or {})
    registered = {
        "sid": "QE1",
        "brand_registration_sid": "BN1",
        "campaign_status": "VERIFIED",
        "us_app_to_person_usecase": "MIXED",
        "privacy_policy_url": "https://brightsmiles.example/privacy",
    } | (usa2p or {})
    return {"twilio": [{
        "account_sid": SID, "auth_token": TOKEN, "numbers": [{"phone_number": number, "inbound_url": inbound}], "brands": [brand],
        "messaging_services": [{"sid": SERVICE, "numbers": [number], "usa2p": registered, "inbound_url": inbound}],
        "tollfree": tollfree or [],
    }]}  # fmt: skip


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(world()) as running:
        yield running


@pytest.fixture
def sender(db: None, simulator: Simulator, settings: Any) -> Iterator[Sender]:
    settings.TWILIO_BASE_URL = simulator.base
    simulator.world(world())
    client = people.clinic()
    with acting_for(client.pk):
        account(client)
        yield people.sms_sender(client)


def account(client: Client, token: str = TOKEN) -> ProviderAccount:
    return ProviderAccount.objects.create(
        client=client,
        provider="twilio",
        account_id=SID,
        settings=f'{{"auth_token": "{token}", "hook": "{HOOK}"}}',
    )


def said(row: SmsRegistration) -> str:
    return " ".join(finding["says"] for finding in row.findings)


def test_a_registered_number_passes_and_keeps_what_was_read(sender: Sender) -> None:
    row = check_registration(sender)
    assert row.passed, row.findings
    assert (row.kind, row.brand_status, row.campaign_status, row.use_case) == (
        "10dlc",
        "APPROVED",
        "VERIFIED",
        "MIXED",
    )
    assert row.seen["brand"]["sid"] == "BN1"


def test_the_address_for_incoming_texts_is_shown_so_that_twilio_tries_again_and_accepted_either_way(
    client: Any, sender: Sender, simulator: Simulator
) -> None:
    assert check_registration(sender).passed
    simulator.world(world(inbound=INBOUND + AGAIN))
    assert check_registration(sender).passed
    people.sign_in(client, people.alice())
    page = client.get(f"/c/{sender.client.slug}/readiness/").content.decode()
    assert f"{INBOUND}#rc=5&amp;rp=all" in page


@pytest.mark.parametrize("given, why", [
    ({"brand": {"status": "IN_REVIEW"}}, "brand is being reviewed"),
    ({"brand": {"status": "SOMETHING_NEW"}}, "in the state SOMETHING_NEW"),
    ({"brand": {"mock": True}}, "mock registration"),
    ({"usa2p": {"campaign_status": "SUSPENDED"}}, "is suspended"),
    ({"usa2p": {"campaign_status": "verified"}}, "in the state verified"),
    ({"usa2p": {"us_app_to_person_usecase": "2FA"}}, "does not cover care and recall and marketing"),
    ({"usa2p": {"us_app_to_person_usecase": "CUSTOMER_CARE"}}, "does not cover recall and marketing"),
    ({"usa2p": {"us_app_to_person_usecase": "SOLE_PROPRIETOR"}}, "does not cover recall and marketing"),
    ({"number": "+15742310999"}, "not in the messaging service"),
    ({"inbound": "https://crm.example/inbound"}, "is brought to another address"),
    ({"inbound": ""}, "is brought to no address"),
])  # fmt: skip
def test_anything_out_of_order_or_unknown_fails_with_the_reason(
    sender: Sender, simulator: Simulator, given: dict[str, Any], why: str
) -> None:
    simulator.world(world(**given))
    row = check_registration(sender)
    assert not row.passed
    assert row.answer == "fail"
    assert why in said(row)


def test_a_number_without_a_messaging_service_or_a_service_that_is_gone_fails(sender: Sender) -> None:
    sender.messaging_service = ""
    assert "No messaging service is named" in said(check_registration(sender))
    sender.messaging_service = "MG" + "9" * 32
    row = check_registration(sender)
    assert (row.passed, row.answer) == (False, "fail")


def test_a_toll_free_number_needs_its_verification(sender: Sender, simulator: Simulator) -> None:
    toll_free = "+18885550100"
    sender.address = toll_free
    for verification, passes in (
        ([], False),
        ([{"status": "IN_REVIEW"}], False),
        ([{"status": "TWILIO_APPROVED"}], True),
    ):
        given = [{"sid": "HH1", "tollfree_phone_number": toll_free} | each for each in verification]
        simulator.world(world(number=toll_free, tollfree=given))
        row = check_registration(sender)
        assert (row.kind, row.passed) == ("toll_free", passes), row.findings


@pytest.mark.parametrize("days, decides", [((1, 2), "REJECTED"), ((2, 1), "APPROVED"), ((1, 1), "REJECTED")])
def test_the_newest_of_several_decides_and_no_old_approval(days: tuple[int, int], decides: str) -> None:
    rows = [
        SimpleNamespace(status=status, date_updated=datetime(2026, 1, day))
        for status, day in zip(("APPROVED", "REJECTED"), days, strict=True)
    ]
    assert _newest(rows, lambda each: each.status == "APPROVED").status == decides


def test_wrong_credentials_silence_and_errors_are_could_not_check_and_leave_the_last_pass(
    sender: Sender, simulator: Simulator, settings: Any
) -> None:
    assert check_registration(sender).passed
    simulator.world(world() | {"twilio": []})
    row = check_registration(sender)
    assert (row.passed, row.answer) == (False, "unknown")
    assert "did not accept the account's credentials" in said(row)
    settings.TWILIO_BASE_URL = "http://127.0.0.1:1"
    assert check_registration(sender).answer == "unknown"
    assert SmsRegistration.objects.good(db_now()).filter(sender=sender).exists()


def test_a_failure_ends_the_pass_before_it(sender: Sender, simulator: Simulator) -> None:
    assert check_registration(sender).passed
    simulator.world(world(usa2p={"campaign_status": "SUSPENDED"}))
    check_registration(sender)
    assert not SmsRegistration.objects.good(db_now()).filter(sender=sender).exists()


def test_a_client_without_an_account_could_not_be_checked(sender: Sender) -> None:
    ProviderAccount.objects.update(ended_at=db_now())
    assert "No Twilio account" in said(check_registration(sender))


class Answers(BaseHTTPRequestHandler):
    """Answers everything with one status and body."""

    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    "status, body",
    [
        (500, b'{"message": "oops"}'),
        (503, b""),
        (429, b""),
        (200, b""),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"<html>Sign in</html>"),
        (200, b'{"phone_numbers": null, "meta": {"key": "phone_numbers"}}'),
    ],
)
def test_whatever_twilio_answers_that_is_no_answer_is_could_not_check_and_leaves_the_last_pass(
    sender: Sender, settings: Any, status: int, body: bytes
) -> None:
    assert check_registration(sender).passed
    kind = type("Answer", (Answers,), {"status": status, "body": body})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        settings.TWILIO_BASE_URL = f"http://127.0.0.1:{server.server_port}"
        row = check_registration(sender, timeout=3)
    finally:
        server.shutdown()
        server.server_close()
    assert (row.passed, row.answer) == (False, "unknown")
    assert SmsRegistration.objects.good(db_now()).filter(sender=sender).exists()


# -- one sender's number at two clients (F32) ----------------------------------------------------------


def test_a_senders_number_at_two_clients_sends_for_the_one_whose_account_has_it(
    sender: Sender, simulator: Simulator
) -> None:
    """No two clients share an account, in the database too, and a number is in one: so a STOP to it has one client to mean."""
    rival, theirs, service = people.rival_clinic(), "AC" + "8" * 32, "MG" + "8" * 32
    (other,) = world(number="+15742310999")["twilio"]
    registered = other["messaging_services"][0] | {"sid": service}
    other |= {"account_sid": theirs, "messaging_services": [registered]}
    simulator.world({"twilio": [*world()["twilio"], other]})
    with acting_for(rival.pk):
        ProviderAccount.objects.create(
            client=rival,
            provider="twilio",
            account_id=theirs,
            settings=f'{{"auth_token": "{TOKEN}", "hook": "x"}}',
        )
        same = people.sms_sender(rival, address=sender.address, messaging_service=service)
        row = check_registration(same)
        assert (row.passed, "not in the messaging service" in said(row)) == (False, True), said(row)
    for of in (sender.client, rival):
        HookEndpoint.objects.create(
            token_hash=b"%32d" % of.pk, provider="twilio", client=of, account_hash=b"%32d" % of.pk
        )
    with pytest.raises(IntegrityError, match="an_account_is_one_clients"), transaction.atomic():
        HookEndpoint.objects.filter(client=rival).update(account_hash=b"%32d" % sender.client_id)
    assert check_registration(sender).passed
