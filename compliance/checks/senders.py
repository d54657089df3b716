"""The sender: its purpose, its domain, its registration."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from compliance.checks.applying import EMAIL, PLANNED, SMS, WAIT
from compliance.facts import Facts, Group, forbid, require
from compliance.models import Canary, DomainCheck, ReplyCheck, SeedMail, SmsRegistration
from consent.models import ConsentRecord
from tenants.models import Location, Sender


@require("sender_purpose", effect=WAIT, group=Group.SENDERS, cites="A2P-USECASE", fix="readiness")
def sender_serves_purpose(m: Facts) -> QuerySet[Sender]:
    """This sender was ended, or is not meant for this purpose."""
    return Sender.objects.in_force(m.at).filter(client=m.client, pk=m.sender, purposes__contains=[m.purpose])


def _of_a_location(m: Facts) -> QuerySet[Sender]:
    rows: QuerySet[Sender] = Sender.objects.filter(client=m.client, pk=m.sender, location__isnull=False)
    return rows


@forbid(
    "sender_elsewhere",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="A2P-TENANT; 47 CFR 64.1200(d)(4)",
    fix="campaign",
    among=_of_a_location,
)
def sender_elsewhere(m: Facts) -> QuerySet[Sender]:
    """This sender belongs to one location, and the person goes to another."""
    theirs = Location.objects.filter(client=m.inner.client, pk=m.inner.location)
    return _of_a_location(m).filter(Exists(theirs), ~Exists(theirs.filter(pk=OuterRef("location"))))


def _kept_for_requests(m: Facts) -> QuerySet[Sender]:
    rows: QuerySet[Sender] = Sender.objects.filter(client=m.client, pk=m.sender, on_request=True)
    return rows


@forbid(
    "not_asked_for",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="ON-REQUEST",
    fix="contacts",
    applies=SMS & PLANNED,
    among=_kept_for_requests,
)
def asked_for(m: Facts) -> QuerySet[Sender]:
    """This number is kept for what people asked for, and this person's consent does not say what that was."""
    said = ConsentRecord.objects.in_force(m.inner.at).filter(
        client=m.inner.client, contact=m.inner.contact, address=m.inner.address, purpose=m.inner.purpose, requested=True
    )  # fmt: skip
    return _kept_for_requests(m).filter(~Exists(said))


@require(
    "domain_not_ready",
    effect=WAIT,
    group=Group.SENDERS,
    cites="RFC 7208, 6376, 9989; DOMAIN-READY",
    fix="readiness",
    applies=EMAIL,
)
def domain_ready(m: Facts) -> QuerySet[DomainCheck]:
    """SPF, DKIM and DMARC of the sender's domain did not all pass in the last 24 hours."""
    return DomainCheck.objects.good(m.at).filter(client=m.client, domain=m.sender_domain)


@require(
    "one_click_unsigned",
    effect=WAIT,
    group=Group.SENDERS,
    cites="RFC 8058; EMAIL-ONECLICK",
    fix="readiness",
    applies=EMAIL,
)
def one_click_signed(m: Facts) -> QuerySet[SeedMail]:
    """No seed mail of the last 30 days proves that a valid signature of the sender's domain covers both unsubscribe headers, or a later
    one disproves it."""
    return SeedMail.objects.proving(m.at).filter(client=m.client, domain=m.sender_domain)


@require(
    "sms_not_registered",
    effect=WAIT,
    group=Group.SENDERS,
    cites="A2P-BRAND, A2P-CAMPAIGN, TF-VERIFY",
    fix="readiness",
    applies=SMS,
)
def sms_registered(m: Facts) -> QuerySet[SmsRegistration]:
    """The number's registration with the carriers was not seen in order in the last 24 hours."""
    return SmsRegistration.objects.good(m.at).filter(client=m.client, sender=m.sender)


@require(
    "replies_not_checked",
    effect=WAIT,
    group=Group.SENDERS,
    cites="47 CFR 64.1200(a)(10)",
    applies=SMS,
)
def replies_checked(m: Facts) -> QuerySet[ReplyCheck]:
    """The provider was not asked in the last 15 minutes for what people wrote, so a STOP may be waiting there."""
    return ReplyCheck.objects.good(m.at).filter(client=m.client, provider=m.provider)


@require(
    "no_canary",
    effect=WAIT,
    group=Group.SENDERS,
    cites="CANARY; TW-SIG, SG-SIG",
    fix="canaries",
    applies=PLANNED,
)
def canary_came_through(m: Facts) -> QuerySet[Canary]:
    """No message of this sender to the agency itself came through, its report signed, in the last 30 days."""
    return Canary.objects.good(m.at).filter(client=m.client, sender=m.sender)
