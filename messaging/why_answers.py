"""The answer to "why was this person contacted, and why not": one plain sentence, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.audience import people, visit_before
from campaigns.models import Approval, Campaign, Launch, Step
from compliance.facts import Group
from compliance.gate import Reason
from compliance.models import Stop
from consent.models import ConsentRecord, Contact, ContactPoint, PurposeOptOut, Suppression
from consent.reachability import opted_out_sentence
from messaging import explaining
from messaging.models import Attempt, Event, Inbound, Message, Status
from messaging.models.message import Delivery
from messaging.own_codes import is_told, says_of
from messaging.why_words import Answer, answer_of
from tenants.models import Channel

VERBS = {Channel.SMS: "texted", Channel.EMAIL: "mailed"}
PLACES = {Channel.SMS: "mobile number", Channel.EMAIL: "mail address"}


@dataclass(frozen=True)
class Sentence:
    """The answer: its colour, and the words."""

    which: str  # clear, waiting, held
    says: str


def sentence(
    message: Message, name: str, zone: str, verdicts: Sequence[explaining.Verdict], last: Attempt | None
) -> Sentence:
    """Why this message left, or did not. `verdicts`: as stored when it was judged."""
    verb, refusals = VERBS[Channel(message.channel)], _refusals(verdicts, message.failed)
    match message.status:
        case Status.ACCEPTED:
            return _left(message, name, verb, zone, len(verdicts))
        case Status.HANDING:
            cleared = f"all {len(verdicts)} checks cleared it {_at(message.claimed_at, zone)}"
            return Sentence("clear", f"{name} is being {verb} right now: {cleared}.")
        case Status.REFUSED:
            code = f" with code {last.code}" if last and last.code else ""
            clear = f"all {len(verdicts)} checks were clear"
            return Sentence(
                "held", f"{name} was not {verb}: {clear}, but the provider refused the message{code}."
            )
        case Status.UNKNOWN:
            lost = f"it was handed over {_at(message.claimed_at, zone)}, the answer did not arrive, and the provider is being asked"
            return Sentence(
                "waiting",
                f"We do not know yet whether {name} was {verb}: {lost}. It is not sent a second time meanwhile.",
            )
        case Status.UNRESOLVED:
            lost = f"it was handed over {_at(message.claimed_at, zone)}, and even the provider could not tell what became of it"
            return Sentence(
                "waiting",
                f"We cannot tell whether {name} was {verb}: {lost}. A member decides whether to send it again.",
            )
        case Status.HELD:
            return Sentence("held", f"{name} was not {verb}, and this message never will be sent: {refusals}")
        case Status.EXPIRED:
            because = f" When it was last asked: {refusals}" if message.failed else ""
            return Sentence(
                "held",
                f"{name} was not {verb}: the time for this message ran out {_at(message.expires_at, zone)}.{because}",
            )
        case Status.CANCELLED:
            when = _at(message.settled_at, zone)
            return Sentence(
                "held",
                f"{name} was not {verb}: the message was cancelled {when}, {_cancelled(message, last)}.",
            )
    if message.failed:
        return Sentence(
            "waiting",
            f"{name} has not been {verb} yet: {refusals} It is asked again {_at(message.due_at, zone)}.",
        )
    return Sentence(
        "waiting",
        f"{name} has not been {verb} yet: the message is due {_at(message.due_at, zone)} and is judged then.",
    )


def _left(message: Message, name: str, verb: str, zone: str, checks: int) -> Sentence:
    told = {
        Delivery.DELIVERED: " The provider says it was delivered.",
        Delivery.FAILED: " The provider says it was not delivered.",
        Delivery.BOUNCED: " It bounced.",
        Delivery.COMPLAINED: " The person reported it as spam.",
    }.get(Delivery(message.delivery), "")
    when = _at(message.claimed_at, zone)
    return Sentence(
        "clear", f"{name} was {verb} {when}, because all {checks} checks were clear at that moment.{told}"
    )


def _refusals(verdicts: Sequence[explaining.Verdict], failed: Sequence[str]) -> str:
    """The sentences of the checks that refused, the dated opt-out among them."""
    refusing = [verdict for verdict in verdicts if verdict.refuses]
    out = next((row for verdict in refusing for row in verdict.rows if isinstance(row, Suppression)), None)
    says = [verdict.check.says for verdict in refusing] or [says_of(code) for code in failed if is_told(code)]
    return (
        " ".join([*says, f"{opted_out_sentence(out)}."] if out is not None else says)
        or "the gate refused it."
    )


def _cancelled(message: Message, last: Attempt | None) -> str:
    if last is not None:
        return "when a member closed it: what became of its hand-over stayed unknown"
    if message.campaign_id is None:
        return "by a member, before it left" if message.by_hand else "before it left"
    if Stop.objects.filter(campaign=message.campaign_id, kind=Stop.Kind.STOP).exists():
        return "because the campaign was stopped for good"
    return "because a newer version of the campaign was launched"


def _at(at: datetime | None, zone: str) -> str:
    if at is None:
        return "at an unknown time"
    local = at.astimezone(ZoneInfo(zone))
    return f"on {local:%a} {local.day} {local:%b} {local.year} at {local:%H:%M} {local.tzname()}"


# -- the checks ------------------------------------------------------------------------------------


def grouped(answers: Sequence[Answer]) -> list[tuple[str, list[Answer]]]:
    """The checks as the flight check groups them; groups without any are left out."""
    found = [(group.value, [each for each in answers if each.check.group is group]) for group in Group]
    return [(name, members) for name, members in found if members]


def as_decided(verdicts: Sequence[explaining.Verdict], slug: str) -> list[Answer]:
    """The checks as they were decided, with the rows of that moment."""
    return [answer_of(each.check, each.refuses, each.rows, slug, each.ids) for each in verdicts]


def as_asked(reasons: Sequence[Reason], slug: str) -> list[Answer]:
    """The checks as they answer now."""
    return [answer_of(each.check, each.refuses, each.rows, slug) for each in reasons]


# What a message's own hand-over brings about: it says nothing new about why it was sent.
BY_ITSELF = frozenset({"one_a_day", "three_a_week", "household_today"})


def refused_now(message: Message, slug: str) -> tuple[datetime, list[Answer]]:
    """What would refuse the same message at this instant, with the rows that say so."""
    at, reasons = explaining.now(message)
    left_out = BY_ITSELF if message.claimed_at else frozenset[str]()
    return at, as_asked([each for each in reasons if each.check.code not in left_out], slug)


@dataclass(frozen=True)
class Moment:
    """One entry of a message's line of time; `answer` colours its dot, `fine` is small print."""

    at: datetime
    answer: str
    says: str
    fine: str = ""


