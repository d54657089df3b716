"""A frozen content in plain sentences: to whom, when, from where, at whose cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tenants.models import Channel, Client, Provider, Purpose
from tenants.templatetags.figures import phone

Content = Mapping[str, Any]
PURPOSES = {
    Purpose.CARE: "Care: about care the person already has with the practice.",
    Purpose.RECALL: "Recall: reminds a patient that a visit is due.",
    Purpose.MARKETING: "Marketing: invites people back, with or without an offer.",
}
LATER = (
    "Whoever comes to match after the launch joins by itself and gets the same messages from the first on, while this approval "
    "stands and as long as they are all together at most a tenth more than the number of people shown here; beyond that nobody new joins."
)
LEFT = "Whoever bears none of these labels any more gets nothing of it meanwhile; what is left then lapses."
LAST_TOUCH = (
    "If it counts for several campaigns, it is credited to the one whose message to the person was the newest before it was booked "
    "(last touch); the report says both."
)
OTHERS_PAY = (
    "A third party pays the practice for these messages or for what they promote, or they promote goods or services that are not the "
    "practice’s own: so the agency states."
)
NOBODY_ELSE = (
    "No third party pays for them, and they promote nothing but the practice’s own: so the agency states."
)
DAYS = dict(zip("1234567", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))


def greets(content: Content) -> bool:
    """Whether it is a standing welcome, for people whom nobody knows yet."""
    return bool(content["audience"].get("newcomers"))


def each_person(content: Content) -> str:
    """Whom a standing welcome goes to, in place of a number."""
    return "each person at their first yes" if content["audience"].get("known") else "each new person"


def audience(content: Content) -> str:
    """Whom the rule names, of all contacts."""
    rule, said = content["audience"], list[str]()
    if greets(content):
        where = f" at {rule['location_name']}" if rule["location_name"] else ""
        if rule.get("known"):
            return (
                f"By itself, to each person{where} who says yes to messages of this kind for the first time after the launch, one by one, "
                "on the phone, by a form, a text or the practice’s own system, whether they are new or known already; until it is stopped "
                "or this approval ends. A yes of an imported list, or one that is written down more than two days late, does not count."
            )
        return (
            f"By itself, to each person who becomes known{where} after the launch, one by one, by a form, a text or the practice’s own "
            "system, and says yes to messages of this kind; until it is stopped or this approval ends. To nobody who is known already, "
            "and to nobody of an imported list."
        )
    if rule["last_visit_before"]:
        said.append(f"whose last visit was before {day(rule['last_visit_before'])}")
    if months := rule.get("lapsed_months"):
        said.append(
            f"whose last visit was more than {months} month{'' if months == 1 else 's'} ago, counted anew each day"
        )
    if rule["last_visit_after"]:
        said.append(f"whose last visit was on or after {day(rule['last_visit_after'])}")
    if rule["segments"]:
        said.append("in " + ", ".join(f"“{each}”" for each in rule["segments"]))
    if rule["location_name"]:
        said.append(f"of {rule['location_name']}")
    now = "All contacts " + " and ".join(said) + "." if said else "All contacts of the practice."
    if not rule.get("joins"):
        return now
    return f"{now} {LATER} {LEFT}" if rule["segments"] else f"{now} {LATER}"


def schedule(content: Content) -> str:
    """When sending may begin, in which hours, and when a message lapses."""
    plan = content["schedule"]
    begins = f"From {day(plan['starts_on'])}" if plan["starts_on"] else "As soon as the agency launches it"
    days = ", ".join(DAYS[each] for each in plan["days"] if each in DAYS)
    if greets(content):
        begins = "Once the agency launched it; the day of each person’s yes is their first day"
    return (
        f"{begins}, between {_hour(plan['hours_from'])} and {_hour(plan['hours_until'])} where the person "
        f"lives ({days}). A message not sent within {plan['days_valid']} days of its day is dropped."
    )


def measured(content: Content) -> str:
    """Who is held out, and which bookings count."""
    plan = content.get("measured", {"hold_out": 0, "counts_for": 10})
    share, days = plan["hold_out"], plan["counts_for"]
    within = (
        f"A booking counts when it is made within {days} business day{'' if days == 1 else 's'} (Monday to Friday) "
        "of the first message to the person."
    )
    if plan.get("credit"):
        within = f"{within} {LAST_TOUCH}"
    if not share:
        return f"Nobody is held out, so it cannot be told who would have booked anyway. {within}"
    return (
        f"{share} of every 100 people, drawn by lot, household by household, never get a message of this campaign, so that "
        f"it can be told who would have booked anyway. {within}"
    )


def when(step: Mapping[str, Any]) -> str:
    """The step's place in time."""
    days = step["delay_days"]
    return "On the first day" if days == 0 else f"{days} day{'' if days == 1 else 's'} after the first day"


def channel(step: Mapping[str, Any]) -> str:
    return "Text message" if step["channel"] == Channel.SMS else "E-mail"


def sender(step: Mapping[str, Any]) -> str:
    """The number or address it comes from, and who carries it."""
    given = step["sender"]
    address = f"{given['name']} <{given['address']}>" if given["name"] else phone(given["address"])
    return f"{address}, carried by {provider(step)}"


def provider(step: Mapping[str, Any]) -> str:
    if step["sender"]["provider"] == Provider.SMTP:
        return "your own mail server"
    return str(Provider(step["sender"]["provider"]).label)


def payer(content: Content) -> str:
    """Who pays the providers: each client brings its own accounts."""
    named = list(dict.fromkeys(provider(step) for step in content["steps"]))
    practice = content["brand"]["practice_name"]
    return f"Sent through {practice}'s own accounts ({', '.join(named)}), which are billed to it."


def who_pays(content: Content, paid_by_others: bool) -> str:
    """Who pays the providers, and what whoever asked for approval stated about third parties (45 CFR 164.501)."""
    return f"{payer(content)} {OTHERS_PAY if paid_by_others else NOBODY_ELSE}"


def day(on: str | date) -> str:
    """2026-03-05 as March 5, 2026."""
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return f"{on:%B} {on.day}, {on.year}"


def day_there(at: datetime, client: Client) -> str:
    """The day of an instant where the client is, in the same words."""
    return day(at.astimezone(ZoneInfo(client.time_zone)).date())


def _hour(hour: int) -> str:
    return f"{hour % 12 or 12} {'am' if hour % 24 < 12 else 'pm'}"
