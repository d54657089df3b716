"""The whole way with the simulator: a text goes out, is delivered, is answered STOP, and nothing goes there any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from consent.models import Suppression
from messaging import delivery, providers
from messaging.models import Inbound, Message
from messaging.tasks import apply_hooks
from tenants.hashing import new_token
from tenants.models import Client, HookEndpoint, Provider, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import MAIL, TEXT, launched
from tests.simulators import Simulator, eventually, running_simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]
ACCOUNT, SERVICE, NUMBER, KEY = "AC" + "1" * 32, "MG" + "0" * 32, "+15742310600", "SG.key"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture
def clinic(
    simulator: Simulator, live_server: LiveServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Client:
    settings.PUBLIC_URL, settings.TWILIO_BASE_URL, settings.SENDGRID_BASE_URL = (
        live_server.url,
        simulator.base,
        simulator.base,
    )
    monkeypatch.setattr(providers, "_kept", {})
    simulator.reset()
    of = people.clinic()
    tokens = {}
    for provider in (Provider.TWILIO, Provider.SENDGRID):
        tokens[provider], digest = new_token()
        HookEndpoint.objects.create(token_hash=digest, provider=provider, client=of)
    hooks = f"{live_server.url}/hooks"
    inbound = f"{hooks}/twilio/{tokens[Provider.TWILIO]}/inbound"
    keys = simulator.world(
        {
            "twilio": [{
                "account_sid": ACCOUNT, "auth_token": "secret",
                "numbers": [{"phone_number": NUMBER, "inbound_url": f"{hooks}/twilio/{tokens[Provider.TWILIO]}/inbound"}],
                "messaging_services": [{"sid": SERVICE, "numbers": [NUMBER], "inbound_url": inbound}],
            }],
            "sendgrid": [{"api_key": KEY, "event_url": f"{hooks}/sendgrid/{tokens[Provider.SENDGRID]}"}],
        }
    )  # fmt: skip
    with acting_for(of.pk):
        for provider, account_id, given in (
            (Provider.TWILIO, ACCOUNT, {"auth_token": "secret"}),
            (Provider.SENDGRID, "", {"api_key": KEY, "verification_key": keys[KEY]}),
        ):
            given = {**given, "hook": tokens[provider]}
            ProviderAccount.objects.create(
                client=of, provider=provider, account_id=account_id, settings=json.dumps(given)
            )
    return of


def deliveries(of: Client) -> list[tuple[str, str]]:
    apply_hooks()
    with acting_for(of.pk):
        return list(Message.objects.order_by("pk").values_list("status", "delivery"))


def test_a_stop_by_text(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, TEXT, texts=3)
    assert delivery.drain(clinic.pk) == 3
    eventually(lambda: deliveries(clinic) == [("accepted", "delivered")] * 3)
    person = simulator.accepted()[0]["to"]
    simulator.reply(person, "Please stop texting me")
    made = eventually(lambda: suppression_of(clinic))
    apply_hooks()
    made = suppression_of(clinic)
    assert (made.source, made.message_id is not None) == ("free_text", True)
    with acting_for(clinic.pk):
        received = Inbound.objects.get().received_at
    # G7: from the webhook's arrival to the proof that nothing begins there any more.
    assert (made.enforced_at - received).total_seconds() < 5


def test_a_mail_out_and_back(clinic: Client, simulator: Simulator) -> None:
    launched(clinic, MAIL, texts=40)
    assert delivery.drain(clinic.pk) == 40
    assert sum("/v3/mail/send" in call["url"] for call in simulator.log(1000)) == 1  # one request for all
    eventually(lambda: deliveries(clinic) == [("accepted", "delivered")] * 40)
    first, second = (each["to"] for each in simulator.accepted()[:2])
    mails = [simulator.mail(each["to"]) for each in simulator.accepted()]
    links = [
        {name.lower(): value for name, value in mail["headers"].items()}["list-unsubscribe"].strip("<>")
        for mail in mails
    ]
    assert len(set(links)) == 40
    assert all(link in mail["text"] and link in mail["html"] for link, mail in zip(links, mails, strict=True))
    simulator.act(first, "unsubscribe")
    made = eventually(lambda: suppression_of(clinic))
    assert (made.source, made.channel) == ("one_click", "email")
    simulator.act(second, "spam")
    eventually(lambda: [status for status in deliveries(clinic) if status[1] == "complained"])


def suppression_of(of: Client) -> Any:
    with acting_for(of.pk):
        return Suppression.objects.order_by("-pk").first()
