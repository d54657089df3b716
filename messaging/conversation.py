"""What was said from and to one address, on both sides, as it was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from messaging.models import Answer, Attempt, Inbound, Message, Status
from messaging.resolving import Outlook, outlooks
from messaging.why_words import VERDICT_WORDS
from messaging.words import Words, words_of
from tenants.clock import db_now

SHOWN = 60  # of each side, the newest


@dataclass(frozen=True)
class Line:
    """One thing said: by the person (`reply`), or to them (`message`)."""

    at: datetime
    reply: Inbound | None = None
    message: Message | None = None
    words: Words | None = None
    by: str = ""  # the member who wrote it by hand
    outlook: Outlook | None = None  # of an answer that a person may send again

    @property
    def answer(self) -> str:
        """Clear, waiting or held, of what was said to them."""
        return VERDICT_WORDS[self.message.status][0] if self.message else ""

    @property
    def became(self) -> str:
        """What became of what was said to them."""
        if self.message is None:
            return ""
        return (
            self.message.get_delivery_display()
            if self.message.delivery
            else VERDICT_WORDS[self.message.status][1]
        )


def lines(address_id: int) -> list[Line]:
    """Oldest first, inside the client's scope: four queries, however long it is; two more where a person has to decide."""
    replies = Inbound.objects.filter(address=address_id).select_related("handled_by").order_by("-received_at")
    rows = (
        Message.objects.filter(address=address_id).select_related("campaign", "step").order_by("-planned_at")
    )
    messages = [each for each in rows[:SHOWN] if each.campaign_id is None or each.claimed_at]
    hand = {
        each.message_id: each
        for each in Answer.objects.filter(message__in=messages).select_related("written_by")
    }
    last = {each.message_id: each for each in Attempt.objects.filter(message__in=messages).order_by("fence")}
    open_ones = [each for each in messages if each.by_hand and each.status == Status.UNRESOLVED]
    would = outlooks(open_ones[0].client_id, [each.pk for each in open_ones], db_now()) if open_ones else {}
    said = [Line(reply.received_at, reply=reply) for reply in replies[:SHOWN]]
    for message in messages:
        answer = hand.get(message.pk)
        words = words_of(last.get(message.pk)) or (
            Words("", answer.words) if answer and answer.words else None
        )
        at = message.claimed_at or (answer.written_at if answer else message.planned_at)
        by = answer.written_by.name if answer else ""
        said.append(Line(at, message=message, words=words, by=by, outlook=would.get(message.pk)))
    return sorted(said, key=lambda each: each.at)
