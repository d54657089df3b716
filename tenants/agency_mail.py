"""Mail to an agency's own people about one of its clients. Nothing personal of a client's people stands in it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string

from tenants.models import Client, Membership
from tenants.models.member import AGENCY_ROLES

log = logging.getLogger(__name__)


def addresses(client: Client) -> list[str]:
    """Of everybody at the agency of this client, sorted. Inside the client's scope."""
    members = Membership.objects.in_force().filter(agency=client.agency_id, role__in=AGENCY_ROLES)
    return sorted(set(members.filter(user__is_active=True).values_list(F("user__email"), flat=True)))


def letter(template: str, to: str, **context: Any) -> EmailMessage:
    """The template's first line is the subject."""
    subject, _, body = render_to_string(template, context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])


def post(letters: Iterable[EmailMessage]) -> int:
    """Hand them to the mail server; returns how many it took. Who calls has marked them as told: one it refuses is not tried again."""
    taken = 0
    for each in letters:
        try:
            taken += bool(each.send())
        except Exception:
            log.warning("a mail to the agency was not taken", exc_info=True)
    return taken
