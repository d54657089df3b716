"""The words of a mail, as handed over by the SendGrid API or by SMTP."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from typing import Any, Protocol


class Letter(Protocol):
    """What every recipient of a request shares; `personal` is what differs for one of them."""

    @property
    def sender(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def return_path(self) -> str: ...
    def subject(self, personal: Mapping[str, Any]) -> str: ...
    def text(self, personal: Mapping[str, Any]) -> str: ...
    def html(self, personal: Mapping[str, Any]) -> str: ...
    def headers(self, personal: Mapping[str, Any]) -> dict[str, str]: ...
    def arguments(self, personal: Mapping[str, Any]) -> Mapping[str, Any]: ...


class SendGridLetter:
    """A validated `mail/send` body; substitutions apply to subject, contents and reply-to only."""

    def __init__(self, body: Mapping[str, Any], message_id: str) -> None:
        self.body = body
        self.message_id = f"<{message_id}@geopod-ismtpd-1>"
        self.return_path = ""

    @property
    def sender(self) -> str:
        return str(self.body["from"]["email"])

    def subject(self, personal: Mapping[str, Any]) -> str:
        return self._filled(personal.get("subject") or self.body.get("subject") or "", personal)

    def text(self, personal: Mapping[str, Any]) -> str:
        return self._content("text/plain", personal)

    def html(self, personal: Mapping[str, Any]) -> str:
        return self._content("text/html", personal)

    def headers(self, personal: Mapping[str, Any]) -> dict[str, str]:
        sender = self.body["from"]
        shown = {
            "From": f"{sender['name']} <{sender['email']}>" if sender.get("name") else sender["email"],
            "Message-ID": self.message_id,
        }
        reply_to = self.body.get("reply_to")
        if reply_to:
            shown["Reply-To"] = self._filled(reply_to["email"], personal)
        return shown | {**self.body.get("headers", {}), **personal.get("headers", {})}

    def arguments(self, personal: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**self.body.get("custom_args", {}), **personal.get("custom_args", {})}

    def _content(self, kind: str, personal: Mapping[str, Any]) -> str:
        found = next((part["value"] for part in self.body.get("content", []) if part["type"] == kind), "")
        return self._filled(found, personal)

    @staticmethod
    def _filled(words: str, personal: Mapping[str, Any]) -> str:
        for tag, value in personal.get("substitutions", {}).items():
            words = words.replace(tag, str(value))
        return words


class SmtpLetter:
    """A mail as it came over SMTP; the whole of it is parsed only when somebody looks at it."""

    def __init__(self, raw: bytes, return_path: str) -> None:
        self.raw = raw
        self.return_path = return_path
        top = BytesHeaderParser().parsebytes(raw)
        self.message_id = str(top.get("Message-ID", "")).strip()
        self.sender = parseaddr(str(top.get("From", "")))[1]
        self._subject = str(make_header(decode_header(str(top.get("Subject", "")))))

    def subject(self, personal: Mapping[str, Any]) -> str:
        return self._subject

    def text(self, personal: Mapping[str, Any]) -> str:
        return self._part("plain")

    def html(self, personal: Mapping[str, Any]) -> str:
        return self._part("html")

    def headers(self, personal: Mapping[str, Any]) -> dict[str, str]:
        return {name: str(value) for name, value in self._parsed().items()}

    def arguments(self, personal: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    def _part(self, kind: str) -> str:
        part = self._parsed().get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    def _parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


_LINK = re.compile(r"https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]")
_HREF = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header whatever its case; "" when it is missing."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def links(text: str, markup: str) -> list[str]:
    """Every web address in a mail, in order, once."""
    found = [html.unescape(link) for link in _HREF.findall(markup)] + _LINK.findall(text)
    return list(dict.fromkeys(found))


def unsubscribe_address(headers: Mapping[str, str]) -> str:
    """The web address in List-Unsubscribe (RFC 2369), or "" when there is none."""
    found: list[str] = re.findall(r"<\s*(https?://[^>\s]+)\s*>", header(headers, "List-Unsubscribe"))
    return found[0] if found else ""


def as_page(text: str) -> str:
    """A plain text as HTML whose links can be clicked."""
    parts, at = [], 0
    for link in _LINK.finditer(text):
        parts += [
            html.escape(text[at : link.start()]),
            f'<a href="{html.escape(link[0])}">{html.escape(link[0])}</a>',
        ]
        at = link.end()
    return f'<pre class="text">{"".join(parts)}{html.escape(text[at:])}</pre>'
