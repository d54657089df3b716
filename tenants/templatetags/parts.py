"""The parts every page is made of: answers, numbers, times, charts, refusals, form fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ANSWERS = {"clear": ("check", "Clear"), "waiting": ("clock", "Waiting"), "held": ("held", "Held")}
CHANNELS = {"email": ("mail", "E-mail"), "sms": ("sms", "Text")}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One picture of static/sprite.svg; decoration unless it has a label."""
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')  # noqa: S308
    return format_html(
        '<svg class="icon" {}><use href="{}#{}"></use></svg>', said, static("sprite.svg"), name
    )


@register.simple_tag
def maybe_url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or nothing when this installation has no such page."""
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """The present query string with these changes; an empty value drops a key."""
    query: QueryDict = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return "?" + query.urlencode()


RAIL = (
    ("o", "client", "Overview", "home"),
    ("m", "campaigns", "Campaigns", "campaign"),
    ("c", "contacts", "Contacts", "contacts"),
    ("i", "inbox", "Inbox", "inbox"),
    ("n", "consent", "Consent", "consent"),
    ("r", "readiness", "Readiness", "readiness"),
    ("e", "records", "Records", "records"),
    ("s", "settings", "Settings", "settings"),
)


@register.simple_tag(takes_context=True)
def rail(context: Any) -> list[dict[str, Any]]:
    """The client's pages that exist, with the one we are on."""
    path, slug = context["request"].path, context["client"].slug
    home = maybe_url("client", client=slug)
    found = []
    for key, name, label, picture in RAIL:
        if href := maybe_url(name, client=slug):
            here = path == href if href == home else path.startswith(href)
            found.append({"key": key, "href": href, "label": label, "picture": picture, "here": here})
    return found


# -- numbers and times -----------------------------------------------------------------------------


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
        "short": f"{local.day} {local:%b}, {local:%H:%M}",
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


# -- the three answers -----------------------------------------------------------------------------


@register.inclusion_tag("parts/answer.html")
def answer(
    which: str, *, until: datetime | None = None, zone: str | None = "UTC", because: str = "", word: str = ""
) -> dict[str, Any]:
    """Clear, waiting (until when) or held (because): the same everywhere."""
    picture, usual = ANSWERS[which]
    return {
        "which": which,
        "picture": picture,
        "word": word or usual,
        "until": until,
        "zone": zone,
        "because": because,
    }


@register.inclusion_tag("parts/mark.html")
def mark(channel: str, which: str = "", says: str = "") -> dict[str, Any]:
    """A small mark for one channel: can this person be reached here, in the three answers; empty = no address."""
    picture, name = CHANNELS[channel]
    word = ANSWERS[which][1] if which else "no address"
    return {
        "which": which or "none",
        "picture": picture,
        "answer_picture": ANSWERS[which][0] if which else "bar",
        "says": f"{name}: {says or word}",
    }


@register.inclusion_tag("parts/wayout.html")
def wayout(
    which: str,
    what: str,
    why: str = "",
    *,
    rule: str = "",
    cite: str = "",
    who: str = "",
    fix: str = "",
    href: str = "",
) -> dict[str, Any]:
    """A refusal as a sentence with a way out: what, why (rule and citation), who can change it, a link that leads there."""
    return {
        "which": which,
        "picture": ANSWERS[which][0],
        "word": ANSWERS[which][1],
        "what": what,
        "why": why,
        "rule": rule,
        "cite": cite,
        "who": who,
        "fix": fix,
        "href": href,
        "rulebook": maybe_url("rulebook"),
    }


@register.inclusion_tag("parts/nothing.html")
def nothing(
    title: str, says: str = "", *, fix: str = "", href: str = "", picture: str = "circle"
) -> dict[str, Any]:
    """An empty place that teaches: what goes here, and the one next step."""
    return {"title": title, "says": says, "fix": fix, "href": href, "picture": picture}


# -- forms -----------------------------------------------------------------------------------------


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, *, help_text: str | None = None) -> dict[str, Any]:
    """One form field: label, hint, the control, and its error at the field."""
    widget = bound.field.widget
    kind, css = "control", "form-control"
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        kind, css = "group", "form-check-input"
    elif isinstance(widget, CheckboxInput):
        kind, css = "check", "form-check-input"
    elif isinstance(widget, Select):
        css = "form-select"
    elif isinstance(widget, FileInput):
        kind = "control"
    hint = bound.help_text if help_text is None else help_text
    name = bound.auto_id or bound.html_name
    attrs = {"class": f"{widget.attrs.get('class', '')} {css} {'is-invalid' if bound.errors else ''}".strip()}
    described = [f"{name}-hint"] * bool(hint) + [f"{name}-error"] * bool(bound.errors)
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if kind == "group":
        widget.attrs["class"] = css
        return {"bound": bound, "kind": kind, "hint": hint, "name": name, "choices": bound.subwidgets}
    return {"bound": bound, "kind": kind, "hint": hint, "name": name, "control": bound.as_widget(attrs=attrs)}


# -- pictures of numbers ---------------------------------------------------------------------------


@register.inclusion_tag("parts/progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, Any]:
    """How far something is, with the count in words."""
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("parts/funnel.html")
def funnel(rows: Iterable[Mapping[str, Any]], caption: str = "") -> dict[str, Any]:
    """From everyone to clear. Each row: label, count, and optionally drop (what left here), href, answer, says."""
    rows = [dict(row) for row in rows]
    most = max([int(row["count"]) for row in rows], default=0) or 1
    for row in rows:
        row["width"] = _of_hundred(row["count"], most)
    return {"rows": rows, "caption": caption}


@register.inclusion_tag("parts/bars.html")
def bars(rows: Iterable[Mapping[str, Any]], caption: str = "") -> dict[str, Any]:
    """Bars against limits. Each row: label, value, text, and optionally limit (same unit), limit_text, answer, href."""
    rows = [dict(row) for row in rows]
    most = max([float(max(row["value"], row.get("limit") or 0)) for row in rows], default=0) or 1
    for row in rows:
        limit = row.get("limit")
        # With a limit the line stands at two thirds, so that going over it can be seen.
        scale = float(limit) * 1.5 if limit else most
        row["width"] = _of_hundred(row["value"], scale)
        row["line"] = _of_hundred(limit, scale) if limit else None
    return {"rows": rows, "caption": caption}


def _of_hundred(part: Any, whole: float) -> str:
    """SVG length on a scale of 100, dot as decimal sign whatever the language."""
    return f"{min(100.0, max(0.0, 100 * float(part) / whole)):.2f}"


@register.inclusion_tag("parts/line_chart.html")
def line_chart(
    ident: str,
    caption: str,
    times: Sequence[datetime],
    series: Sequence[Mapping[str, Any]],
    zone: str = "UTC",
) -> dict[str, Any]:
    """A chart over time, drawn by app.js, with its table for those who do not see it.

    `series`: dicts with label, values (same length as `times`) and optionally tone (clear, waiting, held, accent, ink).
    """
    lines = [
        {"label": s["label"], "tone": s.get("tone", "accent"), "values": list(s["values"])} for s in series
    ]
    return {
        "ident": ident,
        "caption": caption,
        "zone": zone,
        "lines": lines,
        "data": {"zone": zone, "times": [int(at.timestamp()) for at in times], "lines": lines},
        "rows": [(at, [line["values"][i] for line in lines]) for i, at in enumerate(times)],
    }
