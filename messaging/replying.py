"""What a person wrote back: kept, understood, acted on, in one transaction, before the provider is answered.

Nothing here answers: the carrier confirms a STOP, and a second confirmation is forbidden (47 CFR 64.1200(a)(12)). What the
carrier does not confirm is `messaging.confirming`'s.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from consent import keywords, lifting
from consent.models import Address, AddressPause, Contact, ContactPoint, Heard, Pause, Suppression
from consent.models.suppression import LIFTED_BY_START
from consent.quoted import own_words
from consent.replies import (
    WRONG_NUMBER,
    Label,
    Reply,
    channels_named,
    classify,
    classify_mail,
    may_be_an_emergency,
)
from consent.suppressing import suppress
from messaging.models import Inbound, Message
from messaging.providers.hooks import Answered
from messaging.telling import address_of
from tenants import audit
from tenants.clock import db_now
from tenants.hashing import word_hash, words_of
from tenants.models import Channel, Sender, User

# A START that was sent before a STOP, or together with it so that their order is not known: the STOP holds (reliability F35).
TOGETHER = timedelta(seconds=5)
MOST_WORDS = 300
LONGEST = 20_000  # characters of a reply that are kept
REPLIED = "replied"  # the reason of a pause that any reply makes (rules 1.4, last row)


def take_reply(client_id: int, answer: Answered, received_at: datetime) -> bool:
    """Keep a reply and act on it, inside `acting_for(client_id)`. A repeat does nothing. True for an opt-out."""
    if Inbound.objects.filter(provider_id=answer.provider_id).exists():
        return False
    address_id = address_of(answer.channel, answer.sender)
    contacts = list(
        Contact.objects.filter(points__address=address_id)
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )
    last = Message.objects.filter(address=address_id).exclude(claimed_at=None).order_by("-claimed_at").first()
    text = answer.text.encode("utf-8", "replace").decode()
    reply = understood(answer, text)
    inbound, new = Inbound.objects.get_or_create(
        client_id=client_id,
        provider_id=answer.provider_id,
        defaults={
            "channel": answer.channel,
            "address_id": address_id,
            "sender": Sender.objects.filter(channel=answer.channel, address=answer.to)
            .order_by("-since")
            .first(),
            "contact_id": last.contact_id if last else contacts[0] if contacts else None,
            "message": last,
            "value": answer.sender[:320],
            "body": _kept(text),
            "body_words": [word_hash(client_id, word) for word in dict.fromkeys(words_of(text)[:MOST_WORDS])],
            "pictures": min(answer.pictures, 99),
            "label": reply.label.value,
            "rule": reply.rule[:60],
            "urgent": may_be_an_emergency(own_words(text) if answer.channel == Channel.EMAIL else text),
            "received_at": received_at,
            "sent_at": answer.sent_at,
        },
    )
    if new:
        Heard.objects.create(
            client_id=client_id, address_id=address_id, channel=answer.channel, at=_when(inbound)
        )
        joined = reply.label is Label.OTHER and _joins(inbound, answer, text)
        if not joined:
            _act(inbound, reply, text, contacts)
    return bool(new and inbound.label == Label.OPT_OUT.value)


def _kept(text: str) -> str:
    """Of a very long mail its beginning and its end, where people write."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}\n…\n{text[-LONGEST // 2 :]}"


def understood(answer: Answered, text: str) -> Reply:
    """What the words say and what the provider takes them for; the stricter of the two."""
    reply = classify_mail(text) if answer.channel == Channel.EMAIL else classify(text, answer.pictures)
    if answer.by_machine:
        return Reply(Label.UNSURE, "a no that a machine may have written")
    if answer.provider_says == "STOP" and reply.label is not Label.OPT_OUT:
        return Reply(Label.OPT_OUT, "stop word of the carrier")
    if reply.label is Label.OTHER and answer.provider_says in ("START", "HELP"):
        label = Label.OPT_IN if answer.provider_says == "START" else Label.HELP
        return Reply(label, f"{answer.provider_says.lower()} word of the carrier")
    if reply.label is Label.OPT_IN and not answer.may_opt_in:
        return Reply(Label.OTHER, "a mail cannot opt anybody in")
    return reply


def pause(client_id: int, address_id: int, contacts: list[int], reason: str) -> None:
    """Nothing more to these people, nor to this address whoever has it by then, until a member has read what was written."""
    held(address_id)
    at = db_now()
    there = set(
        Pause.objects.in_force(at)
        .filter(contact__in=contacts, reason=reason)
        .values_list("contact_id", flat=True)
    )
    Pause.objects.bulk_create(
        [
            Pause(client_id=client_id, contact_id=contact, reason=reason)
            for contact in contacts
            if contact not in there
        ]
    )
    AddressPause.objects.bulk_create(
        [AddressPause(client_id=client_id, address_id=address_id, reason=reason)], ignore_conflicts=True
    )


def held(address_id: int) -> None:
    """One after the other: a reply that comes in, and a member's decision about those before it."""
    list(Address.objects.select_for_update(no_key=True).filter(pk=address_id).values_list("pk"))


