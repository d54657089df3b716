"""Numbers, money, times and names as people read them. Loaded with `parts`."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def number(value: Any) -> str:
    """Thousands separated; a dash for what is not known."""
    if value is None or value == "":
        return "–"
    if isinstance(value, float | Decimal):
        return f"{value:,.1f}".removesuffix(".0")
    return f"{int(value):,}"


@register.filter
def plain(value: Any) -> str:
    """An id or code without separators, for attributes."""
    return str(value)


@register.filter
def joined(before: str, after: Any) -> str:
    """`before` and `after` in one, for the id of an element."""
    return f"{before}{after}"


@register.filter
def money(dollars: Any) -> str:
    """Dollars with cents below $100, whole dollars above; a dash for what is not known."""
    if dollars is None or dollars == "":
        return "–"
    amount = Decimal(str(dollars))
    return f"${amount:,.2f}" if abs(amount) < 100 else f"${amount:,.0f}"


@register.filter
def dollars(cents: Any) -> str:
    """Cents as `money`."""
    return "–" if cents is None or cents == "" else money(Decimal(int(cents)) / 100)


@register.filter
def share(part: Any, whole: Any) -> str:
    """A percentage with as many digits as it needs to differ from zero."""
    if not whole:
        return "–"
    percent = 100 * float(part) / float(whole)
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2f} %"


@register.filter
def phone(value: str) -> str:
    """+15742310600 as people in the US write it; anything else as it is."""
    found = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", value or "")
    return f"({found[1]}) {found[2]}-{found[3]}" if found else value


@register.filter
def words_of_verb(verb: str) -> str:
    """campaign.put_away as Campaign put away."""
    return verb.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def words_of_model(what: str) -> str:
    """campaigns.CampaignVersion:12 as campaign version 12."""
    label, _, ident = what.partition(":")
    model = re.sub(r"(?<!^)(?=[A-Z])", " ", label.rpartition(".")[2]).lower()
    return f"{model} {ident}".strip()


@register.simple_tag
def when(at: datetime | date | None, zone: str | None = "UTC", style: str = "both") -> SafeString:
    """An instant in a place's time, with the zone's name. `style`: both, date, time, short."""
    if at is None:
        return mark_safe('<span class="muted">–</span>')  # noqa: S308
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), _day(at))
    local = at.astimezone(_zone(zone))
    clock = f"{local:%H:%M} {local.tzname()}"
    said = {
        "date": _day(local),
        "time": clock,
        "short": f"{local.day} {local:%b}, {clock}",
    }.get(style, f"{local:%a} {_day(local)}, {clock}")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), f"{local:%A} {_day(local)}, {clock}", said
    )


def _day(at: date) -> str:
    return f"{at.day} {at:%b} {at.year}"


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
