"""The policy: every check of the gate, in order. Reads top to bottom like a contract.

Each check returns the rows that decide it. Inside EXISTS it is a condition for a million people; run with one
person's values it is the evidence. There is no second statement of any rule.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from campaigns.models import Approval, Launch, Step
from compliance.facts import Check, Effect, Facts, Group, forbid, require
from compliance.models import (
    ContentReview,
    DomainCheck,
    ListCertificate,
    OwnWindow,
    SendingWindow,
    SmsRegistration,
    Stop,
    StopEverything,
)
from consent.models import (
    ConsentRecord,
    Contact,
    ContactPoint,
    Import,
    Pause,
    Suppression,
    Tier,
    Touch,
    UnsafeMark,
)
from consent.models.record import EXPRESS_TIERS
from consent.models.suppression import OWN_WISH
from tenants.models import Agreement, Channel, Client, PostalAddress, Provider, Purpose, Sender

HOLD, WAIT = Effect.HOLD, Effect.WAIT
# A text waits at the provider: its validity ends five minutes before the window, and must be 15 minutes or more
# (rule TCPA-QUIET-LATENCY).
TEXT_MAY_TAKE = timedelta(minutes=20)
SMS, EMAIL = Q(channel=Channel.SMS), Q(channel=Channel.EMAIL)

# --- the person ------------------------------------------------------------------------------------------------


@forbid(
    "opted_out", effect=HOLD, group=Group.PEOPLE, cites="15 USC 7704(a)(4); 47 CFR 64.1200(a)(10), (d)(3)"
)
def opted_out(m: Facts) -> QuerySet[Suppression]:
    """This address opted out, complained or bounced."""
    return Suppression.objects.in_force(m.at).filter(client=m.client, address=m.address)


def _opted_out_since_launch(m: Facts, launched_for: Facts) -> QuerySet[Suppression]:
    launched = Launch.objects.filter(
        client=launched_for.client, campaign=launched_for.campaign, at__lte=OuterRef("since")
    )
    return Suppression.objects.in_force(m.at).filter(Exists(launched), client=m.client, source__in=OWN_WISH)


def _opted_out_somewhere(m: Facts) -> QuerySet[ContactPoint]:
    theirs = _opted_out_since_launch(m.inner, m.inner.inner).filter(address=OuterRef("address"))
    return ContactPoint.objects.filter(Exists(theirs), client=m.client, contact=m.contact)


@forbid(
    "left_campaign",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(a)(10)",
    among=_opted_out_somewhere,
)
def left_campaign(m: Facts) -> QuerySet[Suppression]:
    """This person opted out on another channel while this campaign ran, so the rest of it is not sent."""
    theirs = ContactPoint.objects.filter(client=m.inner.client, contact=m.inner.contact).values("address")
    return _opted_out_since_launch(m, m.inner).filter(address__in=theirs).exclude(address=m.address)


@forbid("unsafe_address", effect=HOLD, group=Group.PEOPLE, cites="47 CFR 64.1200(a)(10), (m)")
def unsafe_address(m: Facts) -> QuerySet[UnsafeMark]:
    """This address is unsafe: it belongs to someone else, or its owner complained."""
    return UnsafeMark.objects.in_force(m.at).filter(address=m.address)


@require("no_address", effect=HOLD, group=Group.PEOPLE, fix="contacts")
def reachable(m: Facts) -> QuerySet[ContactPoint]:
    """This person has no working address on this channel."""
    return ContactPoint.objects.in_force(m.at).filter(
        client=m.client, contact=m.contact, address=m.address, channel=m.channel
    )


@forbid("deceased", effect=HOLD, group=Group.PEOPLE)
def deceased(m: Facts) -> QuerySet[Contact]:
    """This person has died."""
    rows: QuerySet[Contact] = Contact.objects.filter(client=m.client, pk=m.contact, deceased=True)
    return rows


@forbid("minor", effect=HOLD, group=Group.PEOPLE, cites="SENSITIVE-LINES", fix="contacts")
def minor(m: Facts) -> QuerySet[Contact]:
    """This person is a minor with no guardian on record."""
    rows: QuerySet[Contact] = Contact.objects.filter(
        client=m.client, pk=m.contact, adult_from__gt=m.at, guardian=None
    )
    return rows


@forbid("paused_person", effect=WAIT, group=Group.PEOPLE, fix="inbox")
def paused_person(m: Facts) -> QuerySet[Pause]:
    """This person wrote something that a member should read first."""
    return Pause.objects.in_force(m.at).filter(client=m.client, contact=m.contact)


def _of_an_open_import(m: Facts) -> QuerySet[Contact]:
    open_one = Import.objects.filter(client=m.inner.client, pk=OuterRef("made_by_import")).exclude(
        state=Import.State.DONE
    )
    rows: QuerySet[Contact] = Contact.objects.filter(Exists(open_one), client=m.client, pk=m.contact)
    return rows


@forbid("list_not_ready", effect=WAIT, group=Group.PEOPLE, fix="imports", among=_of_an_open_import)
def list_not_ready(m: Facts) -> QuerySet[Import]:
    """The list this person came with has not been imported to its end."""
    theirs = Contact.objects.filter(client=m.inner.client, pk=m.inner.contact).values("made_by_import")
    rows: QuerySet[Import] = Import.objects.filter(client=m.client, pk__in=theirs).exclude(
        state=Import.State.DONE
    )
    return rows


@require(
    "no_consent",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(a)(1)-(2), (f)(9)",
    fix="contacts",
    applies=SMS,
)
def consented(m: Facts) -> QuerySet[ConsentRecord]:
    """No consent on record that is enough for a text with this purpose."""
    enough = (
        Q(tier=Tier.WRITTEN)
        | Q(tier__in=EXPRESS_TIERS, purpose=Purpose.CARE)
        | Q(tier__in=EXPRESS_TIERS, purpose=Purpose.RECALL, client__covered=Client.Covered.COVERED)
    )
    return ConsentRecord.objects.in_force(m.at).filter(
        enough, client=m.client, address=m.address, contact=m.contact, purpose=m.purpose
    )


@require("missing_words", effect=WAIT, group=Group.PEOPLE, fix="campaign")
def words_complete(m: Facts) -> QuerySet[Contact]:
    """A merge field used in the words is empty for this person."""
    needs = Step.objects.filter(client=m.inner.client, pk=m.inner.step).values("needs")
    rows: QuerySet[Contact] = Contact.objects.filter(
        client=m.client, pk=m.contact, filled__contains=Subquery(needs)
    )
    return rows


# --- the words and the client's yes -----------------------------------------------------------------------------


@require(
    "not_approved",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7001, 7006; APPROVAL-BINDS",
    fix="approval_status",
)
def approved(m: Facts) -> QuerySet[Approval]:
    """The client has not signed exactly this campaign, or the signature ran out or was withdrawn."""
    return Approval.objects.in_force(m.at).filter(
        client=m.client,
        campaign=m.campaign,
        fingerprint=m.fingerprint,
        campaign__fingerprint=F("fingerprint"),
    )


@require(
    "words_not_reviewed",
    effect=WAIT,
    group=Group.WORDS,
    cites="15 USC 7704(a)(3), (5); CTIA M.P. & B.P.",
    fix="campaign",
)
def words_reviewed(m: Facts) -> QuerySet[ContentReview]:
    """The words have not passed the content review: stop line, brand, unsubscribe, offers, health words."""
    rows: QuerySet[ContentReview] = ContentReview.objects.filter(
        client=m.client, campaign=m.campaign, fingerprint=m.fingerprint, passed=True, reviewed_at__lte=m.at
    )
    return rows


# --- the client -------------------------------------------------------------------------------------------------


@require("covered_unset", effect=WAIT, group=Group.CLIENT, cites="45 CFR 160.103", fix="settings")
def covered_answered(m: Facts) -> QuerySet[Client]:
    """Nobody has answered whether HIPAA covers this client."""
    return Client.objects.filter(pk=m.client).exclude(covered=Client.Covered.UNSET)


@require("no_baa", effect=WAIT, group=Group.CLIENT, cites="45 CFR 164.502(e), 164.504(e)", fix="readiness")
def under_baa(m: Facts) -> QuerySet[Client]:
    """No business associate agreement with this client is in force."""
    signed = Agreement.objects.with_client().in_force(m.at).filter(client=m.inner.client)
    return Client.objects.filter(Q(covered=Client.Covered.NOT_COVERED) | Exists(signed), pk=m.client)


@require(
    "provider_not_allowed",
    effect=WAIT,
    group=Group.CLIENT,
    cites="45 CFR 164.308(b), 164.314(a); SG-PHI",
    fix="readiness",
)
def provider_allowed(m: Facts) -> QuerySet[Client]:
    """This provider may not carry this client's data: no agreement with it is on file, or it signs none (SendGrid)."""
    chain = (
        Agreement.objects.in_force(m.at)
        .filter(kind=Agreement.Kind.PROVIDER, client=m.inner.client, provider=m.inner.provider)
        .exclude(provider=Provider.SENDGRID)
    )
    return Client.objects.filter(Q(covered=Client.Covered.NOT_COVERED) | Exists(chain), pk=m.client)


