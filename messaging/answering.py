"""Writing back to a person by hand: one more row of the outbox, judged by the same gate and handed over by the same worker.

The person began, so no campaign and no signature stand behind it; what they wrote within a day is what allows it (check
`unasked`). Everything that protects the person or concerns the client, the number and the hour holds as for any text.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, F, QuerySet, Value
from django.http import HttpRequest

from campaigns.fingerprint import brand_of
from campaigns.merge_fields import BadField, pieces
from campaigns.rendering import MissingValue, TooLong, people_by_id, render_text, text_of, values_for
from campaigns.spoken import STOP_LINE, said
from compliance.checks import BY_CODE
from compliance.checks.people import ANSWER_WITHIN
from compliance.compiled import BIGINT, INSTANT, TEXT, Written
from compliance.content.finding import Finding
from compliance.content.review import blocks, review
from compliance.facts import Check
from compliance.gate import judged, opens_at
from consent.languages import known
from consent.models import Contact, ContactPoint, Heard
from messaging.models import Answer, Inbound, Message
from tenants.audit import record as audit
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose, Sender, User

# What passes by itself within the hours an answer has: it is taken, and waits.
PASSING = frozenset({"quiet_hours", "replies_not_checked", "daily_limit"})
MOST_WORDS = 1000  # characters


class NotPossible(Exception):
    """This answer cannot be sent; the message is a sentence for the member. `findings`: of the review of its words."""

    def __init__(self, says: str, findings: list[Finding] | None = None) -> None:
        super().__init__(says)
        self.findings = findings or []


@dataclass(frozen=True)
class Standing:
    """Whether a person may be answered now. `why_not`: sentences where there is nothing to ask the gate about."""

    contact: Contact | None = None
    sender: Sender | None = None
    until: datetime | None = None  # an answer must have left by then
    why_not: list[str] = field(default_factory=list)
    refusing: list[Check] = field(default_factory=list)  # that a person would have to mend, or nobody can
    passing: list[Check] = field(default_factory=list)
    opens: datetime | None = None  # when those that pass by themselves have passed

    @property
    def stop_line(self) -> str:
        """The line that every answer ends with, in the language that the person reads."""
        return said(STOP_LINE, known(self.contact.language if self.contact else "en"))

    @property
    def may(self) -> bool:
        """Whether an answer is taken."""
        return not self.why_not and not self.refusing


def standing(reply: Inbound, at: datetime) -> Standing:
    """What the gate says at `at` of an answer to this reply. Inside the client's scope."""
    if reply.channel != Channel.SMS:
        return Standing(why_not=["They wrote a mail. Answer it from the practice's own mailbox."])
    contact = whom(reply)
    if contact is None:
        return Standing(
            why_not=[
                "Nobody on this practice's lists has this number. Answer by phone, or bring a list with it."
            ]
        )
    sender = _from(reply, contact, at)
    if sender is None:
        return Standing(
            contact, why_not=["No number of this practice sends texts. Add one on the Readiness page."]
        )
    heard = Heard.objects.filter(address=reply.address_id, channel=reply.channel).order_by("-at").first()
    until = heard.at + ANSWER_WITHIN if heard else None
    rows = ASKED.rows(
        client=reply.client_id, contact=contact.pk, address=reply.address_id, sender=sender.pk, domain=sender.domain,
        provider=sender.provider, at=at,
    )  # fmt: skip
    if not rows:
        return Standing(contact, sender, until, ["This number is no longer in use for anybody here."])
    checks = [BY_CODE[code] for code in rows[0]["failed_now"]]
    passing = [check for check in checks if check.code in PASSING]
    refusing = [check for check in checks if check.code not in PASSING]
    opens = rows[0]["until"] if passing else None
    late = [
        "They may not be texted any more before the day in which an answer must leave is over. Call them."
    ]
    return Standing(
        contact, sender, until, late if opens and until and opens >= until else [], refusing, passing, opens
    )


def write(
    reply: Inbound, words: str, key: uuid.UUID, by: User, client: Client, request: HttpRequest | None = None
) -> Message:
    """Queue an answer: `words` with merge fields, as typed. The same `key` again is the same answer. Raises NotPossible."""
    if said := _said(key, reply):
        return said
    at = db_now()
    now = standing(reply, at)
    if not now.may or now.contact is None or now.sender is None or now.until is None:
        raise NotPossible(" ".join([*now.why_not, *(check.says for check in now.refusing)]))
    text, segments = _worded(words, client, now.contact)
    try:
        with transaction.atomic():
            message: Message = Message.objects.create(
                client=client, location=now.contact.location, purpose=Purpose.CARE, channel=Channel.SMS, contact=now.contact,
                address_id=reply.address_id, household=now.contact.household, sender=now.sender,
                sender_domain=now.sender.domain, provider=now.sender.provider, window_key=now.contact.window_key,
                due_at=at, expires_at=now.until,
            )  # fmt: skip
            Answer.objects.create(
                client=client, message=message, reply=reply, key=key, words=text, written_by=by
            )
    except IntegrityError:  # the same form, sent twice at once
        if said := _said(key, reply):
            return said
        raise
    # What needs a decision is not decided by an answer.
    Inbound.objects.filter(
        address=reply.address_id, handled_at=None, label__in=[Inbound.Label.OTHER, Inbound.Label.HELP]
    ).update(handled_at=at, handled_by=by)
    audit(
        "reply.answered",
        reply,
        client_id=client.pk,
        by=by,
        request=request,
        message=message.pk,
        segments=segments,
    )
    return message