def moments(message: Message, attempts: Sequence[Attempt]) -> list[Moment]:
    """Everything that happened to a message and to its address because of it, in order; then what is to come."""
    made = [Moment(message.planned_at, "", "Planned"), *_judged(message)]
    for each in attempts:
        proof = f"attempt {each.pk}; SHA-256 of the words {each.content_sha256[:16]}…"
        made.append(Moment(each.claimed_at, "", f"Hand-over {each.fence} begun", proof))
        if each.finished_at:
            code = f", code {each.code}" if each.code else ""
            ident = f"the provider's id {each.provider_id}" if each.provider_id else ""
            made.append(
                Moment(
                    each.finished_at, "", f"Hand-over {each.fence}: {each.get_outcome_display()}{code}", ident
                )
            )
    made += [
        Moment(
            event.at,
            "",
            event.kind.capitalize() + (f", code {event.code}" if event.code else ""),
            "told by the provider",
        )
        for event in Event.objects.filter(message=message)
    ]
    made += [
        Moment(reply.received_at, "", f"Replied: {reply.get_label_display()}", f"by the rule {reply.rule}")
        for reply in Inbound.objects.filter(message=message)
    ]
    for out in Suppression.objects.filter(address=message.address_id):
        made.append(Moment(out.since, "held", f"Opted out: {out.get_source_display()}"))
        if out.enforced_at:
            but = " but that of its confirmation" if message.confirms_id == out.pk else ""
            made.append(
                Moment(
                    out.enforced_at, "held", "Opt-out enforced", f"from here on no hand-over could begin{but}"
                )
            )
        made += [Moment(out.ended_at, "clear", "Opt-out lifted")] if out.ended_at else []
    for left in PurposeOptOut.objects.filter(address=message.address_id):
        kind = left.get_purpose_display()
        made.append(Moment(left.since, "held", f"Wants no more of the kind: {kind}"))
        made += [Moment(left.ended_at, "clear", f"Wants it again: {kind}")] if left.ended_at else []
    if message.settled_at and message.status not in (Status.ACCEPTED, Status.REFUSED):
        made.append(Moment(message.settled_at, "", message.get_status_display()))
    if message.status == Status.QUEUED:
        made.append(Moment(message.due_at, "waiting", "Asked again" if message.failed else "Due"))
        made.append(Moment(message.expires_at, "", "Runs out"))
    return sorted(made, key=lambda moment: moment.at)


