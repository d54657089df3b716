"""Two campaigns of a client side by side, from the same counts as their reports, in words for page and paper. No person is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import AudienceCount, Campaign, Launch
from messaging.reports.campaign_report import Report, report_of
from messaging.reports.lift import FEWEST, Difference
from messaging.reports.phrases import bar, many, people, people_of
from messaging.reports.telling import credited
from tenants.templatetags.figures import money, number

MOST = 200  # campaigns to choose from, newest first


@dataclass(frozen=True)
class Comparison:
    """What one brought beside the other."""

    one: Report
    other: Report
    audiences: dict[int, int]  # people the rule named at the launch, by campaign

    @property
    def sides(self) -> tuple[Report, Report]:
        return self.one, self.other

    @property
    def booked(self) -> Difference:
        """Of those written to, who booked."""
        return Difference(self.one.outcomes.written.share, self.other.outcomes.written.share)


def launched_campaigns(client_id: int) -> QuerySet[Campaign]:
    """Those that can be compared, newest first."""
    launches = Launch.objects.filter(client=client_id, campaign=OuterRef("pk"))
    rows: QuerySet[Campaign] = Campaign.objects.filter(Exists(launches), client=client_id).order_by("-pk")
    return rows.select_related("client__agency")


def compare(one: Campaign, other: Campaign, at: datetime) -> Comparison | None:
    """Inside the client's scope, in a fixed number of queries; None while one of them was not launched."""
    reports = [report_of(each, at) for each in (one, other)]
    if reports[0] is None or reports[1] is None:
        return None
    counts = AudienceCount.objects.filter(campaign__in=[one.pk, other.pk], at_launch=True).order_by("at")
    return Comparison(reports[0], reports[1], dict(counts.values_list("campaign", "people")))


def verdict(one: str, other: str, booked: Difference) -> str:
    """Which of the two campaigns of these names brought more bookings, in one sentence, if the numbers can say it."""
    names = [f"“{each}”" for each in (one, other)]
    if booked.fewest < FEWEST:
        few = names[0] if booked.one.people <= booked.other.people else names[1]
        return (
            f"The numbers are too small to say which of the two brought more: {few} has written to {people(booked.fewest)}, "
            f"and it takes {FEWEST} on either side to compare."
        )
    low, high = booked.between
    if low > 0 or high < 0:
        more, less = names if low > 0 else reversed(names)
        least, most = sorted((abs(low), abs(high)))
        return (
            f"After {more} more people booked than after {less}: between {least:.1f} and {most:.1f} more of every 100 "
            "written to (with 95 % certainty)."
        )
    return (
        f"The numbers are too small to say which of the two brought more: the difference lies {booked.span} of every 100 people "
        "written to."
    )


def warning(found: Comparison) -> str:
    """What a comparison of two campaigns never shows."""
    still = sum(each.outcomes.written.open for each in found.sides)
    grows = f" The time in which a booking counts is not over for {people(still)}." if still else ""
    return (
        "They wrote to different people at different times, and nobody drew lots who reads which: more bookings do not mean "
        "better words." + grows
    )


def bars(found: Comparison) -> list[dict[str, object]]:
    """Of each 100 people written to, how many booked."""
    return [
        bar(each.campaign.name, each.outcomes.written.share)
        for each in found.sides
        if each.outcomes.written.people
    ]


def rows(found: Comparison) -> list[tuple[str, str, str]]:
    """What is compared: label, and each side in words."""
    one, other = (_facts(each, found.audiences.get(each.campaign.pk)) for each in found.sides)
    return [(label, text, other[label]) for label, text in one.items()]


def _facts(report: Report, audience: int | None) -> dict[str, str]:
    told, sent = report.outcomes.written, report.texts + report.mails
    day = report.launched_at.astimezone(ZoneInfo(report.campaign.client.time_zone))
    newcomers = (
        f"each {'person at their first yes' if report.campaign.greets_known else 'new person'}, one by one"
    )
    return {
        "Purpose": report.campaign.get_purpose_display(),
        "Launched": f"{day.day} {day:%b %Y}",
        "Audience": newcomers if report.campaign.greets else "–" if audience is None else people(audience),
        "Written to": f"{people(told.people)} by {many(report.texts, 'text')} and {many(report.mails, 'mail')}",
        "Delivered": f"{number(report.live.total.delivered)} of {many(sent, 'message')}",
        "Replied": people_of(report.replied, told.people),
        "Booked": f"{people_of(told.booked, told.people)}, within {report.campaign.counts_for} business days",
        "Kept": f"{many(told.kept, 'appointment')}, worth {money(report.revenue)}",
        "Credited by last touch": credited(told),
        "More than of those held out": _lift(report),
        "Opted out": people_of(report.opt_outs.number, told.people),
        "Cost": f"about {money(report.dollars)}",
        "Cost of each kept appointment": money(report.each_kept),
    }


def _lift(report: Report) -> str:
    lift = report.outcomes.lift
    if not lift.held_out.people:
        return "nobody was held out"
    if not lift.known:
        return f"too small to say: {people(lift.difference.fewest)} on one side"
    return f"{lift.points:+.1f} of every 100 ({lift.difference.span})".replace("-", "−")
