"""The words of a hand-over, as they were sent."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from messaging.models import Answer, Attempt


@dataclass(frozen=True)
class Words:
    """What a person was told, in clear: for pages, never for logs. `subject` is empty for a text."""

    subject: str
    text: str

    def __repr__(self) -> str:
        return "Words(…)"


def words_of(attempt: Attempt | None) -> Words | None:
    """The stored words of one hand-over; None when there are none (no hand-over, or erased)."""
    if attempt is None or not attempt.content:
        return None
    try:
        stored = json.loads(attempt.content)
    except ValueError:
        return None
    return Words(str(stored.get("subject", "")), str(stored.get("text", "")))


def written_by_hand(messages: Collection[int]) -> dict[int, str]:
    """By message: the words of these answers, where they are still kept. No query when there is none to read."""
    if not messages:
        return {}
    rows = Answer.objects.filter(message__in=messages, emptied_at=None)
    return dict(rows.values_list("message", "words"))
