"""What is said once to who opted out in words of their own, shown where a practice decides whether it is."""

from __future__ import annotations

from django import template

from messaging.confirming import confirmation
from tenants.models import Client

NAMES = {"en": "In English", "es": "In Spanish"}
register = template.Library()


@register.simple_tag
def confirmations(client: Client) -> list[tuple[str, str]]:
    """The language and the exact words, for each language that people read."""
    return [(name, confirmation(client.name, language)) for language, name in NAMES.items()]