@require(
    "no_postal_address",
    effect=WAIT,
    group=Group.CLIENT,
    cites="15 USC 7704(a)(5); 16 CFR 316.2(p)",
    fix="readiness",
    applies=EMAIL,
)
def has_postal_address(m: Facts) -> QuerySet[PostalAddress]:
    """No postal address of the client is confirmed, and every mail must show one."""
    return PostalAddress.objects.in_force(m.at).filter(client=m.client)


@require(
    "list_not_certified", effect=WAIT, group=Group.CLIENT, cites="CONSENT-IMPORT-OPTOUTS", fix="readiness"
)
def list_certified(m: Facts) -> QuerySet[ListCertificate]:
    """Nobody has certified in the last 30 days, and since the last import, that all past opt-outs are in."""
    newer = Import.objects.filter(
        client=m.inner.client, state=Import.State.DONE, done_at__gt=OuterRef("since"), taken__gt=0
    )
    return ListCertificate.objects.in_force(m.at).filter(~Exists(newer), client=m.client, expires_at__gt=m.at)


# --- the senders ------------------------------------------------------------------------------------------------


@require("sender_purpose", effect=WAIT, group=Group.SENDERS, cites="A2P-USECASE", fix="readiness")
def sender_serves_purpose(m: Facts) -> QuerySet[Sender]:
    """This sender was ended, or is not meant for this purpose."""
    return Sender.objects.in_force(m.at).filter(client=m.client, pk=m.sender, purposes__contains=[m.purpose])


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


