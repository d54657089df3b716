"""Twilio's list of the numbers that carriers in the United States took back on a day (Deactivations).

Twilio answers with an address that is good for two minutes; the file there is one number a line, and gets no password of ours.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from twilio.base.exceptions import TwilioRestException

from messaging.providers.base import NotConnected
from messaging.providers.pool import NotSent, Pool, Unclear
from messaging.providers.twilio.media import elsewhere

_NUMBER = re.compile(r"\+?1?([2-9]\d{9})")


def numbers(client: Any, pool: Pool, day: date) -> set[str]:
    """The list of that day, as E.164. Raises NotConnected, also while there is no list of that day yet."""
    try:
        told = client.messaging.v1.deactivations().fetch(date=day)
        found = elsewhere(pool, told.redirect_to or "")
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    except TwilioRestException as error:
        raise NotConnected(f"http_{error.status}") from None
    except NotConnected:
        raise
    except Exception as error:
        raise NotConnected(type(error).__name__[:20]) from None
    if found.status != 200:
        raise NotConnected(f"http_{found.status}")
    lines = (_NUMBER.fullmatch(line.strip()) for line in found.body.decode("ascii", "replace").splitlines())
    return {f"+1{line[1]}" for line in lines if line}
