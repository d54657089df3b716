"""A check's code as its sentence."""

from __future__ import annotations

from django import template

from compliance.checks import BY_CODE

register = template.Library()


@register.simple_tag
def check_says(code: str) -> str:
    """Why the check refused; the code itself when the policy no longer has it."""
    return BY_CODE[code].says if code in BY_CODE else code
