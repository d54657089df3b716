"""What came with a text, at Twilio: which files, one of them, and deleting it.

The file itself lies elsewhere: Twilio answers with an address that is good for a while, and that gets no password of ours.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from twilio.base.exceptions import TwilioRestException

from messaging.pictures.drawing import MOST_BYTES
from messaging.providers.base import NotConnected
from messaging.providers.pool import NotSent, Pool, Reply, Unclear
from tenants.providers import outside

ID = re.compile(r"ME[0-9a-f]{32}")
MOST = 10  # Twilio's own limit
ELSEWHERE = (301, 302, 303, 307, 308)


def listed(client: Any, sid: str) -> list[str]:
    """The ids of a message's files. Raises NotConnected."""
    try:
        rows = client.messages(sid).media.list(limit=MOST)
    except TwilioRestException as error:
        if error.status == 404:
            return []
        raise NotConnected(f"http_{error.status}") from None
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    except Exception as error:
        raise NotConnected(type(error).__name__[:20]) from None
    return [row.sid for row in rows if ID.fullmatch(row.sid or "")]


def fetched(pool: Pool, account: str, token: str, sid: str, media: str) -> bytes | None:
    """The file; None when Twilio has it no more. Raises NotConnected."""
    path = f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media}"
    signed = base64.b64encode(f"{account}:{token}".encode()).decode()
    try:
        found = pool.exchange(
            "GET", urlsplit(pool.base).path + path, {"Authorization": f"Basic {signed}"}, None
        )
        if found.status in ELSEWHERE:
            found = elsewhere(pool, urljoin(pool.base + path, found.headers.get("Location", "")))
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    if found.status == 404:
        return None
    if found.status != 200:
        raise NotConnected(f"http_{found.status}")
    return found.body[: MOST_BYTES + 1]


def forgotten(client: Any, sid: str, media: str) -> None:
    """Deleted, or not there any more. Raises NotConnected."""
    try:
        client.messages(sid).media(media).delete()
    except TwilioRestException as error:
        if error.status != 404:
            raise NotConnected(f"http_{error.status}") from None
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    except Exception as error:
        raise NotConnected(type(error).__name__[:20]) from None


def elsewhere(pool: Pool, url: str) -> Reply:
    """One step further, and no more: over TLS, or where Twilio itself is said to be."""
    parts = urlsplit(url)
    base = urlsplit(pool.base)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
        return pool.exchange("GET", path, {}, None)
    if (
        parts.scheme != "https"
        or not parts.hostname
        or parts.username
        or not outside.reaches_out(parts.hostname)
    ):
        raise NotConnected("elsewhere")
    there = Pool(f"https://{parts.netloc}")
    try:
        return there.exchange("GET", path, {}, None)
    finally:
        there.close()
