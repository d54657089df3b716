"""How opt-outs and pauses read in lists."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django import template

from consent.models import PurposeOptOut, Suppression
from consent.reachability import opted_out_sentence

register = template.Library()


@register.filter
def opted_out(suppression: Suppression) -> str:
    """The dated sentence."""
    return opted_out_sentence(suppression)


@register.filter
def kind_out(chosen: PurposeOptOut) -> str:
    """As in: Wants no more marketing messages by e-mail, since 3 Mar 2026."""
    since = chosen.since.astimezone(ZoneInfo(chosen.client.time_zone))
    day = f"{since.day} {since:%b} {since.year}"
    kind, by = chosen.get_purpose_display().lower(), chosen.get_channel_display().lower()
    return f"Wants no more {kind} messages by {by}, since {day}."


@register.filter
def paused(reason: str) -> str:
    """Paused, with its reason."""
    return f"Paused: {reason}"
