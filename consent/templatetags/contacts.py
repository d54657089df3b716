"""How opt-outs and pauses read in lists."""

from __future__ import annotations

from django import template

from consent.models import Suppression
from consent.reachability import opted_out_sentence

register = template.Library()


@register.filter
def opted_out(suppression: Suppression) -> str:
    """The dated sentence."""
    return opted_out_sentence(suppression)


@register.filter
def paused(reason: str) -> str:
    """Paused, with its reason."""
    return f"Paused: {reason}"
