"""A check's code as its sentence."""

from __future__ import annotations

from datetime import timedelta

from django import template

from compliance.checks import BY_CODE

register = template.Library()


@register.filter
def seconds(span: timedelta | None) -> str:
    """A measured time, to the hundredth; from two minutes on in minutes."""
    if span is None:
        return "–"
    took = max(0.0, span.total_seconds())
    return f"{took:.2f} s" if took < 120 else f"{took / 60:,.0f} min"


@register.simple_tag
def check_says(code: str) -> str:
    """Why the check refused; the code itself when the policy no longer has it."""
    return BY_CODE[code].says if code in BY_CODE else code
