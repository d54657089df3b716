"""Clinics with many people for the tests that break things: written in bulk, ready to send by the simulator's Twilio."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.models import Launch
from consent.models import Address, ConsentRecord, Contact, ContactPoint, Suppression, Tier
from messaging import outbox
from messaging.models import Attempt, Message, Status
from messaging.models.message import AT_REST
from tenants.hashing import token_hash
from tenants.models import Channel, Client, HookEndpoint, Provider, ProviderAccount, Purpose, Role
from tenants.scope import acting_for
from tests import people

ACCOUNT = "AC" + "1" * 32
ENOUGH = (
    "Please stop texting me"  # understood as an opt-out here, and not by the carrier: it does not help us
)
PLACE = "OH/America/New_York"
_people = itertools.count(1)


@dataclass(frozen=True)
class Clinic:
    """A client whose launched campaign is one text to each of its people."""

    client: Client
    launch: Launch
    phones: list[str]
    number: str
    token: str

    @property
    def id(self) -> int:
        return int(self.client.pk)


@dataclass(frozen=True)
class Count:
    """What became of a clinic's messages, by our own record and by the provider's."""

    statuses: Counter[str]
    double: int  # addresses that the provider took twice
    unrecorded: int  # taken by the provider, and not accepted by our record
    never_sent: int  # accepted by our record, and unknown to the provider
    lost: int  # not at rest


def world(tokens: Sequence[str], hooks: str = "") -> dict[str, Any]:
    """What the simulator plays: one Twilio account with a number for each clinic, whose replies come to its own hook."""
    urls = [f"{hooks}/hooks/twilio/{token}/inbound#rc=5&rp=all" if hooks else "" for token in tokens]
    numbers = [{"phone_number": _number(at), "inbound_url": url} for at, url in enumerate(urls)]
    services = [
        {"sid": _service(at), "numbers": [_number(at)], "inbound_url": url} for at, url in enumerate(urls)
    ]
    return {
        "twilio": [{"account_sid": ACCOUNT, "auth_token": "secret", "numbers": numbers, "messaging_services": services}],
        "timing": {"queued_ms": 5, "sent_ms": 10, "delivered_ms": 20, "inbound_ms": 1},
    }  # fmt: skip


def clinic(at: int, token: str, texts: int) -> Clinic:
    """The clinic with this place in the world: `texts` consenting people and a signed campaign, launched, not yet planned."""
    of = people.client_of(people.agency(), f"Clinic {at}")
    signer = people.member(f"Signer{of.pk}", Role.APPROVER, client=of)
    HookEndpoint.objects.create(token_hash=token_hash(token), provider=Provider.TWILIO, client=of)
    phones = [_phone(next(_people)) for _ in range(texts)]
    with acting_for(of.pk):
        people.sms_sender(of, address=_number(at), messaging_service=_service(at))
        given = json.dumps({"auth_token": "secret", "hook": token})
        ProviderAccount.objects.create(
            client=of, provider=Provider.TWILIO, account_id=ACCOUNT, settings=given
        )
        _fill(of, phones)
        made = people.campaign(of)
        people.ready(of)
        people.all_day(of, PLACE)
        people.approve(made, signer, shown=texts)
        made.refresh_from_db()
        launched = outbox.launch(made, by=None)
    return Clinic(of, launched, phones, _number(at), token)


def _number(at: int) -> str:
    return f"+1574230{at:04d}"


def _service(at: int) -> str:
    return f"MG{at:032x}"


def _phone(number: int) -> str:
    return f"+1574{231 + number // 10_000}{number % 10_000:04d}"


def _fill(of: Client, phones: Sequence[str]) -> None:
    addresses = Address.objects.resolve(Channel.SMS, list(phones))
    contacts = Contact.objects.bulk_create(
        [Contact(client=of, first_name="Jane", last_name="Doe", filled=["first_name", "last_name"], window_key=PLACE, household=0)
         for _ in phones],
        batch_size=2000,
    )  # fmt: skip
    for contact in contacts:
        contact.household = contact.pk
    Contact.objects.bulk_update(contacts, ["household"], batch_size=2000)
    pairs = list(zip(contacts, phones, strict=True))
    ContactPoint.objects.bulk_create(
        [ContactPoint(client=of, contact=contact, channel=Channel.SMS, address_id=addresses[phone], value=phone)
         for contact, phone in pairs],
        batch_size=2000,
    )  # fmt: skip
    ConsentRecord.objects.bulk_create(
        [
            ConsentRecord(
                client=of, contact=contact, address_id=addresses[phone], channel=Channel.SMS, purpose=Purpose.MARKETING,
                tier=Tier.WRITTEN, method=ConsentRecord.Method.WEB_FORM, wording="Yes, text me.",
            )
            for contact, phone in pairs
        ],
        batch_size=2000,
    )  # fmt: skip


def count(of: Clinic, accepted: Sequence[dict[str, Any]]) -> Count:
    """Our record beside the provider's own list of what it accepted."""
    mine = set(of.phones)
    taken = Counter(each["to"] for each in accepted if each["to"] in mine)
    with acting_for(of.id):
        rows = list(Message.objects.values_list("status", "address_id"))
        numbers = dict(ContactPoint.objects.values_list("address_id", "value"))
    recorded = {numbers[address] for status, address in rows if status == Status.ACCEPTED}
    return Count(
        Counter(status for status, _ in rows),
        double=sum(1 for times in taken.values() if times > 1),
        unrecorded=len(set(taken) - recorded),
        never_sent=len(recorded - set(taken)),
        lost=len(of.phones) - sum(1 for status, _ in rows if status in AT_REST),
    )


def after_stop(of: Clinic, begun: Sequence[tuple[float, str]]) -> int:
    """Hand-offs whose first byte left (`begun`: seconds since 1970, attempt) after the address's opt-out was enforced."""
    with acting_for(of.id):
        rows = Suppression.objects.values_list("address_id", "enforced_at")
        enforced = {address: at.timestamp() for address, at in rows if at is not None}
        addresses = {
            str(attempt): address
            for attempt, address in Attempt.objects.filter(message__address__in=enforced).values_list("pk", "message__address_id")
        }  # fmt: skip
    return sum(attempt in addresses and at > enforced[addresses[attempt]] for at, attempt in begun)


def unenforced(clinics: Sequence[Clinic], said: Iterable[tuple[int, int]]) -> int:
    """Of those who said STOP (client and address) how many have no opt-out that is stored and enforced."""
    with acting_for([each.id for each in clinics]):
        rows = Suppression.objects.exclude(enforced_at=None).filter(ended_at=None)
        return len(set(said) - set(rows.values_list("client_id", "address_id")))
