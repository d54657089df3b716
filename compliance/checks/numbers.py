"""The number itself: what the do-not-call registry says of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from compliance.checks.applying import SMS, WAIT
from compliance.checks.people import KNOWN_LASTS
from compliance.facts import Facts, Group, forbid
from compliance.models import RegistryAnswer
from consent.models import ConsentRecord, Contact, Tier
from tenants.models import Purpose

# A recall may count as a solicitation: the stricter reading.
SOLICITING = Q(purpose=Purpose.MARKETING) | Q(purpose=Purpose.RECALL)


def _listed(m: Facts) -> QuerySet[RegistryAnswer]:
    rows: QuerySet[RegistryAnswer] = RegistryAnswer.objects.in_force(m.at).filter(
        client=m.client, address=m.address, listed=True
    )
    return rows


def _signed(m: Facts) -> QuerySet[ConsentRecord]:
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.in_force(m.at).filter(
        client=m.client, tier=Tier.WRITTEN
    )
    return rows


def _seen_lately(m: Facts) -> QuerySet[Contact]:
    """An established relationship: 18 months since the last visit (47 CFR 64.1200(f)(5))."""
    rows: QuerySet[Contact] = Contact.objects.filter(
        client=m.client, pk=m.contact, last_visit__gte=TruncDate(m.at - KNOWN_LASTS)
    )
    return rows


@forbid(
    "do_not_call",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(c)(2), (e); TCPA-NDNC",
    fix="contacts",
    applies=SMS & SOLICITING,
    among=_listed,
)
def listed(m: Facts) -> QuerySet[RegistryAnswer]:
    """The national do-not-call registry lists this number, and there is neither a signed consent nor a visit within 18 months."""
    signed = _signed(m.inner).filter(contact=m.inner.contact, address=OuterRef("address"))
    return _listed(m).filter(~Exists(signed), ~Exists(_seen_lately(m.inner)))


def _unanswered(m: Facts) -> Q:
    answered = RegistryAnswer.objects.good(m.at).filter(client=m.client)
    return ~Q(address__in=answered.values("address"))


@forbid(
    "do_not_call_unknown",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(c)(2)(i)(D); TCPA-NDNC",
    fix="readiness",
    applies=SMS & Q(purpose=Purpose.RECALL),
    among=_unanswered,
)
def looked_up_in_the_registry(m: Facts) -> QuerySet[Any]:
    """This number was not looked up in the national do-not-call registry in the last 31 days, and there is neither a
    signed consent nor a visit within 18 months."""
    answered = RegistryAnswer.objects.good(m.inner.at).filter(client=m.inner.client, address=m.inner.address)
    signed = _signed(m.inner).filter(contact=OuterRef("pk"), address=m.inner.address)
    rows: QuerySet[Contact] = Contact.objects.filter(
        Q(last_visit=None) | Q(last_visit__lt=TruncDate(m.at - KNOWN_LASTS)),
        ~Exists(answered), ~Exists(signed), client=m.client, pk=m.contact,
    )  # fmt: skip
    return rows
