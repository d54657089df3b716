"""Mails through SendGrid's v3 mail/send: one personalization a person, up to 1,000 a request."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import python_http_client
from django.conf import settings as site

from messaging.providers.base import (
    Answer,
    Asked,
    Found,
    Listed,
    NotConnected,
    NotOffered,
    Outcome,
    Outgoing,
    Receipt,
)
from messaging.providers.halving import CONFIRMED, ListRefused, told
from messaging.providers.hooks import Answered, Shunned
from messaging.providers.pool import NotSent, Pool, Reply, Unclear, beginning_by
from messaging.providers.sendgrid import personalizing, shunning
from messaging.providers.sendgrid.personalizing import MOST, shared
from tenants.models import Channel, ProviderAccount
from tenants.models import Provider as Name

HOME = "https://api.sendgrid.com"
OPT_OUTS_AT_ONCE = 500
PERSON = re.compile(r"personalizations\.(\d+)")


class SendGrid:
    """One API key. The SDK builds every request; the pool sends it (the SDK's own client keeps no connection)."""

    name: ClassVar[str] = Name.SENDGRID.value
    channel: ClassVar[str] = Channel.EMAIL.value
    most_at_once: ClassVar[int] = MOST

    def __init__(self, account: ProviderAccount) -> None:
        from sendgrid import SendGridAPIClient

        self._pool = Pool(site.SENDGRID_BASE_URL or HOME)
        sdk = SendGridAPIClient(account.credentials()["api_key"], host=self._pool.base)
        self._client = _Transport(
            self._pool, host=sdk.host, request_headers=sdk.client.request_headers, version=3
        )

    def connect(self) -> None:
        self._pool.connect()

    def groups(self, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
        return personalizing.groups(outgoing)

    def send(self, batch: Sequence[Outgoing], *, begin_by: float = float("inf")) -> list[Receipt]:
        if len(batch) > MOST:
            raise ValueError(f"SendGrid takes at most {MOST} messages at once.")
        receipts: dict[uuid.UUID, Receipt] = {}
        for group in self.groups(batch):
            receipts |= {receipt.attempt_id: receipt for receipt in self._send(group, begin_by)}
        return [receipts[message.attempt_id] for message in batch]

    def find(self, asked: Asked) -> Found | Answer | None:
        return None  # the Email Activity API is sold apart; the event webhook tells within 24 hours

    def replies(self, numbers: Sequence[str], since: datetime) -> list[Answered]:  # noqa: ARG002
        raise NotOffered

    def listed(self, numbers: Sequence[str], since: datetime, until: datetime) -> list[Listed]:  # noqa: ARG002
        raise NotOffered

    def shunned(self, since: datetime) -> list[Shunned]:
        return shunning.shunned(self._client, since)

    def opt_out(self, sender: str, addresses: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        """By the account's global suppressions: an account is one client's."""
        return told(addresses, OPT_OUTS_AT_ONCE, self._refuse_from_now_on)

    def _refuse_from_now_on(self, addresses: Sequence[str]) -> dict[str, str]:
        try:
            answer = self._client.asm.suppressions._("global").post(
                request_body={"recipient_emails": list(addresses)}
            )
        except (NotSent, Unclear) as error:
            raise NotConnected(error.code) from None
        if answer.status_code == 201:
            return dict.fromkeys(addresses, CONFIRMED)
        raise (ListRefused if answer.status_code == 400 else NotConnected)(f"http_{answer.status_code}")

    def opt_in(self, addresses: Sequence[str]) -> dict[str, str]:
        """Out of the global suppressions; one by one, as there is no other way."""
        return told(addresses, 1, self._let_through)

    def _let_through(self, addresses: Sequence[str]) -> dict[str, str]:
        (address,) = addresses
        try:
            answer = self._client.asm.suppressions._("global")._(quote(address, safe="")).delete()
        except (NotSent, Unclear) as error:
            raise NotConnected(error.code) from None
        if answer.status_code in (204, 404):
            return {address: CONFIRMED}
        raise (ListRefused if answer.status_code == 400 else NotConnected)(f"http_{answer.status_code}")

    def blank(self, provider_id: str) -> bool:  # noqa: ARG002
        raise NotOffered

    def given_up(self, day: date) -> set[str]:  # noqa: ARG002
        raise NotOffered

    def pictures(self, provider_id: str) -> list[str]:  # noqa: ARG002
        raise NotOffered

    def picture(self, provider_id: str, picture_id: str) -> bytes | None:  # noqa: ARG002
        raise NotOffered

    def forget_picture(self, provider_id: str, picture_id: str) -> None:  # noqa: ARG002
        raise NotOffered

    def _send(self, group: list[Outgoing], begin_by: float) -> list[Receipt]:
        try:
            body = mail_of(group, uuid.uuid4().hex[:16])
            with beginning_by(begin_by):
                answer = self._client.mail.send.post(request_body=body)
            return _receipts(group, Reply(answer.status_code, answer.headers, answer.body))
        except NotSent as error:
            return [Receipt(message.attempt_id, Outcome.NOT_SENT, code=error.code) for message in group]
        except Exception as error:
            code = error.code if isinstance(error, Unclear) else "not_an_answer"
            return [Receipt(message.attempt_id, Outcome.UNKNOWN, code=code) for message in group]


def mail_of(group: Sequence[Outgoing], tag: str) -> dict[str, Any]:
    """The request's body. Of each person it carries the address, the words and the attempt's id, nothing more:
    no category, no tracking, no bypass of a suppression list (rules SG-NO-PII-ARGS, SG-TRACKING, SG-BYPASS-BAN)."""
    from sendgrid.helpers import mail as sg

    texts = shared([message.text for message in group], f"{tag}t")
    htmls = shared([message.html for message in group], f"{tag}h")
    made = sg.Mail(from_email=sg.From(group[0].sender_address, group[0].sender_name or None))
    made.add_content(sg.Content("text/plain", texts.content))
    if htmls.content:
        made.add_content(sg.Content("text/html", htmls.content))
    # From the last to the first: the SDK puts each personalization before the others, and errors count them.
    for message, in_text, in_html in zip(
        group[::-1], texts.substitutions[::-1], htmls.substitutions[::-1], strict=True
    ):
        person = sg.Personalization()
        person.add_to(sg.To(message.to))
        person.subject = message.subject
        if message.unsubscribe_url:
            person.add_header(sg.Header("List-Unsubscribe", f"<{message.unsubscribe_url}>"))
            person.add_header(sg.Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        for name, words in (in_text | in_html).items():
            person.add_substitution(sg.Substitution(name, words))
        person.add_custom_arg(sg.CustomArg("attempt", str(message.attempt_id)))
        made.add_personalization(person)
    made.tracking_settings = sg.TrackingSettings(
        click_tracking=sg.ClickTracking(False, False),
        open_tracking=sg.OpenTracking(False),
        subscription_tracking=sg.SubscriptionTracking(False),
        ganalytics=sg.Ganalytics(False),
    )
    body: dict[str, Any] = made.get()
    return body


class _Answer:
    """What the SDK wraps into its own response; keeps ours."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def getcode(self) -> int:
        return self._reply.status

    def read(self) -> bytes:
        return self._reply.body

    def info(self) -> Any:
        return self._reply.headers


class _Transport(python_http_client.Client):  # type: ignore[misc]
    """The SDK's HTTP client up to the moment of sending; child clients share the pool."""

    def __init__(self, pool: Pool, **options: Any) -> None:
        super().__init__(**options)
        self.pool = pool

    def _build_client(self, name: str | None = None) -> _Transport:
        return _Transport(
            self.pool,
            host=self.host,
            version=self._version,
            request_headers=dict(self.request_headers),
            url_path=self._url_path + [name] if name else self._url_path,
        )

    def _make_request(self, opener: Any, request: Any, timeout: float | None = None) -> _Answer:
        target = urlsplit(request.full_url)
        path = target.path + (f"?{target.query}" if target.query else "")
        return _Answer(
            self.pool.exchange(request.get_method(), path, dict(request.header_items()), request.data)
        )


def _receipts(group: Sequence[Outgoing], reply: Reply) -> list[Receipt]:
    def all_of(outcome: Outcome, code: str, **more: Any) -> list[Receipt]:
        return [Receipt(message.attempt_id, outcome, code=code, **more) for message in group]

    message_id = reply.headers.get("X-Message-Id", "")
    code = f"http_{reply.status}"
    if reply.status == 202 and re.fullmatch(r"[\w\-]{1,60}", message_id):
        return [
            Receipt(
                message.attempt_id, Outcome.ACCEPTED, provider_id=provider_id(message_id, message.attempt_id)
            )
            for message in group
        ]
    if reply.status == 429:
        return all_of(Outcome.NOT_SENT, code, retry_after=_pause(reply))
    if reply.status in (401, 403):
        return all_of(Outcome.NOT_SENT, code, pause_sender=True)
    fields = _fields(reply)
    if not 400 <= reply.status < 500 or fields is None:
        return all_of(Outcome.UNKNOWN, code)
    if reply.status not in (400, 413):
        return all_of(Outcome.NOT_SENT, code, pause_sender=True)
    named = {int(number) for name in fields for number in PERSON.findall(name)}
    if not named:
        return all_of(Outcome.REFUSED, code)
    # One bad address refuses the whole request: the others were certainly not sent.
    return [
        Receipt(message.attempt_id, Outcome.REFUSED if at in named else Outcome.NOT_SENT, code=code)
        for at, message in enumerate(group)
    ]


def provider_id(message_id: str, attempt_id: uuid.UUID) -> str:
    """The request's id is one for all its people, so the attempt makes it theirs."""
    return f"{message_id}.{attempt_id}"


def _fields(reply: Reply) -> list[str] | None:
    """The fields that SendGrid's errors name; None when the answer is not SendGrid's."""
    try:
        errors = json.loads(reply.body)["errors"]
        return [str(error.get("field") or "") for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _pause(reply: Reply) -> float | None:
    """Seconds until SendGrid takes requests again: Retry-After, or X-RateLimit-Reset (seconds since 1970)."""
    after, reset = reply.headers.get("Retry-After", ""), reply.headers.get("X-RateLimit-Reset", "")
    if re.fullmatch(r"\d{1,5}", after):
        return float(after)
    if re.fullmatch(r"\d{1,12}", reset):
        return min(max(0.0, float(reset) - time.time()), 3600.0)
    return None
