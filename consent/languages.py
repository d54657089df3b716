"""In which language a page speaks to whoever got a message: that of the person at the address, or the one they chose on the page.

Everything a recipient reads stands in English in the code, marked for gettext, and in Spanish in `locale/es`
(docs/decisions.md); a test fails where a Spanish sentence is missing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.http import HttpRequest
from django.utils import translation

from consent.models import Contact

SPOKEN = ("en", "es")


def chosen(request: HttpRequest, otherwise: str = "en") -> str:
    """What the page's own link names (`?lang=es`), else `otherwise`."""
    wanted = request.GET.get("lang", "")
    return wanted if wanted in SPOKEN else known(otherwise)


def of_address(address_id: int) -> str:
    """Spanish when somebody at this address reads it, inside the client's scope; an unknown language is English."""
    people = Contact.objects.filter(points__address=address_id, points__ended_at=None, language="es")
    return "es" if people.exists() else "en"


def known(language: str) -> str:
    """One of those spoken here."""
    return language if language in SPOKEN else "en"


def speaking(language: str) -> AbstractContextManager[None]:
    """What is said inside is said in this language."""
    return translation.override(known(language))


def other(language: str) -> str:
    """The one that a page offers beside its own."""
    return "en" if language == "es" else "es"
