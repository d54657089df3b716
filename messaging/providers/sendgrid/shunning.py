"""SendGrid's own lists of whom it writes to no more, read page by page to the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from messaging.providers.base import TOO_MANY, NotConnected
from messaging.providers.hooks import Shunned
from messaging.providers.pool import NotSent, Unclear
from messaging.providers.sendgrid.codes import LISTS

PAGE = 500  # the most SendGrid gives at once
MOST = 200_000  # of one list; what is longer counts as no answer, never as a whole one


def shunned(client: Any, since: datetime) -> list[Shunned]:
    """Everybody put on one of them since then. Raises NotConnected."""
    return [
        Shunned(address, source) for name, source in LISTS.items() for address in _of(client, name, since)
    ]


def _of(client: Any, name: str, since: datetime) -> Iterator[str]:
    read = 0
    while rows := _page(client, name, since, read):
        read += len(rows)
        if read > MOST:
            raise NotConnected(TOO_MANY)
        yield from rows


def _page(client: Any, name: str, since: datetime, offset: int) -> list[str]:
    asked = {"start_time": int(since.timestamp()), "limit": PAGE, "offset": offset}
    try:
        answer = client.suppression._(name).get(query_params=asked)
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    if answer.status_code != 200:
        raise NotConnected(f"http_{answer.status_code}")
    try:
        return [str(row["email"]) for row in json.loads(answer.body)]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise NotConnected("not_an_answer") from None