def _judged(message: Message) -> list[Moment]:
    if message.judged_at is None:
        return []
    together = " and claimed, in one transaction" if message.judged_at == message.claimed_at else ""
    refused = "held" if message.status == Status.HELD else "waiting"
    return [Moment(message.judged_at, refused if message.failed else "clear", f"Judged{together}")]


def approval_of(message: Message, verdicts: Sequence[explaining.Verdict]) -> Approval | None:
    """The signature it rested on: the one in the evidence, else the version's newest."""
    if message.campaign_id is None:
        return None
    ids = next((verdict.ids for verdict in verdicts if verdict.check.code == "not_approved"), [])
    signed = Approval.objects.filter(version=message.campaign_version_id).select_related("signed_by")
    rested = signed.filter(pk__in=ids) if ids else signed
    found: Approval | None = rested.order_by("-since").first()
    return found


def consents_of(verdicts: Sequence[explaining.Verdict]) -> list[ConsentRecord]:
    """The proof of consent it rested on."""
    return [row for verdict in verdicts for row in verdict.rows if isinstance(row, ConsentRecord)]


# -- without a message -----------------------------------------------------------------------------


def no_message(contact: Contact, campaign: Campaign, launched: Launch | None, zone: str) -> Sentence:
    """Why a person has no message of a campaign, as far as no check is needed to tell."""
    name = contact.name or "This person"
    if outside := _outside(contact, campaign):
        return Sentence("held", f"{name} is not among the people this campaign is for: {outside}.")
    channels = set(Step.objects.filter(campaign=campaign).values_list("channel", flat=True))
    points = list(ContactPoint.objects.filter(contact=contact))
    missing = channels - {point.channel for point in points if point.ended_at is None}
    if channels and missing == channels:
        places = " and no ".join(PLACES[Channel(channel)] for channel in sorted(missing, reverse=True))
        return Sentence("held", f"{name} has no {places} on record, so nothing was planned.")
    if launched is None:
        return Sentence(
            "waiting", f"{name} is among the people this campaign is for, but it has not been launched."
        )
    if launched.planned_at is None:
        return Sentence(
            "waiting",
            f"{name} is among the people this campaign is for; its messages are being planned right now.",
        )
    if shared := Message.objects.filter(
        campaign=campaign, address__in=[point.address_id for point in points]
    ).first():
        who = f"somebody this campaign has a message for (message {shared.pk})"
        return Sentence("held", f"{name} shares an address with {who}: one message reaches an address once.")
    return Sentence(
        "held",
        f"{name} was not among the people this campaign is for when it was planned {_at(launched.planned_at, zone)}.",
    )


def _outside(contact: Contact, campaign: Campaign) -> str:
    """Which part of the audience rule leaves the person out; empty when none does."""
    if people(campaign).filter(pk=contact.pk).exists():
        return ""
    if campaign.greets_known:
        return "it goes by itself to people who say yes to such messages for the first time after its launch, one by one"
    if campaign.greets:
        return "it goes by itself to people who become known after its launch, one by one, with a yes to such messages on record"
    visit = contact.last_visit
    said = f"{visit.day} {visit:%b} {visit.year}" if visit else "not known"
    before = visit_before(campaign)
    if (before or campaign.last_visit_after) and visit is None:
        return "no last visit is on record"
    if visit and before and visit >= before:
        return f"the last visit was {said}, and it is for visits before {before:%Y-%m-%d}"
    if visit and campaign.last_visit_after and visit < campaign.last_visit_after:
        return f"the last visit was {said}, and it is for visits from {campaign.last_visit_after:%Y-%m-%d} on"
    if campaign.segments and contact.segment not in campaign.segments:
        return f"it is for the segments {', '.join(campaign.segments)}"
    return "it is for another location"
