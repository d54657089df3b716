"""The world that the simulator plays: accounts, numbers, registrations, domains, DNS records."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


class WorldError(ValueError):
    """What is wrong with a world or a setting, as a sentence a person can act on."""


def steady_sid(prefix: str, *parts: str) -> str:
    """A Twilio-like id that is the same each time it is made from the same parts."""
    return prefix + hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()


@dataclass
class Number:
    phone_number: str
    sid: str
    inbound_url: str


@dataclass
class MessagingService:
    """A Twilio Messaging Service; `advanced_opt_out` adds OptOutType to inbound messages."""

    sid: str
    friendly_name: str
    numbers: list[str]
    inbound_url: str
    usa2p: dict[str, Any] | None
    advanced_opt_out: bool


@dataclass
class TwilioAccount:
    account_sid: str
    auth_token: str
    numbers: dict[str, Number]
    services: dict[str, MessagingService]
    brands: dict[str, dict[str, Any]]
    tollfree: dict[str, dict[str, Any]]
    regions: tuple[str, ...]

    def service_of(self, number: str) -> MessagingService | None:
        """The messaging service that a number belongs to, if any."""
        return next((service for service in self.services.values() if number in service.numbers), None)


@dataclass
class SendGridAccount:
    """`events` holds the switches of the event webhook; `signed` whether its posts carry a signature."""

    api_key: str
    event_url: str
    key: ec.EllipticCurvePrivateKey
    domains: list[dict[str, Any]]
    signed: bool = True
    events: dict[str, bool] = field(default_factory=dict)

    @property
    def public_key(self) -> str:
        """The verification key as SendGrid shows it: the base64 of the DER, without PEM armour."""
        der = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    @property
    def webhook_id(self) -> str:
        sid = steady_sid("", "webhook", self.api_key)
        return f"{sid[:8]}-{sid[8:12]}-{sid[12:16]}-{sid[16:20]}-{sid[20:]}"


@dataclass
class SmtpAccount:
    username: str
    password: str
    bounce_url: str
    secret: str


@dataclass
class Timing:
    """Delays in milliseconds after acceptance, and the waits in seconds between retries of a callback."""

    queued_ms: float = 20
    sent_ms: float = 120
    delivered_ms: float = 300
    events_ms: float = 250
    inbound_ms: float = 30
    retry_s: tuple[float, ...] = (0.5, 2.0, 5.0, 15.0)


@dataclass
class World:
    twilio: dict[str, TwilioAccount] = field(default_factory=dict)
    sendgrid: dict[str, SendGridAccount] = field(default_factory=dict)
    smtp: dict[str, SmtpAccount] = field(default_factory=dict)
    dns: dict[str, list[list[str]]] = field(default_factory=dict)
    phones: dict[str, int] = field(default_factory=dict)
    given_up: dict[str, list[str]] = field(default_factory=dict)  # by day: numbers their carriers took back
    mailboxes: dict[str, str] = field(default_factory=dict)
    refused_opt_outs: frozenset[str] = frozenset()  # addresses that no list of opt-outs may have in it
    timing: Timing = field(default_factory=Timing)

    def owner_of(self, number: str) -> TwilioAccount | None:
        """The account that holds a phone number."""
        return next((account for account in self.twilio.values() if number in account.numbers), None)

    def public_keys(self) -> dict[str, str]:
        """The verification key of every event webhook, by api key."""
        return {account.api_key: account.public_key for account in self.sendgrid.values()}


MAIL_BEHAVIOURS = ("bounce", "block", "defer", "spam", "reject")


def read_world(given: Any, before: World | None = None) -> World:
    """Build a world from JSON; a signing key generated for an api key in `before` is kept.

    Raises WorldError naming the field that is missing or wrong.
    """
    if not isinstance(given, Mapping):
        raise WorldError("A world is a JSON object with twilio, sendgrid, smtp and dns.")
    unknown = set(given) - {
        "twilio", "sendgrid", "smtp", "dns", "phones", "given_up", "mailboxes", "refused_opt_outs", "timing",
    }  # fmt: skip
    if unknown:
        raise WorldError(f"A world has no {', '.join(sorted(unknown))}.")
    twilio = [_twilio(item) for item in given.get("twilio", [])]
    sendgrid = [_sendgrid(item, before) for item in given.get("sendgrid", [])]
    smtp = [
        SmtpAccount(
            _need(i, "username", "smtp"),
            _need(i, "password", "smtp"),
            i.get("bounce_url", ""),
            i.get("secret", ""),
        )
        for i in given.get("smtp", [])
    ]
    mailboxes = {address.lower(): how for address, how in given.get("mailboxes", {}).items()}
    for address, how in mailboxes.items():
        if how not in MAIL_BEHAVIOURS:
            raise WorldError(
                f"The mailbox {address} cannot {how!r}: use one of {', '.join(MAIL_BEHAVIOURS)}."
            )
    return World(
        twilio={account.account_sid: account for account in twilio},
        sendgrid={account.api_key: account for account in sendgrid},
        smtp={account.username: account for account in smtp},
        dns=_zone(given.get("dns", {})),
        phones={number: int(code) for number, code in given.get("phones", {}).items()},
        given_up={
            str(day): [str(each) for each in numbers] for day, numbers in given.get("given_up", {}).items()
        },
        mailboxes=mailboxes,
        refused_opt_outs=frozenset(map(str, given.get("refused_opt_outs", []))),
        timing=_timing(given.get("timing", {})),
    )


def _need(item: Mapping[str, Any], name: str, where: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise WorldError(f"An entry of {where} has no {name}.")
    return value


def _twilio(item: Mapping[str, Any]) -> TwilioAccount:
    sid = _need(item, "account_sid", "twilio")
    numbers = {}
    for entry in item.get("numbers", []):
        number = _need(entry, "phone_number", "twilio numbers")
        numbers[number] = Number(
            number, entry.get("sid") or steady_sid("PN", number), entry.get("inbound_url", "")
        )
    services = {}
    for entry in item.get("messaging_services", []):
        service = _need(entry, "sid", "messaging_services")
        strangers = [n for n in entry.get("numbers", []) if n not in numbers]
        if strangers:
            raise WorldError(
                f"The service {service} uses {', '.join(strangers)}, which is no number of {sid}."
            )
        services[service] = MessagingService(
            service,
            entry.get("friendly_name", service),
            list(entry.get("numbers", [])),
            entry.get("inbound_url", ""),
            entry.get("usa2p"),
            bool(entry.get("advanced_opt_out", True)),
        )
    return TwilioAccount(
        sid,
        _need(item, "auth_token", "twilio"),
        numbers,
        services,
        brands={_need(b, "sid", "brands"): dict(b) for b in item.get("brands", [])},
        tollfree={_need(t, "sid", "tollfree"): dict(t) for t in item.get("tollfree", [])},
        regions=tuple(item.get("regions", ["+1"])),
    )


def _sendgrid(item: Mapping[str, Any], before: World | None) -> SendGridAccount:
    api_key = _need(item, "api_key", "sendgrid")
    pem = item.get("event_signing_key")
    if pem:
        try:
            key = serialization.load_pem_private_key(str(pem).encode(), None)
        except ValueError as error:
            raise WorldError("event_signing_key is no PEM private key.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise WorldError("event_signing_key must be an ECDSA P-256 key.")
    elif before and api_key in before.sendgrid:
        key = before.sendgrid[api_key].key
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    return SendGridAccount(
        api_key,
        item.get("event_url", ""),
        key,
        [dict(d) for d in item.get("domains", [])],
        signed=bool(item.get("event_signed", True)),
    )


def _zone(given: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    zone = {}
    for name, records in given.items():
        for record in records:
            if len(record) < 2 or not all(isinstance(part, str) for part in record[:2]):
                raise WorldError(f"A record of {name} is not [type, value].")
        zone[name.rstrip(".").lower()] = [[record[0].upper(), record[1]] for record in records]
    return zone


def _timing(given: Mapping[str, Any]) -> Timing:
    timing = Timing()
    for name, value in given.items():
        if not hasattr(timing, name):
            raise WorldError(f"timing has no {name}.")
        setattr(timing, name, tuple(map(float, value)) if name == "retry_s" else float(value))
    return timing
