"""The agency hears by mail, once, of a listener that was switched off; its page says the same."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.urls import reverse

from messaging.models import Listener
from tenants.agency_mail import addresses, letter, post
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for, acting_for_every_client

UNTOLD = Q(off_at__isnull=False, told_off_at=None, ended_at=None)


def tell() -> int:
    """Mail what nobody was told of yet; returns how many mails were taken. Marked before: never a second one of each."""
    with acting_for_every_client():
        clients = sorted(set(Listener.objects.filter(UNTOLD).values_list("client_id", flat=True)))
    return sum(_tell(client_id) for client_id in clients)


def _tell(client_id: int) -> int:
    with acting_for(client_id):
        off = list(Listener.objects.filter(UNTOLD).order_by("pk"))
        Listener.objects.filter(UNTOLD, pk__in=[each.pk for each in off]).update(told_off_at=db_now())
        client = Client.objects.get(pk=client_id)
        to = addresses(client)
    return post(_letter(client, each, address) for each in off for address in to)


def _letter(client: Client, listener: Listener, to: str) -> EmailMessage:
    page = settings.PUBLIC_URL + reverse("listener", args=[client.slug, listener.pk])
    return letter("emails/listener-off.txt", to, client=client, listener=listener, page=page)
