"""Ending an engagement takes two people: one asks, which stops all sending; another agrees, and a worker deletes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from compliance import stopping
from compliance.models import Stop
from consent.bell import ring
from messaging.ending.deleting import CannotDelete, delete, numbers, refuse_if_held
from messaging.models import Certificate, Departure, EvidencePack
from tenants import audit
from tenants.clock import db_now
from tenants.models import Client, Membership, Role, User
from tenants.models.member import MembershipRows
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
EXPORT_GOOD_FOR = timedelta(days=30)
ENDERS = (Role.OWNER, Role.APPROVER)


def open_departure(client: Client) -> Departure | None:
    """What was asked and not taken back, also when it is done; None: nothing."""
    rows = Departure.objects.filter(client=client, withdrawn_at=None)
    found: Departure | None = rows.select_related("asked_by", "agreed_by").first()
    return found


def agreed(client: Client) -> Departure | None:
    """What two people agreed on, also when it is done; None: nothing."""
    rows = Departure.objects.filter(client=client, withdrawn_at=None).exclude(agreed_at=None)
    found: Departure | None = rows.select_related("agreed_by").first()
    return found


def enders(client: Client) -> MembershipRows:
    """Who can ask for it and agree to it: the practice's compliance contacts and the agency's owners."""
    return Membership.objects.of_client(client).filter(role__in=ENDERS)


def last_export(client: Client) -> EvidencePack | None:
    """The newest export that is young enough to delete after."""
    rows = EvidencePack.objects.filter(client=client, whole=True, made_at__gte=db_now() - EXPORT_GOOD_FOR)
    found: EvidencePack | None = rows.order_by("-pk").first()
    return found


def ask(client: Client, by: User, request: HttpRequest | None = None) -> Departure:
    """Ask for everything to be deleted: sending stops at once, and the others are written to. Raises CannotDelete."""
    held = _locked(client)
    refuse_if_held(held)
    if open_departure(held) is not None:
        raise CannotDelete("Somebody asked for this already. Look at what stands now.")
    if last_export(held) is None:
        raise CannotDelete("Make the export first: after the deletion nobody can make it any more.")
    made: Departure = Departure.objects.create(client=held, asked_by=by)
    stopping.stop(held, None, Stop.Kind.PAUSE, by, "The end of the engagement was asked for.")
    audit.record("client.deletion_asked", made, client_id=held.pk, by=by, request=request, **numbers(held))
    _tell("ending-asked", held, _addresses(held), by=by, url=_page_of(held))
    return made


def withdraw(client: Client, by: User, request: HttpRequest | None = None) -> None:
    """Take it back before the second person has agreed. Sending stays paused until somebody releases it. Raises CannotDelete."""
    held = _locked(client)
    found = open_departure(held)
    if found is None or found.agreed_at:
        raise CannotDelete("There is nothing to take back any more.")
    Departure.objects.filter(pk=found.pk).update(withdrawn_at=db_now(), withdrawn_by=by)
    audit.record("client.deletion_withdrawn", found, client_id=held.pk, by=by, request=request)


def agree(client: Client, by: User, request: HttpRequest | None = None) -> None:
    """The second person agrees; from here there is no way back. Raises CannotDelete."""
    held = _locked(client)
    refuse_if_held(held)
    found = open_departure(held)
    if found is None or found.agreed_at:
        raise CannotDelete("Nobody asks for it any more. Look at what stands now.")
    if found.asked_by_id == by.pk:
        raise CannotDelete("Somebody else must agree: it takes two people.")
    own = set(_approvers(held).values_list("user", flat=True))
    if own and not own & {found.asked_by_id, by.pk}:
        raise CannotDelete(f"{held.name}'s own compliance contact must be one of the two.")
    Departure.objects.filter(pk=found.pk).update(agreed_by=by, agreed_at=db_now())
    audit.record("client.deletion_agreed", found, client_id=held.pk, by=by, request=request)
    transaction.on_commit(lambda: ring("messaging.ending.asking.carry_out", client_id=held.pk))


@shared_task
def carry_out(client_id: int) -> bool:
    """Delete what two people agreed on; whether it was done now. What stands in the way is written down and tried again."""
    client = Client.objects.select_related("agency").get(pk=client_id)
    with acting_for(client_id):
        asked = Departure.objects.filter(done_at=None, withdrawn_at=None).exclude(agreed_at=None).first()
        if asked is None:
            return False
        people = _addresses(client)
    try:
        with acting_for(client_id):
            made = delete(client, asked.agreed_by)
            Departure.objects.filter(pk=asked.pk).update(done_at=db_now(), problem="")
            _tell("ending-done", client, people, certificate=made)
    except CannotDelete as refused:
        with acting_for(client_id):
            Departure.objects.filter(pk=asked.pk).update(problem=str(refused))
        return False
    return True


@shared_task
def tend_departures() -> int:
    """What a lost bell or something in the way left waiting; returns how many were done."""
    with acting_for_every_client():
        rows = Departure.objects.filter(done_at=None, withdrawn_at=None).exclude(agreed_at=None)
        waiting = list(rows.values_list("client_id", flat=True))
    return sum(carry_out(client_id) for client_id in waiting)


def _locked(client: Client) -> Client:
    rows = Client.objects.select_for_update(of=("self",), no_key=True).select_related("agency")
    found: Client = rows.get(pk=client.pk)
    if found.closed_at:
        raise CannotDelete("It is deleted already.")
    return found


def _approvers(client: Client) -> Any:
    return Membership.objects.in_force().filter(client=client, agency=None, role=Role.APPROVER)


def _addresses(client: Client) -> list[str]:
    return sorted(set(enders(client).values_list("user__email", flat=True)))


def _page_of(client: Client) -> str:
    return settings.PUBLIC_URL + reverse("ending", args=[client.slug])


def _tell(kind: str, client: Client, to: Iterable[str], **words: Any) -> None:
    """Each is written to after the commit; a mail that is not taken changes nothing."""
    certificate: Certificate | None = words.get("certificate")
    subject, _, body = render_to_string(f"emails/{kind}.txt", {"client": client, **words}).partition("\n")
    letters = [EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[each]) for each in to]
    if certificate is not None:
        signed = f"{bytes(certificate.signature).hex()}\n{bytes(certificate.key).hex()}\n"
        for letter in letters:
            letter.attach("certificate.json", certificate.text, "application/json")
            letter.attach("certificate.sig.txt", signed, "text/plain")

    def hand_over() -> None:
        for letter in letters:
            try:
                letter.send()
            except OSError:
                log.warning("a letter was not taken", extra={"client": client.pk})

    transaction.on_commit(hand_over)
