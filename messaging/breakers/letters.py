"""The agency hears of a breaker that tripped: by mail, once, from a worker; the pages hold the same."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse

from messaging.models import Trip
from tenants.clock import db_now
from tenants.models import Client, Membership
from tenants.models.member import AGENCY_ROLES
from tenants.scope import acting_for

log = logging.getLogger(__name__)


def tell(client_id: int) -> int:
    """Mail what nobody was told of yet; returns how many mails were taken. Nothing personal stands in them.

    Marked before it is handed over: a mail server that is down costs a mail, never a second one of each.
    """
    with acting_for(client_id):
        new = list(Trip.objects.filter(told_at=None).select_related("stop", "campaign").order_by("pk"))
        if not new:
            return 0
        Trip.objects.filter(pk__in=[trip.pk for trip in new], told_at=None).update(told_at=db_now())
        client = Client.objects.get(pk=client_id)
        members = Membership.objects.in_force().filter(agency=client.agency_id, role__in=AGENCY_ROLES)
        to = list(
            members.filter(user__is_active=True)
            .order_by("user")
            .values_list(F("user__email"), flat=True)
            .distinct()
        )
        letters = [_letter(client, trip, address) for trip in new for address in to]
    taken = 0
    for letter in letters:
        try:
            taken += bool(letter.send())
        except Exception:
            log.warning("a mail about a breaker was not taken", exc_info=True)
    return taken


def _letter(client: Client, trip: Trip, to: str) -> EmailMessage:
    page = (
        reverse("live", args=[client.slug, trip.campaign_id])
        if trip.campaign_id
        else reverse("rates", args=[client.slug])
    )
    context = {"client": client, "trip": trip, "page": settings.PUBLIC_URL + page}
    subject, _, body = render_to_string("emails/breaker-tripped.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
