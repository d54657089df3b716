"""What Twilio can be asked besides one message: who wrote to us, what went out, and to refuse whom we refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException

from messaging.providers.base import TOO_MANY, Listed, NotConnected
from messaging.providers.halving import CONFIRMED, ListRefused, told
from messaging.providers.hooks import Answered
from messaging.providers.pool import NotSent, Unclear
from tenants.models import Channel

# Messages of one question, read page by page to the end; what is longer counts as no answer, never as a whole one. More than
# the largest brand may send in two days (compliance.models: 200,000 segments a day and carrier).
MOST = 500_000
BEGINNING = 400  # letters of a text kept: its words are not compared
PAGE = 1000  # the most Twilio gives at once
CONSENTS_AT_ONCE = 25  # of the bulk endpoint


def replies(client: Any, numbers: Sequence[str], since: datetime) -> list[Answered]:
    """Texts to our numbers since then."""
    found = (row for number in numbers for row in _asked(client, to=number, date_sent_after=since))
    return [
        Answered(
            provider_id=row.sid, channel=Channel.SMS.value, sender=row.from_, to=row.to, text=row.body or "",
            pictures=int(row.num_media or 0), sent_at=_sent_at(row),
        )
        for row in found
        if row.direction == "inbound"
    ]  # fmt: skip


def _sent_at(row: Any) -> datetime | None:
    at: datetime | None = row.date_sent or row.date_created
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None


def listed(client: Any, numbers: Sequence[str], since: datetime, until: datetime) -> list[Listed]:
    """Texts from our numbers between two moments."""
    found = (
        row
        for number in numbers
        for row in _asked(client, from_=number, date_sent_after=since, date_sent_before=until)
    )
    return [
        Listed(
            row.sid,
            row.to,
            (row.body or "")[:BEGINNING],
            row.date_created.replace(tzinfo=row.date_created.tzinfo or UTC),
        )
        for row in found
        if str(row.direction).startswith("outbound") and row.date_created
    ]


def opt_out(client: Any, sender: str, addresses: Sequence[str]) -> dict[str, str]:
    """Tell the Consent API, twenty-five at a time. Each item is answered for itself."""
    return told(addresses, CONSENTS_AT_ONCE, lambda some: _refuse_from_now_on(client, sender, some))


def _refuse_from_now_on(client: Any, sender: str, addresses: Sequence[str]) -> dict[str, str]:
    by_item = {f"{at:032x}": to for at, to in enumerate(addresses)}
    items = [
        {"contact_id": to, "sender_id": sender, "status": "opt-out", "source": "website", "correlation_id": item}
        for item, to in by_item.items()
    ]  # fmt: skip
    try:
        answers = client.accounts.v1.bulk_consents.create(items=items).items or []
        codes = {each["correlation_id"]: str(each["error_code"] or 0) for each in answers}
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    except TwilioException as error:
        status = getattr(error, "status", 0)
        raise (ListRefused if status == 400 else NotConnected)(f"http_{status}") from None
    except Exception as error:  # whatever it was, it is no answer
        raise NotConnected(type(error).__name__[:20]) from None
    said = {to: codes.get(item, "not_answered") for item, to in by_item.items()}
    return {to: CONFIRMED if code == "0" else code for to, code in said.items()}


def blank(client: Any, sid: str) -> bool:
    """An empty body in place of the words: Twilio keeps who, when and what became of it."""
    try:
        client.messages(sid).update(body="")
    except (NotSent, Unclear) as error:
        raise NotConnected(error.code) from None
    except TwilioRestException as error:
        if error.status in (400, 404):  # still under way, or not this account's
            return False
        raise NotConnected(f"http_{error.status}") from None
    except Exception as error:
        raise NotConnected(type(error).__name__[:20]) from None
    return True


def _asked(client: Any, **by: Any) -> Iterator[Any]:
    """Row by row, so that a day of a large number never lies in memory as the SDK's objects."""
    read = 0
    try:
        for row in client.messages.stream(page_size=PAGE, **by):
            read += 1
            if read > MOST:
                raise NotConnected(TOO_MANY)
            yield row
    except NotConnected:
        raise
    except NotSent as error:
        raise NotConnected(error.code) from None
    except Exception as error:  # whatever it was, it is no answer to the question
        raise NotConnected(type(error).__name__[:20]) from None
