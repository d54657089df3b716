"""The agency hears of a breaker that tripped: by mail, once, from a worker; the pages hold the same."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from compliance import stopping
from messaging.models import Trip
from tenants.agency_mail import addresses, letter, post
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for


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
        to = addresses(client)
    for stop in {trip.stop for trip in new if trip.stop is not None}:
        stopping.stands(stop)  # the letter says that nothing more is handed over
    return post(_letter(client, trip, address) for trip in new for address in to)


def _letter(client: Client, trip: Trip, to: str) -> EmailMessage:
    page = (
        reverse("live", args=[client.slug, trip.campaign_id])
        if trip.campaign_id
        else reverse("rates", args=[client.slug])
    )
    return letter("emails/breaker-tripped.txt", to, client=client, trip=trip, page=settings.PUBLIC_URL + page)
