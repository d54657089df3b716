"""Texts through Twilio's Programmable Messaging."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings as site
from django.urls import reverse
from requests import Request, Session
from requests.models import RequestEncodingMixin
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response

from compliance.registrations.overrides import AGAIN
from messaging.providers.base import (
    NOT_FOUND,
    SEVERAL,
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
from messaging.providers.hooks import Answered, Shunned
from messaging.providers.pool import NotSent, Pool, Unclear, beginning_by
from messaging.providers.twilio import asking, given_up, media
from messaging.providers.twilio.codes import ON_REQUEST, REFUSED
from tenants.models import Channel, ProviderAccount
from tenants.models import Provider as Name

HOME, CONSENTS, LISTS = (
    "https://api.twilio.com",
    "https://accounts.twilio.com",
    "https://messaging.twilio.com",
)
SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
BEFORE, AFTER = timedelta(seconds=60), timedelta(seconds=120)


class Twilio:
    """One AccountSid. Every request is the SDK's; the pool sends it."""

    name: ClassVar[str] = Name.TWILIO.value
    channel: ClassVar[str] = Channel.SMS.value
    most_at_once: ClassVar[int] = 1

    def __init__(self, account: ProviderAccount) -> None:
        from twilio.rest import Client  # half a second and 40 MB: only those who send pay

        given = account.credentials()
        self._sid = given["account_id"]
        self._pool = Pool(site.TWILIO_BASE_URL or HOME)
        self._client = Client(
            given["account_id"], given["auth_token"], http_client=_Transport(self._pool), environment={"": ""}
        )
        self._messages = self._client.messages  # imports the rest: here, not in the first call
        self._told_at = site.PUBLIC_URL + reverse("hook_twilio_status", args=[given.get("hook") or "none"])

    def connect(self) -> None:
        self._pool.connect()

    def groups(self, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
        return [[message] for message in outgoing]

    def send(self, batch: Sequence[Outgoing], *, begin_by: float = float("inf")) -> list[Receipt]:
        (message,) = batch
        try:
            with beginning_by(begin_by):
                made = self._messages.create(
                    to=message.to,
                    body=message.text,
                    status_callback=f"{self._told_at}?a={message.attempt_id}{AGAIN}",
                    validity_period=message.valid_for,
                    **(
                        {"messaging_service_sid": message.messaging_service}
                        if message.messaging_service
                        else {"from_": message.sender_address}
                    ),
                )
            if not SID.fullmatch(made.sid or "") or made.account_sid != self._sid:
                return [Receipt(message.attempt_id, Outcome.UNKNOWN, code="not_an_answer")]
            return [Receipt(message.attempt_id, Outcome.ACCEPTED, provider_id=made.sid)]
        except Exception as error:
            return [_receipt(message, error)]

    def find(self, asked: Asked) -> Found | Answer | None:
        try:
            # Few enough to look through; a date would leave out what Twilio has not sent on yet.
            rows = self._messages.list(to=asked.to, page_size=1000, limit=1000)
        except NotSent as error:
            raise NotConnected(error.code) from None
        except Exception as error:  # whatever it was, it is no answer to the question
            raise NotConnected(_code(error)) from None
        fitting = [row for row in rows if self._fits(row, asked)]
        if len(fitting) > 1:
            return SEVERAL
        return Found(fitting[0].sid, str(fitting[0].status)) if fitting else NOT_FOUND

    def replies(self, numbers: Sequence[str], since: datetime) -> list[Answered]:
        return asking.replies(self._client, numbers, since)

    def listed(self, numbers: Sequence[str], since: datetime, until: datetime) -> list[Listed]:
        return asking.listed(self._client, numbers, since, until)

    def shunned(self, since: datetime) -> list[Shunned]:  # noqa: ARG002
        raise NotOffered  # told by 21610, one at a time, when a text is refused

    def opt_out(self, sender: str, addresses: Sequence[str]) -> dict[str, str]:
        return asking.opt_out(self._at(CONSENTS), sender, addresses)

    def opt_in(self, addresses: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        raise NotOffered  # who texts START is let through by Twilio itself

    def blank(self, provider_id: str) -> bool:
        return asking.blank(self._client, provider_id)

    def given_up(self, day: date) -> set[str]:
        return given_up.numbers(self._at(LISTS), self._pool, day)

    def pictures(self, provider_id: str) -> list[str]:
        return media.listed(self._client, provider_id)

    def picture(self, provider_id: str, picture_id: str) -> bytes | None:
        return media.fetched(self._pool, self._sid, self._client.password, provider_id, picture_id)

    def forget_picture(self, provider_id: str, picture_id: str) -> None:
        media.forgotten(self._client, provider_id, picture_id)

    def _at(self, home: str) -> Any:
        """The SDK's client for another of Twilio's hosts, which few calls go to: its connections are not kept."""
        from twilio.rest import Client

        transport = _Transport(Pool(site.TWILIO_BASE_URL or home))
        return Client(self._sid, self._client.password, http_client=transport, environment={"": ""})

    def _fits(self, row: Any, asked: Asked) -> bool:
        sender = (
            row.messaging_service_sid == asked.messaging_service
            if asked.messaging_service
            else row.from_ == asked.sender_address
        )
        made: datetime | None = row.date_created
        return bool(
            sender
            and row.to == asked.to
            and SID.fullmatch(row.sid or "")
            and row.sid not in asked.bound
            and made is not None
            and asked.claimed_at - BEFORE <= made.replace(tzinfo=made.tzinfo or UTC) <= asked.deadline + AFTER
            and _sha256(row.body or "") == _sha256(asked.text)
        )


class _Transport(HttpClient):  # type: ignore[misc]
    """What the SDK calls to send a request: encodes as its own client does (by `requests`), sends by the pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._alike: dict[tuple[Any, ...], tuple[str, dict[str, str]]] = {}
        self._session = Session()
        self._session.trust_env = False  # no .netrc, no proxy: where a request goes is in our settings

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        path, told, body = self._encoded(method.upper(), url, params, data, headers, auth)
        reply = self._pool.exchange(method.upper(), path, told, body)
        if reply.status == 429:
            raise Busy(reply.headers.get("Retry-After", ""))
        # What is asked for may lie elsewhere; what is handed over may not.
        good = range(200, 400) if method.upper() == "GET" else range(200, 300)
        if reply.status not in good and not 400 <= reply.status < 500:
            raise Unclear(f"http_{reply.status}")
        return Response(reply.status, reply.body.decode(errors="replace"), reply.headers)

    def _encoded(
        self, method: str, url: str, params: Any, data: Any, headers: Any, auth: Any
    ) -> tuple[str, dict[str, str], bytes | None]:
        """The request's target, headers and body. Of requests that differ in their form only, `requests` encodes the first."""
        first = (method, url, auth, *sorted((headers or {}).items())) if data and not params else None
        if first is None or first not in self._alike:
            prepared = self._session.prepare_request(
                Request(method, url, params=params, data=data, headers=headers, auth=auth)
            )
            body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
            encoded = urlsplit(self._pool.base).path + prepared.path_url, dict(prepared.headers), body
            if first is not None and isinstance(data, dict):
                self._alike[first] = encoded[:2]
            return encoded
        path, told = self._alike[first]
        body = RequestEncodingMixin._encode_params(data).encode()  # type: ignore[attr-defined]
        return path, {**told, "Content-Length": str(len(body))}, body


class Busy(Exception):
    """429: too many requests, so this one was not taken."""

    def __init__(self, retry_after: str) -> None:
        super().__init__("429")
        self.seconds = float(retry_after) if re.fullmatch(r"\d{1,5}", retry_after) else None


def _receipt(message: Outgoing, error: Exception) -> Receipt:
    if isinstance(error, NotSent):
        return Receipt(message.attempt_id, Outcome.NOT_SENT, code=error.code)
    if isinstance(error, Busy):
        return Receipt(message.attempt_id, Outcome.NOT_SENT, code="20429", retry_after=error.seconds)
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return _refusal(message, int(error.status), int(error.code or 0))
    return Receipt(message.attempt_id, Outcome.UNKNOWN, code=_code(error))


def _refusal(message: Outgoing, status: int, code: int) -> Receipt:
    """The answer to a 4xx. Where Twilio gives no code of its own, the SDK gives the HTTP status."""
    if code >= 10_000:
        meaning = ON_REQUEST.get(code, REFUSED)
        return Receipt(
            message.attempt_id,
            Outcome.NOT_SENT if meaning.not_sent else Outcome.REFUSED,
            code=str(code),
            opted_out=meaning.opted_out,
            pause_sender=meaning.pause_sender,
        )
    if status in (401, 403):
        return Receipt(message.attempt_id, Outcome.NOT_SENT, code=f"http_{status}", pause_sender=True)
    # A 4xx that is not Twilio's came from something in between, which may have passed the request on.
    return Receipt(message.attempt_id, Outcome.UNKNOWN, code=f"http_{status}")


def _code(error: Exception) -> str:
    if isinstance(error, Unclear):
        return error.code
    if isinstance(error, Busy):
        return "20429"
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return str(error.code or f"http_{error.status}")
    return "not_an_answer"


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
