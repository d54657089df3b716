"""Names and addresses as pages show them: `{{ contact.name|name_for:named }}`, `{{ point.value|address_for:clear }}`."""

from __future__ import annotations

from typing import Any

from django import template

from tenants import masking
from tenants.templatetags.figures import phone

register = template.Library()


@register.filter
def name_for(name: str, named: Any) -> str:
    """The name, or its initials."""
    return name if named else masking.masked_name(name)


@register.filter
def address_for(value: str, clear: Any) -> str:
    """The telephone number or mail address, or its ends."""
    return phone(value) if clear else masking.masked_address(value)
