"""What people read off their mails and their authenticator app."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from urllib.parse import urlsplit

from tests.simulators import Simulator, eventually


def newest(simulator: Simulator, address: str, subject: str, after: float = 0.0) -> str:
    """The text of the newest mail with these words in its subject; waits for one that came after `after`."""

    def found() -> str:
        box = simulator.mailbox(address)
        fits = [each for each in box if subject in each["subject"] and each["at"] >= after]
        return simulator.mail(address, fits[0]["id"])["text"] if fits else ""

    return str(eventually(found, within=60))


def link_in(text: str, part: str) -> str:
    """The path of the web address in a mail that has `part` in it."""
    (address,) = re.findall(rf"https?://\S+{re.escape(part)}\S+", text)
    return str(urlsplit(address).path)


def code_in(text: str) -> str:
    """The six digits of a mailed code."""
    (code,) = set(re.findall(r"\b\d{6}\b", text))
    return str(code)


def totp(secret: str, later: int = 0) -> str:
    """What an authenticator app shows for this key (RFC 6238), `later` half minutes from now."""
    counter = int(time.time() // 30) + later
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), "sha1")
    at = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[at : at + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"
