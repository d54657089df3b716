"""The report in words, the same on the page and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from campaigns import wording
from messaging.reports.campaign_report import Report
from messaging.reports.outcomes import Group
from messaging.reports.phrases import bar, many, people
from tenants.templatetags.figures import money, number, share

Rows = list[tuple[str, str]]


def numbers(report: Report) -> list[tuple[str, str, str]]:
    """The three that come first: label, figure, and what stands behind it."""
    told = report.outcomes.written
    return [
        (
            "People who booked", number(told.booked),
            f"{share(told.booked, told.people)} of {people(told.people)} written to" if told.people else "nobody is written to yet",
        ),
        ("Appointments kept", number(told.kept), f"worth {money(report.revenue)}{_unpriced(told.unpriced)}"),
        (
            "Cost of each kept one", money(report.each_kept),
            f"about {money(report.dollars)} in messages in all",
        ),
    ]  # fmt: skip


def bars(report: Report) -> list[dict[str, Any]]:
    """The picture: of each 100 people, how many booked; with the span in which the true share lies."""
    both = [("Written to", report.outcomes.written.share), ("Held out", report.outcomes.held_out.share)]
    return [bar(name, each) for name, each in both if each.people]


def open_windows(report: Report) -> str:
    """Whether the numbers can still grow; empty when they cannot."""
    still = report.outcomes.written.open + report.outcomes.held_out.open
    if not still:
        return ""
    return (
        f"The time in which a booking counts is not over for {people(still)}: these numbers can still grow."
    )


def counted(report: Report) -> Rows:
    """Everything that was counted."""
    told, out, total = report.outcomes.written, report.outcomes.held_out, report.live.total
    return [
        ("Written to", f"{people(told.people)} by {many(report.texts, 'text')} and {many(report.mails, 'mail')}"),
        ("Delivered", f"{number(total.delivered)} of {many(report.texts + report.mails, 'message')}"),
        ("Replied", people(report.replied)),
        ("Booked", f"{people(told.booked)}, {many(told.bookings, 'appointment')}; cancelled ones are not counted"),
        ("Kept", f"{many(told.kept, 'appointment')}, worth {money(report.revenue)}{_unpriced(told.unpriced)}"),
        ("Credited by last touch", credited(told)),
        ("Did not come", many(told.missed, "appointment")),
        ("Held out", f"{people(out.people)}, of whom {number(out.booked)} booked" if out.people else "nobody"),
        ("Cost", f"about {money(report.dollars)}: {many(report.segments, 'segment')} of texts at ${settings.TEXT_SEGMENT_DOLLARS}, "
         "mails at the provider's list price; the provider bills the practice"),
    ]  # fmt: skip


def credited(told: Group) -> str:
    """How many of the appointments no other campaign has the better claim to."""
    if not told.bookings:
        return "no appointment"
    worth = money(Decimal(told.credited_cents) / 100)
    rest = told.bookings - told.credited
    return (
        f"{number(told.credited)} of {many(told.bookings, 'appointment')}, {number(told.credited_kept)} of them kept, worth {worth}"
        + (f"; before the other {number(rest)} a newer message of another campaign went out" if rest else "")
    )


def held(report: Report) -> list[tuple[str, int]]:
    """Why messages were never sent: sentence and number."""
    rows = [(row["says"], int(row["total"])) for row in report.held]
    total = report.live.total
    for says, number_of in (
        ("Their time ran out before they were clear.", total.expired),
        ("Cancelled when the campaign was stopped or replaced, or the person was erased.", total.cancelled),
    ):
        if number_of:
            rows.append((says, number_of))
    return rows


def compliance(report: Report) -> Rows:
    """Who said yes, and how a no was honoured."""
    zone = ZoneInfo(report.campaign.client.time_zone)
    total, out = report.live.total, report.opt_outs
    rows = [
        ("Approved by", f"{each.typed_name}, {each.title}, {each.since.astimezone(zone):%-d %b %Y, %H:%M %Z}: version "
         f"{each.version.number}, fingerprint {each.fingerprint[:12]}")
        for each in report.approvals
    ]  # fmt: skip
    rows += [
        ("Measured", wording.measured(report.launches[-1].version.content)),
        ("Opted out", f"{people(out.number)} after a message{_in_time(report)}"),
        ("After an opt-out", "No message was handed over to anybody after their opt-out held." if not out.after else
         f"{many(out.after, 'hand-over')} began after an opt-out held. Ask the agency why."),
        ("Complaints", f"{number(total.complained)} reported as spam, {number(total.bounced)} bounced"),
    ]  # fmt: skip
    return rows


def name_of(report: Report) -> str:
    """The document's title."""
    return f"{report.campaign.name}: what it brought"


def _in_time(report: Report) -> str:
    out = report.opt_outs
    if out.usual is None or out.slowest is None:
        return ""
    return f"; it held within {_seconds(out.usual)} usually, within {_seconds(out.slowest)} at the latest"


def _seconds(span: timedelta) -> str:
    seconds = max(0.0, span.total_seconds())
    return f"{seconds:.1f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def _unpriced(count: int) -> str:
    return f", {number(count)} without a value" if count else ""


def paragraphs(report: Report) -> Iterator[str]:
    """What the numbers cannot say, for whoever reads only this page."""
    yield (
        f"A booking counts when it was made within {report.campaign.counts_for} business days of the first message to the person. "
        "That it came after the message does not mean that it came because of it: the difference to those held out says that."
    )
    yield (
        "Opens are not counted: mail programs open mails by themselves. Another campaign may count the same appointment too; by "
        "last touch it is credited to one alone: of those for which it counts, the one whose message to the person was the newest "
        "before it was booked."
    )
