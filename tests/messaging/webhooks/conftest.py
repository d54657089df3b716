"""A clinic with an account at each provider, and posts signed as the providers sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client as Browser
from twilio.request_validator import RequestValidator

from messaging import bell
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message
from messaging.preparing import prepare
from tenants.hashing import new_token
from tenants.models import Client, HookEndpoint, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched

NUMBER = "+15742310600"
BROWSER = Browser(enforce_csrf_checks=True, raise_request_exception=False)


def sid(number: int = 1) -> str:
    return f"SM{number:032x}"


@dataclass
class Office:
    """A client and how its providers call us."""

    client: Client
    account_sid: str = "AC" + "1" * 32
    auth_token: str = "twilio-secret"
    password: str = "smtp-secret"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for provider, account_id, settings in (
            ("twilio", self.account_sid, {"auth_token": self.auth_token}),
            ("sendgrid", "", {"api_key": "SG.x", "verification_key": self.verification_key}),
            ("smtp", "relay", {"host": "smtp.brightsmiles.example", "password": self.password}),
        ):
            token, digest = new_token()
            self.tokens[provider] = token
            HookEndpoint.objects.create(token_hash=digest, provider=provider, client=self.client)
            with acting_for(self.client.pk):
                ProviderAccount.objects.create(
                    client=self.client,
                    provider=provider,
                    account_id=account_id,
                    host=settings.get("host", ""),
                    settings=json.dumps({**settings, "hook": token}),
                )

    @property
    def verification_key(self) -> str:
        return base64.b64encode(
            self.key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).decode()

    def path(self, provider: str, kind: str = "") -> str:
        return f"/hooks/{provider}/{self.tokens[provider]}" + (f"/{kind}" if kind else "")

    def form(self, **values: str) -> dict[str, str]:
        return {
            "MessageSid": sid(),
            "AccountSid": self.account_sid,
            "From": "+15742310001",
            "To": NUMBER,
        } | values

    def sign(self, path: str, form: dict[str, str], secret: str = "") -> str:
        return str(
            RequestValidator(secret or self.auth_token).compute_signature(f"http://testserver{path}", form)
        )

    def twilio(self, path: str, form: dict[str, str], **more: Any) -> HttpResponse:
        signature = more.pop("signature", None) or self.sign(path, form)
        return post(
            path,
            urlencode(form).encode(),
            "application/x-www-form-urlencoded",
            {"X-Twilio-Signature": signature},
            **more,
        )

    def status(self, attempt: uuid.UUID | str, status: str, **values: str) -> HttpResponse:
        form = self.form(**({"MessageStatus": status, "From": NUMBER, "To": "+15742310001"} | values))
        return self.twilio(f"{self.path('twilio', 'status')}?a={attempt}", form)

    def texts(self, body: str, sender: str = "+15742310001", number: int = 1, **values: str) -> HttpResponse:
        form = self.form(
            **({"From": sender, "Body": body, "NumMedia": "0", "MessageSid": sid(number)} | values)
        )
        return self.twilio(self.path("twilio", "inbound"), form)

    def sendgrid_headers(self, body: bytes, at: float | None = None, key: Any = None) -> dict[str, str]:
        timestamp = str(int(at if at is not None else time.time()))
        signed = (key or self.key).sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signed).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }

    def events(self, *events: Any, raw: bytes | None = None) -> HttpResponse:
        body = raw if raw is not None else (json.dumps(list(events)) + "\r\n").encode()
        return post(self.path("sendgrid"), body, "application/json", self.sendgrid_headers(body))

    def mail(self, body: bytes) -> HttpResponse:
        signature = "sha256=" + hmac.new(self.password.encode(), body, hashlib.sha256).hexdigest()
        return post(self.path("smtp"), body, "message/rfc822", {"X-Signature": signature})

    def hand_over(self, *steps: dict[str, Any], count: int = 1, provider: str = "twilio") -> list[uuid.UUID]:
        """Messages in hand (handing, outcome unheard); their attempts, in the order of the messages."""
        launched(self.client, *steps, texts=count)
        with Locks() as locks:
            wave = claim(self.client.pk, prepare(self.client.pk, provider, 64), locks)
        return [each.attempt_id for each in wave.outgoing]

    def message_of(self, attempt: uuid.UUID) -> Message:
        with acting_for(self.client.pk):
            found: Message = Message.objects.get(attempts=attempt)
        return found


def post(path: str, body: bytes, content_type: str, headers: dict[str, str], **more: Any) -> HttpResponse:
    return BROWSER.post(path, data=body, content_type=content_type, headers=headers, **more)  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Bells rung: (client, at once). No broker is asked."""
    rung: list[tuple[int, bool]] = []
    monkeypatch.setattr(bell, "ring", lambda client_id, *, at_once=False: rung.append((client_id, at_once)))
    return rung


@pytest.fixture
def office(db: None) -> Office:
    return Office(people.clinic())


@pytest.fixture
def rival(db: None) -> Office:
    return Office(
        people.rival_clinic(), account_sid="AC" + "9" * 32, auth_token="rival-secret", password="rival-smtp"
    )
