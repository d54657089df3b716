"""Breaking the glass: somebody of the agency who is kept out of a client reads it for some hours. Two people, an alert, a record.

It only reads, as a viewer does; every page opened that way is an event in the client's own record.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string

from tenants import audit
from tenants.clock import db_now
from tenants.models import Client, EmergencyAccess, Membership, Role, User
from tenants.models.emergency import MOST_HOURS
from tenants.models.member import AGENCY_ROLES

log = logging.getLogger(__name__)


class CannotBreak(Exception):
    """The glass stays whole; the message is a sentence for the person who tried."""


def ask(
    client: Client, user: User, reason: str, hours: int, request: HttpRequest | None = None
) -> EmergencyAccess:
    """Ask to come in. Inside the client's scope. Raises CannotBreak."""
    of_agency = Membership.objects.in_force().filter(
        user=user, agency=client.agency_id, role__in=AGENCY_ROLES
    )
    if not of_agency.exists():
        raise CannotBreak("Only people of the agency can ask for this.")
    if Membership.objects.of_client(client).filter(user=user).exists():
        raise CannotBreak("You have access to this client already.")
    if len(reason.strip()) < 10 or not 1 <= hours <= MOST_HOURS:
        raise CannotBreak(f"Say in a sentence what happened, and for how long: at most {MOST_HOURS} hours.")
    EmergencyAccess.objects.filter(client=client, user=user, granted_at=None, ended_at=None).update(
        ended_at=db_now(), ended_by=user
    )
    made: EmergencyAccess = EmergencyAccess.objects.create(
        client=client, user=user, reason=reason.strip()[:2000], hours=hours
    )
    audit.record("access.emergency_asked", made, client_id=client.pk, by=user, request=request, hours=hours)
    _alert(made, "asked")
    return made


def grant(row: EmergencyAccess, by: User, request: HttpRequest | None = None) -> EmergencyAccess:
    """The second person says yes: from now on, for the hours asked. Raises CannotBreak."""
    held: EmergencyAccess = EmergencyAccess.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if by.pk == held.user_id:
        raise CannotBreak("Nobody grants this to themselves: it takes a second person.")
    if by not in granters(held.client):
        raise CannotBreak("Only the agency's owner or the practice's compliance contact grants this.")
    if held.granted_at is not None or held.ended_at is not None:
        raise CannotBreak("This was answered already.")
    at = db_now()
    held.granted_by, held.granted_at, held.until = by, at, at + timedelta(hours=held.hours)
    held.save(update_fields=["granted_by", "granted_at", "until"])
    audit.record(
        "access.emergency_granted", held, client_id=held.client_id, by=by, request=request, hours=held.hours
    )
    _alert(held, "granted")
    return held


def end(row: EmergencyAccess, by: User, request: HttpRequest | None = None) -> None:
    """Refuse it, or shut the door before its time. Raises CannotBreak."""
    held: EmergencyAccess = EmergencyAccess.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if held.ended_at is not None:
        raise CannotBreak("This has ended already.")
    held.ended_at, held.ended_by = db_now(), by
    held.save(update_fields=["ended_at", "ended_by"])
    audit.record("access.emergency_ended", held, client_id=held.client_id, by=by, request=request)


def granters(client: Client) -> list[User]:
    """Who may say yes: the agency's owners who see every client, and the client's compliance contacts."""
    members = Membership.objects.in_force().filter(
        Q(agency=client.agency_id, client=None, role=Role.OWNER)
        | Q(agency=None, client=client, role=Role.APPROVER)
    )
    return list(User.objects.filter(pk__in=members.values("user")).order_by("pk"))


def member_for(client: Client, user: User) -> Membership | None:
    """A viewer's membership that is stored nowhere, while an emergency access is in force. Inside the client's scope."""
    at = db_now()
    row = EmergencyAccess.objects.filter(client=client, user=user, ended_at=None, until__gt=at).first()
    still = Membership.objects.in_force().filter(user=user, agency=client.agency_id)
    if row is None or not still.exists():
        return None
    member = Membership(user=user, role=Role.VIEWER, client=client)
    member.emergency = row
    return member


def in_force(client: Client) -> list[EmergencyAccess]:
    """Everybody who reads this client by it now, and works for the agency still. Inside the client's scope."""
    rows = EmergencyAccess.objects.filter(client=client, ended_at=None, until__gt=db_now())
    still = Membership.objects.in_force().filter(agency=client.agency_id)
    return list(rows.filter(user__in=still.values("user")).select_related("user").order_by("pk"))


def note_use(client: Client, request: HttpRequest, row: EmergencyAccess) -> None:
    """Each page that is opened by it is on record."""
    match = request.resolver_match
    audit.record(
        "access.emergency_used",
        row,
        client_id=client.pk,
        request=request,
        page=match.url_name if match else "",
    )


def _alert(row: EmergencyAccess, what: str) -> None:
    people = {each.email: each for each in [*granters(row.client), row.user]}
    text = render_to_string(f"emails/emergency-{what}.txt", {"row": row, "client": row.client})
    subject, _, body = text.partition("\n")
    transaction.on_commit(lambda: _mail(" ".join(subject.split()), body.strip() + "\n", people))


def _mail(subject: str, body: str, addresses: Iterable[str]) -> None:
    for address in addresses:
        try:
            send_mail(subject, body, None, [address])
        except OSError:
            log.warning("an alert about emergency access was not taken", exc_info=True)
