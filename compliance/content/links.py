"""Links in the words: shorteners, bare addresses of machines, hosts that are not the practice's."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

# Public shorteners are shared by spammers, so carriers block them (rule SMS-NO-SHORTENER).
SHORTENERS = frozenset(
    [
        "bit.ly",
        "bitly.com",
        "tinyurl.com",
        "goo.gl",
        "t.co",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "rebrand.ly",
        "short.io",
        "cutt.ly",
        "tiny.cc",
        "rb.gy",
        "lnkd.in",
        "twil.io",
        "j.mp",
        "t.ly",
        "shorturl.at",
        "v.gd",
        "soo.gd",
        "s.id",
        "adf.ly",
        "bl.ink",
        "clck.ru",
        "qr.ae",
        "trib.al",
        "dlvr.it",
        "ift.tt",
    ]
)
_LINK = re.compile(
    r"(?:(?:https?|ftp|file|gopher|javascript|data):)?[\\/]{2}[^\s<>\"')\]]+"
    r"|(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?::\d+)?(?:/[^\s<>\"')\]]*)?"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/[^\s<>\"')\]]*)?",
    re.IGNORECASE,
)


# A sentence begun without a blank, as in “call us.We are open”: none of these ends a host's name.
_SENTENCE = re.compile(
    r"[a-z0-9]\.(?:We|Our|Your|Please|Reply|The|This|If|When|It|Just|Visit|Hi|Hello|Thanks|Hours)", re.ASCII
)


def links_in(text: str) -> Iterator[str]:
    """Everything in a text that a telephone would make clickable."""
    for found in _LINK.finditer(text):
        if _SENTENCE.fullmatch(found.group(0)[-len(found.group(0).rpartition(".")[2]) - 2 :]):
            continue
        yield found.group(0).rstrip(".,;:!?")


def host_of(link: str) -> str:
    """The host of a link in lower case, without `www.`; empty when it has none that can be read."""
    whole = link.replace("\\", "/")
    whole = whole if "//" in whole else f"https://{whole}"
    try:
        return (urlsplit(whole).hostname or "").lower().rstrip(".").removeprefix("www.")
    except ValueError:
        return ""


def is_machine(host: str) -> bool:
    """A bare IP address in any of its spellings (127.0.0.1, 0x7f.1, 2130706433, [::1]) instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        parts = host.split(".")
        return bool(host) and all(re.fullmatch(r"0x[0-9a-f]*|\d+", part) for part in parts)
    return True


def is_of(host: str, website: str) -> bool:
    """Whether a host is the practice's website or belongs to the same site."""
    own = host_of(website) if website else ""
    return bool(own) and (host == own or host.endswith("." + own) or own.endswith("." + host))