# --- stops ------------------------------------------------------------------------------------------------------


@forbid("campaign_stopped", effect=WAIT, group=Group.CLIENT, fix="live")
def campaign_stopped(m: Facts) -> QuerySet[Stop]:
    """This campaign is paused or stopped."""
    return Stop.objects.in_force(m.at).filter(client=m.client, campaign=m.campaign)


@forbid("client_stopped", effect=WAIT, group=Group.CLIENT, fix="readiness")
def client_stopped(m: Facts) -> QuerySet[Stop]:
    """All sending for this client is stopped."""
    return Stop.objects.in_force(m.at).filter(client=m.client, campaign=None)


@forbid("everything_stopped", effect=WAIT, group=Group.CLIENT)
def everything_stopped(m: Facts) -> QuerySet[StopEverything]:
    """All sending is stopped, for every client."""
    return StopEverything.objects.in_force(m.at)


# --- the clock --------------------------------------------------------------------------------------------------


def _next_lawful(m: Facts) -> QuerySet[Any]:
    return (
        SendingWindow.objects.filter(window_key=m.window_key, opens_at__gt=m.when)
        .order_by("opens_at")
        .values("opens_at")[:1]
    )


def _next_own(m: Facts) -> QuerySet[Any]:
    return (
        OwnWindow.objects.filter(client=m.client, window_key=m.window_key, opens_at__gt=m.when)
        .order_by("opens_at")
        .values("opens_at")[:1]
    )


@require(
    "quiet_hours",
    effect=WAIT,
    group=Group.CLOCK,
    cites="47 CFR 64.1200(c)(1); state law",
    applies=SMS,
    opens=_next_lawful,
)
def lawful_hour(m: Facts) -> QuerySet[SendingWindow]:
    """It is outside the hours the law allows where this person may be, or they end too soon for the text to arrive in time."""
    return SendingWindow.objects.open_at(m.when).filter(
        window_key=m.window_key, closes_at__gt=m.when + TEXT_MAY_TAKE
    )


@require(
    "own_hours",
    effect=WAIT,
    group=Group.CLOCK,
    cites="SEND-WINDOW-HOUSE",
    fix="settings",
    applies=SMS,
    opens=_next_own,
)
def own_hour(m: Facts) -> QuerySet[OwnWindow]:
    """It is outside the client's own sending hours where this person may be."""
    return OwnWindow.objects.open_at(m.when).filter(client=m.client, window_key=m.window_key)


def _touches(m: Facts, span: timedelta) -> QuerySet[Touch]:
    rows: QuerySet[Touch] = Touch.objects.filter(
        client=m.client, voided_at=None, at__gt=m.when - span, at__lte=m.when
    )
    return rows


@forbid("one_a_day", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT; STATE-FREQ-24H")
def one_a_day(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel in the last 24 hours."""
    return _touches(m, timedelta(hours=24)).filter(address=m.address, channel=m.channel)


@forbid("three_a_week", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT")
def three_a_week(m: Facts) -> QuerySet[Touch]:
    """This address was contacted on this channel three times in the last seven days."""
    later = _touches(m.inner, timedelta(days=7)).filter(
        address=OuterRef("address"), channel=OuterRef("channel")
    )
    later = later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))).order_by()
    third = Exists(later.order_by("pk")[1:2])
    return _touches(m, timedelta(days=7)).filter(third, address=m.address, channel=m.channel)


def _household_touches(m: Facts) -> QuerySet[Touch]:
    return _touches(m, timedelta(hours=24)).filter(household=m.household)


@forbid("household_today", effect=WAIT, group=Group.CLOCK, cites="FREQ-PRODUCT", among=_household_touches)
def household_today(m: Facts) -> QuerySet[Touch]:
    """Someone in this household was contacted in the last 24 hours."""
    return _household_touches(m).exclude(address=m.address, channel=m.channel)


CHECKS: tuple[Check, ...] = (
    opted_out, left_campaign, unsafe_address, reachable, deceased, minor, consented, words_complete, paused_person, list_not_ready,
    approved, words_reviewed,
    covered_answered, under_baa, provider_allowed, has_postal_address, list_certified,
    sender_serves_purpose, domain_ready, sms_registered,
    campaign_stopped, client_stopped, everything_stopped,
    lawful_hour, own_hour, one_a_day, three_a_week, household_today,
)  # fmt: skip
BY_CODE = {check.code: check for check in CHECKS}
