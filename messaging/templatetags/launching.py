"""How a launch is told before it is confirmed: consequences in one sentence."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django import template

from messaging.consequences import Consequences
from tenants.templatetags.figures import money, number

register = template.Library()


@register.simple_tag
def consequences(plan: Consequences) -> str:
    """As in: Send 4,312 texts to 4,298 people between Mon 10:00 and Tue 16:20 their time, about $61."""
    counts = [(plan.texts, "text"), (plan.mails, "mail")]
    what = " and ".join(
        f"{number(count)} {word}{'' if count == 1 else 's'}" for count, word in counts if count
    )
    if not what:
        return "Send nothing now: nobody is clear. Whoever waits is asked again until the step ends."
    whom = (
        ""
        if plan.people is None
        else f" to {number(plan.people)} {'person' if plan.people == 1 else 'people'}"
    )
    begins, ends = plan.begins, plan.ends
    when = ""
    if begins and ends:
        when = (
            f" between {local_hour(begins)} and {local_hour(ends)} their time"
            if ends > begins
            else f" from {local_hour(begins)} on"
        )
    return f"Send {what}{whom}{when}{f', about {about_dollars(plan.dollars)}' if plan.texts else ''}."


@register.simple_tag
def about_dollars(dollars: Decimal) -> str:
    """An estimate: whole dollars from ten up, for more digits would promise too much."""
    return f"${dollars:,.0f}" if dollars >= 10 else money(dollars)


@register.simple_tag
def local_hour(at: datetime) -> str:
    """An instant that carries its place's zone, as people there say it: Mon 5 Jan, 10:00."""
    return f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
