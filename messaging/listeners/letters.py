"""The agency hears by mail, once, of a listener that was switched off; its page says the same."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse

from messaging.models import Listener
from tenants.clock import db_now
from tenants.models import Client, Membership
from tenants.models.member import AGENCY_ROLES
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
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
        members = Membership.objects.in_force().filter(agency=client.agency_id, role__in=AGENCY_ROLES)
        to = sorted(set(members.filter(user__is_active=True).values_list(F("user__email"), flat=True)))
    taken = 0
    for letter in [_letter(client, each, address) for each in off for address in to]:
        try:
            taken += bool(letter.send())
        except Exception:
            log.warning("a mail about a listener was not taken", exc_info=True)
    return taken


def _letter(client: Client, listener: Listener, to: str) -> EmailMessage:
    page = settings.PUBLIC_URL + reverse("listener", args=[client.slug, listener.pk])
    context = {"client": client, "listener": listener, "page": page}
    subject, _, body = render_to_string("emails/listener-off.txt", context).partition("\n")
    return EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to])