def end_pauses_of_replies(address_id: int, by: User) -> int:
    """Somebody decided what the replies from an address mean: the pauses they made end, those of members stay."""
    rules = Inbound.objects.filter(address=address_id).values_list("rule", flat=True)
    people = Contact.objects.filter(points__address=address_id)
    made = Pause.objects.filter(contact__in=people, reason__in={REPLIED, *(rule[:40] for rule in rules)})
    ended: int = made.end(db_now(), ended_by=by)
    ended += AddressPause.objects.filter(address=address_id).end(db_now(), ended_by=by)
    return ended


def misreadable(address_id: int) -> int | None:
    """The reply that a wrong number in force was read from, if nobody else said the same."""
    rows = Suppression.objects.filter(
        address=address_id, source=Suppression.Source.WRONG_NUMBER, ended_at=None, read_from__isnull=False
    )
    return rows.values_list("read_from", flat=True).first()


def _joins(inbound: Inbound, answer: Answered, text: str) -> bool:
    """Whether this was a practice's keyword, and its yes is on record. Somebody who opted out is looked at: only START lifts that."""
    if inbound.channel != Channel.SMS:
        return False
    keyword = keywords.meant(text, answer.to, inbound.received_at)
    yes = keyword and keywords.join(
        keyword,
        sender=answer.sender,
        text=text,
        inbound_id=answer.provider_id,
        received_at=inbound.received_at,
    )
    if keyword is None or not yes:
        return False
    inbound.contact_id = inbound.contact_id or yes[0].contact_id  # whom this very text took in
    out = Suppression.objects.in_force(db_now()).filter(address=inbound.address_id).exists()
    inbound.rule = f"keyword: {keyword.word}" + (", but opted out" if out else "")
    inbound.handled_at = None if out else db_now()
    inbound.save(update_fields=["contact", "rule", "handled_at"])
    audit.record(
        "reply.received", inbound, client_id=inbound.client_id, label=inbound.label, rule=inbound.rule
    )
    return True


def _act(inbound: Inbound, reply: Reply, text: str, contacts: list[int]) -> None:
    client_id = inbound.client_id
    handled = False
    if reply.label is Label.OPT_OUT:
        keyword = reply.rule.startswith("stop word")
        handled = keyword and not inbound.urgent
        source = Suppression.Source.KEYWORD if keyword else Suppression.Source.FREE_TEXT
        for address_id, channel in _meant(inbound, text, contacts):
            _suppress(inbound, address_id, channel, source)
    elif reply.label is Label.OPT_IN:
        handled = _lift(inbound)
        if not handled:
            inbound.label, inbound.rule = Label.OTHER.value, f"{reply.rule}, nothing to lift"[:60]
            pause(client_id, inbound.address_id, contacts, REPLIED)
    elif reply.label is Label.HELP:
        handled = True
    else:
        if reply.rule == WRONG_NUMBER:
            _suppress(inbound, inbound.address_id, inbound.channel, Suppression.Source.WRONG_NUMBER)
        reason = reply.rule[:40] if reply.label is Label.UNSURE else REPLIED
        pause(client_id, inbound.address_id, contacts, reason)
    inbound.handled_at = db_now() if handled else None
    inbound.save(update_fields=["label", "rule", "handled_at"])
    audit.record("reply.received", inbound, client_id=client_id, label=inbound.label, rule=inbound.rule)


def _meant(inbound: Inbound, text: str, contacts: list[int]) -> set[tuple[int, str]]:
    """The addresses an opt-out speaks of: the one it came from, and others of these people on a channel it names."""
    meant = {(inbound.address_id, inbound.channel)}
    others = channels_named(text) - {inbound.channel}
    if others and contacts:
        meant |= set(
            ContactPoint.objects.filter(contact__in=contacts, channel__in=others).values_list(
                "address_id", "channel"
            )
        )
    return meant


def _suppress(inbound: Inbound, address_id: int, channel: str, source: Suppression.Source) -> None:
    message = inbound.message
    suppress(
        inbound.client_id, address_id, channel, source,
        read_from=inbound.pk if source == Suppression.Source.WRONG_NUMBER else None,
        message_id=message.pk if message else None, campaign_id=message.campaign_id if message else None,
    )  # fmt: skip


def _when(inbound: Inbound) -> datetime:
    """When they wrote it: by the provider, or else when it came in. A provider's clock is never believed to be ahead."""
    return min(inbound.sent_at, inbound.received_at) if inbound.sent_at else inbound.received_at


def _lift(inbound: Inbound) -> bool:
    """START: lifts what a STOP of this number made for this client, and no other no (decisions 9). It restores
    reachability, not consent. True when there is nothing left to look at."""
    sent = _when(inbound)
    there = Suppression.objects.in_force(db_now()).filter(
        address=inbound.address_id, source__in=LIFTED_BY_START
    )
    if there.filter(since__gt=sent - TOGETHER).exists():
        return False
    lifted = lifting.by_reply(inbound.client_id, inbound.address_id, reply=inbound.pk, before=sent)
    if lifted:
        audit.record(
            "address.opted_in",
            inbound,
            client_id=inbound.client_id,
            address=inbound.address_id,
            lifted=lifted,
        )
    return lifted > 0 or inbound.rule.endswith(("start", "unstop", "of the carrier"))
