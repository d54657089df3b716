"""The pack for a reader of paper: what happened, in order and in words, as one sealed PDF."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from campaigns import what_fell
from campaigns.models import Approval, Objection
from campaigns.signed_facts import facts
from compliance.checks import BY_CODE
from consent.models import ConsentRecord, Contact, ContactPoint, PurposeOptOut, Suppression
from messaging.evidence.subject import Subject
from messaging.models import Attempt, Event, Inbound, Message
from tenants import sealing_pdf
from tenants.models import AuditHead
from tenants.paper import Paper, when

AT_MOST = 2000  # messages told one by one on paper; the tables of the pack hold them all


def book(subject: Subject, made_at: datetime) -> bytes:
    """The sealed PDF, inside the client's scope."""
    paper = Paper(subject.about, f"{subject.about} · made {when(made_at)}")
    paper.paragraph(
        "This document tells what the pack it came with proves. The tables in the folder data hold every row in full, "
        "audit holds the sealed record, and verify.py checks all of it on any computer with Python, without the product "
        "that made it. All times are UTC. A letter the font lacks is written as its number, as in [U+2713]."
    )
    messages = list(
        subject.messages().select_related("campaign", "step").order_by("claimed_at", "pk")[:AT_MOST]
    )
    if subject.contact is not None:
        _person(paper, subject.contact)
    _numbers(paper, subject)
    _approvals(paper, subject)
    _refusals(paper, subject)
    _messages(paper, subject, messages)
    _seal(paper, subject)
    return sealing_pdf.sealed(paper.made(), subject.about)


def _person(paper: Paper, contact: Contact) -> None:
    paper.heading("The person")
    points = ContactPoint.objects.filter(contact=contact).order_by("pk")
    paper.facts(
        [
            ("Name", contact.name or "not on record"),
            ("Known since", when(contact.created_at)),
            *((f"{each.get_channel_display()}", f"{each.value}{_until(each.ended_at)}") for each in points),
        ]
    )
    consents = ConsentRecord.objects.filter(contact=contact).order_by("since")
    paper.heading("Consents")
    paper.table(
        ["Since", "Until", "Purpose", "How strong", "How given", "Wording"],
        [
            [each.since, each.ended_at, each.get_purpose_display(), each.get_tier_display(),
             each.get_method_display(), each.wording]
            for each in consents
        ],
        [3, 3, 2.4, 3, 2, 5.6],
    )  # fmt: skip
    addresses = points.values("address")
    paper.heading("Opt-outs")
    paper.table(
        ["Since", "In force from", "Lifted", "Channel", "How"],
        [
            [each.since, each.enforced_at, each.ended_at, each.get_channel_display(),
             each.get_source_display()]
            for each in Suppression.objects.filter(address__in=addresses).order_by("since")
        ]
        + [
            [each.since, each.since, each.ended_at, each.get_channel_display(),
             f"Only {each.get_purpose_display().lower()}, on the page"]
            for each in PurposeOptOut.objects.filter(address__in=addresses).order_by("since")
        ],
        [3, 3, 3, 2, 4],
    )  # fmt: skip


def _numbers(paper: Paper, subject: Subject) -> None:
    counts = Counter(subject.messages().values_list("status", flat=True))
    labels = dict(Message._meta.get_field("status").choices or [])
    paper.heading("What became of every planned message")
    paper.table(
        ["State", "Messages"],
        [[labels[state], f"{number:,}"] for state, number in sorted(counts.items())],
        [4, 1],
    )
    paper.paragraph(
        f"Planned: {sum(counts.values()):,}. Each stands in exactly one of these states.", pale=True
    )


def _approvals(paper: Paper, subject: Subject) -> None:
    campaigns = subject.messages().values("campaign")
    wanted = [subject.campaign.pk] if subject.campaign is not None else campaigns
    signed = (
        Approval.objects.filter(campaign__in=wanted)
        .select_related("version", "count", "campaign", "signed_by", "request", "delegation__principal")
        .prefetch_related("request__cosignatures__signed_by", "request__cosignatures__delegation__principal")
    )
    fallen = what_fell.before_it_ended(signed)
    for each in signed.order_by("since"):
        paper.heading(f"Approval {each.pk}, signed {when(each.since)}")
        taken_back = f"; withdrawn {when(each.ended_at)}: {each.ended_because}" if each.ended_at else ""
        in_force = ("In force", f"{when(each.since)} to {when(each.expires_at)}{taken_back}")
        fell = [("No longer held", fallen[each.pk])] if each.pk in fallen else []
        paper.facts([*facts(each), in_force, *fell])
    objections = Objection.objects.filter(campaign__in=wanted).select_related("by").order_by("at")
    if objections:
        paper.heading("Changes the client asked for")
        paper.table(
            ["When", "Who", "Message", "What"],
            [[each.at, each.by.name, each.step or "all", each.comment] for each in objections],
            [3, 3, 1, 8],
        )


