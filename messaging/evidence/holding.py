"""What must not be thrown away while a lawyer says so."""

from __future__ import annotations

from django.db.models import Q

from consent.models import Contact
from messaging.models import LegalHold, Message
from tenants.clock import db_now


def is_held(contact: Contact, *, and_wards: bool = False) -> bool:
    """Whether a hold in force covers this person (or anybody they answer for): by name, by a campaign that planned for them, or by
    client."""
    meant = Q(pk=contact.pk) | Q(guardian=contact) if and_wards else Q(pk=contact.pk)
    people = Contact.objects.filter(meant).values("pk")
    campaigns = Message.objects.filter(contact__in=people).values("campaign")
    in_force = LegalHold.objects.in_force(db_now()).filter(client=contact.client_id)
    return bool(
        in_force.filter(
            Q(contact__in=people) | Q(campaign__in=campaigns) | Q(contact=None, campaign=None)
        ).exists()
    )


def whole_client_held(client_id: int) -> bool:
    """Whether everything of the client is held."""
    in_force = LegalHold.objects.in_force(db_now())
    return bool(in_force.filter(client=client_id, contact=None, campaign=None).exists())


def with_holds() -> set[int]:
    """The clients acted for of which anything is held: what cannot be matched with a person or a campaign is then kept whole."""
    return set(LegalHold.objects.in_force(db_now()).values_list("client", flat=True))


def held(contact: str, campaign: str) -> Q:
    """A condition on rows: a hold in force covers their contact or their campaign. The two names say the way there."""
    in_force = LegalHold.objects.in_force(db_now())
    people = in_force.exclude(contact=None).values("contact")
    campaigns = in_force.exclude(campaign=None).values("campaign")
    return Q(**{f"{contact}__in": people}) | Q(**{f"{campaign}__in": campaigns})
