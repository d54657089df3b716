"""The parts every page is made of: answers, numbers, times, charts, refusals, form fields."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tenants.access import Access
from tenants.models import Role
from tenants.templatetags import figures, masks, pictures

register = template.Library()
for more in (figures, masks, pictures):
    register.tags |= more.register.tags
    register.filters |= more.register.filters

ANSWERS = {"clear": ("check", "Clear"), "waiting": ("clock", "Waiting"), "held": ("held", "Held")}
HIDDEN = mark_safe('aria-hidden="true"')
CHANNELS = {"email": ("mail", "E-mail"), "sms": ("sms", "Text")}


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "") -> SafeString:
    """One picture of static/sprite.svg; decoration unless it has a label."""
    said = format_html('role="img" aria-label="{}"', label) if label else HIDDEN
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
    ("b", "bookings", "Bookings", "calendar"),
    ("r", "readiness", "Readiness", "readiness"),
    ("e", "records", "Records", "records"),
    ("s", "settings", "Settings", "settings"),
)


@lru_cache
def _roles_of(name: str) -> frozenset[Role]:
    """Who may open a client's page."""
    access: Access = resolve(reverse(name, args=["any"])).func.access  # type: ignore[attr-defined]
    return access.roles


@register.simple_tag(takes_context=True)
def rail(context: Any) -> list[dict[str, Any]]:
    """The client's pages that this member may open, with the one we are on."""
    path, slug = context["request"].path, context["client"].slug
    member, found = getattr(context["request"], "member", None), []
    for key, name, label, picture in RAIL:
        href = reverse(name, args=[slug])
        if member and member.role not in _roles_of(name):
            continue
        here = path == href if name == "client" else path.startswith(href)
        found.append({"key": key, "href": href, "label": label, "picture": picture, "here": here})
    return found


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


@register.simple_tag
@lru_cache(maxsize=1024)
def mark(channel: str, which: str = "", says: str = "") -> SafeString:
    """A small mark for one channel: can this person be reached here; an empty answer = no address."""
    picture, name = CHANNELS[channel]
    said = f"{name}: {says or (ANSWERS[which][1] if which else 'no address')}"
    return format_html(
        '<span class="reach {}" title="{}">{}{}<span class="visually-hidden">{}</span></span>',
        which or "none",
        said,
        icon(picture),
        icon(ANSWERS[which][0] if which else "bar"),
        said,
    )


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
    """A sentence with a way out: what, why (rule, citation), who can change it, a link that leads there."""
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
    attrs: dict[str, str | bool] = {
        "class": f"{widget.attrs.get('class', '')} {css} {'is-invalid' if bound.errors else ''}".strip()
    }
    described = [f"{name}-hint"] * bool(hint) + [f"{name}-error"] * bool(bound.errors)
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if kind == "group":
        widget.attrs["class"] = css
        return {"bound": bound, "kind": kind, "hint": hint, "name": name, "choices": bound.subwidgets}
    return {"bound": bound, "kind": kind, "hint": hint, "name": name, "control": bound.as_widget(attrs=attrs)}