def _refusals(paper: Paper, subject: Subject) -> None:
    codes = Counter(code for failed in subject.messages().values_list("failed", flat=True) for code in failed)
    if not codes:
        return
    paper.heading("Why messages were not sent, when they were last judged")
    paper.table(
        ["Messages", "Because", "Rule"],
        [
            [f"{number:,}", BY_CODE[code].says if code in BY_CODE else code, BY_CODE[code].cites if code in BY_CODE else ""]
            for code, number in codes.most_common()
        ],
        [1, 5, 4],
    )  # fmt: skip


def _messages(paper: Paper, subject: Subject, messages: Sequence[Message]) -> None:
    paper.heading("Message by message")
    if not messages:
        paper.paragraph("No message was planned.")
        return
    told = _told(messages)
    paper.table(
        ["No.", "To", "Campaign", "Judged", "Outcome", "What was heard"],
        [
            [
                each.pk, f"contact {each.contact_id}, {each.get_channel_display()}", _of(each),
                each.judged_at, _outcome(each), told.get(each.pk, ""),
            ]
            for each in messages
        ],
        [1.2, 2.2, 2.6, 2.6, 3.4, 4.6],
    )  # fmt: skip
    left = subject.messages().count() - len(messages)
    if left > 0:
        paper.paragraph(f"{left:,} more messages stand in data/messages.csv.")


def _of(message: Message) -> str:
    return str(message.campaign.name) if message.campaign_id else message.told


def _outcome(message: Message) -> str:
    codes = ", ".join(message.failed)
    delivery = f", {message.get_delivery_display().lower()}" if message.delivery else ""
    return f"{message.get_status_display()}{delivery}{': ' + codes if codes else ''}"


def _told(messages: Iterable[Message]) -> dict[int, str]:
    """Hand-overs, provider's events and replies of each message, in order of time: three queries."""
    ids, found = [each.pk for each in messages], defaultdict[int, list[tuple[datetime, str]]](list)
    for made in Attempt.objects.filter(message__in=ids).defer("content"):
        words = f"; words {made.content_sha256[:16]}…" if made.content_sha256 else ""
        found[made.message_id].append(
            (
                made.claimed_at,
                f"hand-over {made.fence} {made.get_outcome_display()} {made.provider_id}{words}",
            )
        )
    for event in Event.objects.filter(message__in=ids):
        found[event.message_id].append((event.at, f"{event.kind} {event.code}".strip()))
    for reply in Inbound.objects.filter(message__in=ids).defer("body", "value"):
        found[reply.message_id].append((reply.received_at, f"reply: {reply.get_label_display()}"))
    return {
        pk: "\n".join(f"{when(at)} {says}" for at, says in sorted(entries)) for pk, entries in found.items()
    }


def _seal(paper: Paper, subject: Subject) -> None:
    head = AuditHead.objects.filter(client=subject.client).first()
    paper.heading("How to check this")
    paper.paragraph(
        "Unpack the zip into an empty folder and run: python3 verify.py. It checks that every file is as it was, that the list of "
        "files was signed, and that the audit events are those that were sealed. Then compare the public key with the one in the "
        "daily mails that the practice received: only that comparison shows whose seal it is."
    )
    rows = [("Certificate of this PDF", sealing_pdf.certificate_sha256())]
    if head is not None:
        rows += [
            ("Record sealed up to", f"block {head.number}, {head.events} events, {when(head.at)}"),
            ("Seal of the record", bytes(head.hash).hex()),
            ("Public key", bytes(head.key).hex()),
        ]
    paper.facts(rows)


def _until(at: datetime | None) -> str:
    return f", until {when(at)}" if at else ""
