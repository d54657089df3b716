"""The number itself: what line it is, whose it is now, what the do-not-call registry says of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from compliance.checks.applying import HOLD, SMS, WAIT, may_be_in
from compliance.checks.people import KNOWN_LASTS, THE_PERSON
from compliance.facts import Facts, Group, forbid
from compliance.models import GivenUpNumber, NumberLookup, RegistryAnswer
from consent.models import ConsentRecord, Contact, Tier
from tenants.models import Purpose

# A recall may count as a solicitation: the stricter reading.
SOLICITING = Q(purpose=Purpose.MARKETING) | Q(purpose=Purpose.RECALL)
# Where a visit does not open a listed number (C.G.S. 42-288a; A.R.S. 44-1282): whoever may be there counts as there.
WITHOUT_RELATIONSHIP = may_be_in("AZ", "CT")

# Kinds of line no text reaches, in Twilio's words (errors 21614, 30006); `invalid`: no such number.
NO_TEXTS = ("landline", "tollFree", "premium", "sharedCost", "uan", "voicemail", "pager", "invalid")
SURE_FOR = timedelta(
    days=365
)  # rule TCPA-RND: after a year without a consent or a visit the owner is asked for


@forbid(
    "landline",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="Twilio (errors 21614 and 30006)",
    fix="contacts",
    applies=SMS,
    among=lambda m: _answers(m).filter(line_type__in=NO_TEXTS),
)
def textable(m: Facts) -> QuerySet[NumberLookup]:
    """The carrier says that this number is a landline, or another line that takes no texts."""
    return _answers(m).filter(line_type__in=NO_TEXTS)


@forbid(
    "reassigned",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(m); TCPA-RND",
    fix="contacts",
    applies=SMS,
    among=lambda m: _answers(m).filter(reassigned="yes"),
)
def same_owner(m: Facts) -> QuerySet[NumberLookup]:
    """The reassigned numbers database says that this number belongs to somebody else now."""
    return _answers(m).filter(reassigned="yes")


def _answers(m: Facts) -> QuerySet[NumberLookup]:
    rows: QuerySet[NumberLookup] = NumberLookup.objects.in_force(m.at).filter(
        client=m.client, address=m.address
    )
    return rows


def _taken_back(m: Facts) -> QuerySet[GivenUpNumber]:
    rows: QuerySet[GivenUpNumber] = GivenUpNumber.objects.filter(
        client=m.client, address=m.address, since__lte=m.at
    )
    return rows


@forbid(
    "given_up",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(m); TCPA-RND",
    fix="contacts",
    applies=SMS,
    among=_taken_back,
)
def kept(m: Facts) -> QuerySet[GivenUpNumber]:
    """The carrier took this number back, and the person was neither seen nor gave a consent with it since."""
    met = (
        ConsentRecord.objects.in_force(m.inner.at)
        .dated()
        .filter(
            client=m.inner.client,
            contact=m.inner.contact,
            address=OuterRef("address"),
            since__date__gt=OuterRef("day"),
        )
    )
    seen = Contact.objects.filter(client=m.inner.client, pk=m.inner.contact, last_visit__gt=OuterRef("day"))
    return _taken_back(m).filter(~Exists(met), ~Exists(seen))


def _not_seen_since(day: Any) -> Q:
    return Q(last_visit=None) | Q(last_visit__lt=TruncDate(day))


def _nobody_looked(m: Facts) -> Q:
    """Of the person: no look-up that still counts says that the number is still theirs."""
    looked = NumberLookup.objects.same_owner(m.inner.at).filter(
        client=m.inner.client, address=m.inner.address
    )
    return ~Q(Exists(looked))


@forbid(
    "owner_unknown",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(m); TCPA-RND",
    fix="readiness",
    applies=SMS & SOLICITING,
    on=THE_PERSON,
)
def owner_looked_up(m: Facts) -> Q:
    """This person neither consented on a known day nor was seen within a year, and nobody asked in the last 30 days
    whether the number is still theirs."""
    recent = (
        ConsentRecord.objects.in_force(m.inner.at)
        .dated()
        .filter(
            client=m.inner.client,
            address=m.inner.address,
            contact=m.inner.contact,
            since__gte=m.inner.at - SURE_FOR,
        )
    )
    return _not_seen_since(m.at - SURE_FOR) & ~Q(Exists(recent)) & _nobody_looked(m)


@forbid(
    "maine_looked_up",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="10 M.R.S. 1499-B; TCPA-RND",
    fix="readiness",
    applies=SMS & SOLICITING & may_be_in("ME"),
    on=THE_PERSON,
)
def maine_looked_up(m: Facts) -> Q:
    """Maine asks for a look-up among reassigned numbers before a sales or recall text to somebody not seen for 18 months."""
    return _not_seen_since(m.at - KNOWN_LASTS) & _nobody_looked(m)


def _listed(m: Facts) -> QuerySet[RegistryAnswer]:
    rows: QuerySet[RegistryAnswer] = RegistryAnswer.objects.in_force(m.at).filter(
        client=m.client, address=m.address, listed=True
    )
    return rows


def _signed(m: Facts) -> QuerySet[ConsentRecord]:
    """Signed for this purpose, or for marketing, the widest there is."""
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.in_force(m.at).filter(
        Q(purpose=m.purpose) | Q(purpose=Purpose.MARKETING), client=m.client, tier=Tier.WRITTEN
    )
    return rows


def _seen_lately(m: Facts) -> QuerySet[Contact]:
    """An established relationship: 18 months since the last visit (47 CFR 64.1200(f)(5)), where the state lets one do."""
    rows: QuerySet[Contact] = Contact.objects.filter(
        ~WITHOUT_RELATIONSHIP, client=m.client, pk=m.contact, last_visit__gte=TruncDate(m.at - KNOWN_LASTS)
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
    """The national do-not-call registry lists this number, and there is neither a signed consent nor, outside Arizona and
    Connecticut, a visit within 18 months."""
    signed = _signed(m.inner).filter(contact=m.inner.contact, address=OuterRef("address"))
    return _listed(m).filter(~Exists(signed), ~Exists(_seen_lately(m.inner)))


@forbid(
    "do_not_call_unknown",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(c)(2)(i)(D); TCPA-NDNC",
    fix="readiness",
    applies=SMS & Q(purpose=Purpose.RECALL),
    on=THE_PERSON,
)
def looked_up_in_the_registry(m: Facts) -> Q:
    """This number was not looked up in the national do-not-call registry in the last 31 days, and there is neither a
    signed consent nor, outside Arizona and Connecticut, a visit within 18 months."""
    answered = RegistryAnswer.objects.good(m.inner.at).filter(client=m.inner.client, address=m.inner.address)
    signed = _signed(m.inner).filter(contact=m.inner.contact, address=m.inner.address)
    return (
        (_not_seen_since(m.at - KNOWN_LASTS) | WITHOUT_RELATIONSHIP)
        & ~Q(Exists(answered))
        & ~Q(Exists(signed))
    )
