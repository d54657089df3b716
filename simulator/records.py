"""What happened so far: texts, mails, opt-outs, in memory and bounded."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulator.letters import Letter


@dataclass(slots=True, eq=False)
class Sms:
    """One text, either way. Times are seconds since 1970; `received` is when the request arrived.

    `own` marks the carrier's own answer to a keyword, which no API lists.
    """

    sid: str
    account_sid: str
    service_sid: str | None
    sender: str | None
    to: str
    body: str
    direction: str
    status: str
    received: float
    created: float
    updated: float
    segments: int
    sent: float | None = None
    expires: float | None = None
    error_code: int | None = None
    callback: str | None = None
    media: int = 0
    files: list[str] = field(default_factory=list)  # ids of what came with it, and is still there
    redacted: bool = False
    own: bool = False

    @property
    def inbound(self) -> bool:
        return self.direction == "inbound"

    @property
    def phone(self) -> str:
        """The number of the person, whichever way the text went."""
        return (self.sender or "") if self.inbound else self.to


@dataclass(slots=True, eq=False)
class Mail:
    """One mail to one person; the words are in `letter`, shared by all recipients of a request.

    `status`: processed, delivered, deferred, bounced, blocked, dropped or spam.
    """

    id: str
    provider: str
    account: str
    to: str
    received: float
    at: float
    letter: Letter
    personal: Mapping[str, Any] = field(default_factory=dict)
    status: str = "processed"
    note: str = ""


class Book:
    """Every text and mail, newest activity last, at most `keep` accepted ones (older ones are forgotten)."""

    def __init__(self, keep: int = 500_000) -> None:
        self.keep = keep
        self.forgotten = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything that happened."""
        self.sms: dict[str, Sms] = {}
        self.mails: dict[str, Mail] = {}
        self.phones: dict[str, list[Sms]] = {}
        self.mailboxes: dict[str, list[Mail]] = {}
        self.accepted: deque[Sms | Mail] = deque()
        self.opted_out: dict[tuple[str, str], float] = {}
        self.suppressed: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.counts = {"texts": 0, "mails": 0, "replies": 0}
        self.forgotten = 0
        self.version = 0

    def changed(self) -> None:
        """Note that a page showing this book is out of date."""
        self.version += 1

    def add_sms(self, sms: Sms) -> None:
        """Keep a text and move its phone to the front."""
        if not sms.own:
            self.sms[sms.sid] = sms
        thread = self.phones.pop(sms.phone, None)
        if thread is None:
            thread = []
        thread.append(sms)
        self.phones[sms.phone] = thread
        if sms.inbound:
            self.counts["replies"] += 1
        elif not sms.own:
            self.counts["texts"] += 1
            self._accept(sms)
        self.changed()

    def add_mail(self, mail: Mail, shown: bool = True) -> None:
        """Keep a mail; one that never arrives (`shown` false) is accepted but in no mailbox."""
        self.mails[mail.id] = mail
        if shown:
            box = self.mailboxes.pop(mail.to, None)
            if box is None:
                box = []
            box.append(mail)
            self.mailboxes[mail.to] = box
        self.counts["mails"] += 1
        self._accept(mail)
        self.changed()

    def _accept(self, record: Sms | Mail) -> None:
        self.accepted.append(record)
        if len(self.accepted) > self.keep:
            self._forget(self.accepted.popleft())
            self.forgotten += 1

    def _forget(self, record: Sms | Mail) -> None:
        if isinstance(record, Sms):
            self.sms.pop(record.sid, None)
            _drop_from(self.phones, record.phone, record)
        else:
            self.mails.pop(record.id, None)
            _drop_from(self.mailboxes, record.to, record)

    def accepted_since(self, start: int, limit: int | None) -> Iterator[Sms | Mail]:
        """Accepted messages from the `start`-th on (counted from the last reset)."""
        first = max(0, start - self.forgotten)
        return itertools.islice(self.accepted, first, None if limit is None else first + limit)


def _drop_from(index: dict[str, Any], key: str, record: Sms | Mail) -> None:
    kept = index.get(key)
    if kept and record in kept:
        kept.remove(record)
        if not kept:
            del index[key]


def attempt_of(record: Sms | Mail) -> str | None:
    """The id that the sender put into the callback's URL, the custom arguments or the Message-ID."""
    if isinstance(record, Sms):
        query = parse_qs(urlsplit(record.callback or "").query)
        return next((query[name][0] for name in ATTEMPT_NAMES if name in query), None)
    arguments = record.letter.arguments(record.personal)
    found = next((str(arguments[name]) for name in ATTEMPT_NAMES if name in arguments), None)
    if found is None and record.provider == "smtp":
        return record.letter.message_id.strip("<>").partition("@")[0] or None
    return found


ATTEMPT_NAMES = ("a", "attempt", "attempt_id")


def accepted_json(record: Sms | Mail) -> dict[str, Any]:
    """One line of `GET /_/accepted`."""
    common = {"to": record.to, "received": record.received, "attempt": attempt_of(record)}
    if isinstance(record, Sms):
        return common | {
            "provider": "twilio",
            "id": record.sid,
            "from": record.sender,
            "service": record.service_sid,
            "account": record.account_sid,
            "at": record.created,
            "body": record.body,
            "status": record.status,
            "callback": record.callback,
        }
    return common | {
        "provider": record.provider,
        "id": record.id,
        "from": record.letter.sender,
        "account": record.account,
        "at": record.at,
        "subject": record.letter.subject(record.personal),
        "status": record.status,
        "custom_args": dict(record.letter.arguments(record.personal)),
        "message_id": record.letter.message_id,
        "return_path": record.letter.return_path,
    }
