"""Everything the report of one campaign says, counted when it is looked at. No person is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from campaigns.models import Approval, Campaign, Launch, Step
from campaigns.wordings import NAMES
from compliance.checks.outcome import HELD_OUT
from messaging import live_counts
from messaging.afterwards import No, answers_to, noes_to, too_late
from messaging.models import Tally
from messaging.reports.outcomes import Outcomes, outcomes
from messaging.reports.usage import PAID, cost
from messaging.reports.wordings import Wordings
from tenants.models import Channel


@dataclass(frozen=True)
class OptOuts:
    """People who opted out after a message (`messaging.afterwards`), and how soon it held: of opt-outs from everything."""

    number: int
    usual: timedelta | None  # from being told to no hand-over being able to begin: the middle one
    slowest: timedelta | None
    pending: int  # in force, and the hand-overs under way not yet waited for
    after: int  # addresses to which a hand-over began although it held: none, or something is wrong


@dataclass(frozen=True)
class Report:
    """One campaign, as of `at`."""

    campaign: Campaign
    at: datetime
    launches: list[Launch]
    approvals: list[Approval]
    outcomes: Outcomes
    live: live_counts.Live
    texts: int
    segments: int
    mails: int
    dollars: Decimal
    replied: int  # people, in words of their own
    opt_outs: OptOuts
    wordings: list[Wordings]  # of each step that has two

    @property
    def launched_at(self) -> datetime:
        return self.launches[0].at

    @property
    def revenue(self) -> Decimal:
        return Decimal(self.outcomes.written.cents) / 100

    @property
    def each_kept(self) -> Decimal | None:
        """What one kept appointment cost in messages."""
        kept = self.outcomes.written.kept
        return self.dollars / kept if kept else None

    @property
    def held(self) -> list[dict[str, Any]]:
        """Why messages were held for good, the draw aside: sentence and number, most frequent first."""
        return [row for row in self.live.holds if row["code"] != HELD_OUT]


def report_of(campaign: Campaign, at: datetime) -> Report | None:
    """The report, inside the client's scope, in a fixed number of queries; None before the launch."""
    launches = list(Launch.objects.filter(campaign=campaign).select_related("version").order_by("at"))
    if not launches:
        return None
    versions = [each.version_id for each in launches]
    approvals = Approval.objects.filter(version__in=versions).select_related("version").order_by("since")
    texts, segments, mails, dollars = _sent(campaign)
    noes = noes_to(campaign)
    live = live_counts.counted(campaign, noes)
    replied = answers_to(campaign).aggregate(people=Count("contact", distinct=True))["people"]
    told = outcomes(campaign, at)
    return Report(
        campaign, at, launches, list(approvals), told, live,
        texts, segments, mails, dollars, replied, _opt_outs(campaign, noes),
        _wordings(campaign, [step for step, _ in live.steps if step.has_second], told, noes),
    )  # fmt: skip


def _wordings(campaign: Campaign, steps: list[Step], told: Outcomes, noes: list[No]) -> list[Wordings]:
    """One query where a step has two wordings, none otherwise."""
    if not steps:
        return []
    read = answers_to(campaign).exclude(wording="").values_list("step", "wording")
    replied = {
        (step, letter): number for step, letter, number in read.annotate(Count("message", distinct=True))
    }
    opted_out = Counter({each.message: (each.step, each.wording) for each in noes}.values())
    return [
        Wordings(each, _of(told.by_wording, each), _of(replied, each), _of(opted_out, each)) for each in steps
    ]


def _of(counted: Mapping[tuple[int, str], Any], step: Step) -> dict[str, Any]:
    return {letter: counted[step.pk, letter] for letter in NAMES if (step.pk, letter) in counted}


def _sent(campaign: Campaign) -> tuple[int, int, int, Decimal]:
    """Texts, their segments, mails, and about what they cost: at the price of the launch page, and the mail's list price."""
    texts = segments = mails = 0
    dollars = Decimal(0)
    rows = Tally.objects.filter(campaign=campaign.pk, status__in=PAID).values_list("channel", "provider")
    for channel, provider, number, parts in rows.annotate(Sum("number"), Sum("segments")):
        dollars += cost(channel, provider, number, parts)
        if channel == Channel.SMS:
            texts, segments = texts + number, segments + parts
        else:
            mails += number
    return texts, segments, mails, dollars


def _opt_outs(campaign: Campaign, noes: list[No]) -> OptOuts:
    whole = [each for each in noes if each.everything]
    spans = [each.enforced_at - each.since for each in whole if each.enforced_at is not None]
    return OptOuts(
        len({each.contact for each in noes}), _middle(spans), max(spans, default=None), len(whole) - len(spans),
        too_late(campaign),
    )  # fmt: skip


def _middle(spans: list[timedelta]) -> timedelta | None:
    return sorted(spans)[len(spans) // 2] if spans else None