def findings_of(words: str, client: Client, language: str = "en") -> list[Finding]:
    """The review of words for an answer to somebody who reads this language, as typed; the line that every text ends with counts as
    there. What goes to who reads Spanish is looked through by the lists of both languages: it may be written in either."""
    brand = brand_of(client)
    typed: dict[str, Any] = {"subject": "", "body": words}
    step: dict[str, Any] = {"position": 1, "channel": Channel.SMS, **typed}
    with suppress(BadField):  # the review says so
        step["text"] = text_of(words, brand["practice_name"])
        if known(language) == "es":
            step["spanish"] = typed | {"text": text_of(words, brand["practice_name"], "es")}
    content: dict[str, Any] = {"steps": [step], "purpose": Purpose.CARE, "brand": brand}
    found = review(content, covered=client.needs_agreement, private=client.private_words)
    # Whoever asked about whitening is answered about it.
    return [each for each in found if each.blocks or each.rule != "TCPA-CLASSIFY"]


def worded_for(words: str, client: Client, contact: Contact) -> str:
    """The words with this person's values in the places of merge fields, to be read before they are sent."""
    person = people_by_id(client, [contact.pk])[contact.pk]
    values = values_for(person, brand_of(client))
    return "".join(
        literal + (values.get(name) or f"{{{{ {name} }}}}" if name else "") for literal, name in pieces(words)
    )


def _worded(words: str, client: Client, contact: Contact) -> tuple[str, int]:
    if not words.strip():
        raise NotPossible("Write something first.")
    if len(words) > MOST_WORDS:
        raise NotPossible(f"This answer is too long: at most {MOST_WORDS:,} characters.")
    findings = findings_of(words, client, contact.language)
    if blocks(findings):
        raise NotPossible(
            "These words cannot be sent. What stands in the way is listed below them.", findings
        )
    try:
        made = render_text(words, brand_of(client), people_by_id(client, [contact.pk])[contact.pk])
    except MissingValue as missing:
        raise NotPossible(f"{missing} Write it out, or leave the field out.") from None
    except (BadField, TooLong) as wrong:
        raise NotPossible(str(wrong)) from None
    return made.text, made.segments


def _said(key: uuid.UUID, reply: Inbound) -> Message | None:
    found = Answer.objects.filter(key=key).select_related("message").first()
    if found is None:
        return None
    if found.reply_id != reply.pk:
        raise NotPossible("This form was sent before, for another reply. Load the page again.")
    message: Message = found.message
    return message


def whom(reply: Inbound) -> Contact | None:
    """The person written to last from there; else the first who has this number."""
    there = Contact.objects.filter(points__address=reply.address_id, points__ended_at=None).select_related(
        "location"
    )
    found: Contact | None = there.filter(pk=reply.contact_id).first() or there.order_by("pk").first()
    return found


def _from(reply: Inbound, contact: Contact, at: datetime) -> Sender | None:
    """The number they wrote to; where it is not for care, or no longer used, another one of the practice."""
    numbers = list(
        Sender.objects.in_force(at).filter(client=reply.client_id, channel=Channel.SMS).order_by("pk")
    )
    numbers.sort(
        key=lambda each: (
            Purpose.CARE not in each.purposes,
            each.pk != reply.sender_id,
            each.location_id not in (None, contact.location_id),
        )
    )
    return numbers[0] if numbers else None


def _asked(
    client: int, contact: int, address: int, sender: int, domain: str, provider: str, at: datetime
) -> QuerySet[Any]:
    """An answer to this person as a row that the gate can judge: the columns an audience has, without a campaign."""
    none = Value(None, output_field=BigIntegerField())
    text: CharField[str, str] = CharField()
    rows = ContactPoint.objects.filter(
        client=client, contact=contact, address=address, channel=Channel.SMS, ended_at=None
    ).annotate(
        campaign=none, campaign_version=none, step=none, confirms=none, purpose=Value(Purpose.CARE.value, output_field=text),
        sender=Value(sender), sender_domain=Value(domain, output_field=text), provider=Value(provider, output_field=text),
        fingerprint=Value("", output_field=text), due_at=Value(at, output_field=DateTimeField()),
        location=F("contact__location"), household=F("contact__household"), window_key=F("contact__window_key"),
    )  # fmt: skip
    found: QuerySet[Any] = judged(rows, at, few=True).annotate(until=opens_at(at))
    return found.values("failed_now", "until")


ASKED = Written(_asked, contact=BIGINT, address=BIGINT, sender=BIGINT, domain=TEXT, provider=TEXT, at=INSTANT)
