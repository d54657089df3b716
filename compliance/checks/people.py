"""The person: opted out, reachable, of age, consenting, back already."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate

from campaigns.models import Launch, Step
from compliance.checks.applying import BY_HAND, CONFIRMS_NOTHING, EMAIL, HOLD, PLANNED, SMS, WAIT, may_be_in
from compliance.facts import Facts, Group, forbid, require
from compliance.own_rows import Own
from consent.models import (
    AddressPause,
    ConsentRecord,
    Contact,
    ContactPoint,
    Heard,
    Import,
    Pause,
    PurposeOptOut,
    Suppression,
    Tier,
    UnsafeMark,
)
from consent.models.record import EXPRESS_TIERS
from consent.models.suppression import OWN_WISH
from tenants.models import Channel, Client, Purpose
from tenants.models.base import in_force

CONSENT_LASTS = timedelta(days=1096)  # 36 months without a visit (house rule CONSENT-AGE)
KNOWN_LASTS = timedelta(days=548)  # 18 months: an established relationship (47 CFR 64.1200(f)(5))
ANSWER_WITHIN = timedelta(hours=24)
NOBODYS = ("role", "disposable")
THE_PERSON = Own(Contact, lambda m: Q(pk=m.contact), via="contact")
THE_POINT = Own(ContactPoint, lambda m: Q(contact=m.contact, address=m.address))


@forbid(
    "opted_out",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="15 USC 7704(a)(4); 47 CFR 64.1200(a)(10), (d)(3)",
    applies=CONFIRMS_NOTHING,
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


@forbid("opted_out_of_purpose", effect=HOLD, group=Group.PEOPLE, cites="47 CFR 64.1200(a)(10)")
def opted_out_of_purpose(m: Facts) -> QuerySet[PurposeOptOut]:
    """This address wants no more messages of this kind."""
    return PurposeOptOut.objects.in_force(m.at).filter(client=m.client, address=m.address, purpose=m.purpose)


def _left_kind_since_launch(m: Facts, launched_for: Facts) -> QuerySet[PurposeOptOut]:
    launched = Launch.objects.filter(
        client=launched_for.client, campaign=launched_for.campaign, at__lte=OuterRef("since")
    )
    return PurposeOptOut.objects.in_force(m.at).filter(Exists(launched), client=m.client, purpose=m.purpose)


def _left_kind_somewhere(m: Facts) -> QuerySet[ContactPoint]:
    theirs = _left_kind_since_launch(m.inner, m.inner.inner).filter(address=OuterRef("address"))
    return ContactPoint.objects.filter(Exists(theirs), client=m.client, contact=m.contact)


@forbid(
    "left_kind", effect=HOLD, group=Group.PEOPLE, cites="47 CFR 64.1200(a)(10)", among=_left_kind_somewhere
)
def left_kind(m: Facts) -> QuerySet[PurposeOptOut]:
    """This person asked for no more of this kind on another channel while this campaign ran, so the rest of it is not sent."""
    theirs = ContactPoint.objects.filter(client=m.inner.client, contact=m.inner.contact).values("address")
    return _left_kind_since_launch(m, m.inner).filter(address__in=theirs).exclude(address=m.address)


@forbid("unsafe_address", effect=HOLD, group=Group.PEOPLE, cites="47 CFR 64.1200(a)(10), (m)")
def unsafe_address(m: Facts) -> QuerySet[UnsafeMark]:
    """This address is unsafe: it belongs to someone else, or its owner complained."""
    return UnsafeMark.objects.in_force(m.at).filter(address=m.address).exclude(reason__in=NOBODYS)


@require("no_address", effect=HOLD, group=Group.PEOPLE, fix="contacts", on=THE_POINT)
def reachable(m: Facts) -> Q:
    """This person has no working address on this channel."""
    return in_force(m.at) & Q(channel=m.channel)


@forbid("doubtful_address", effect=HOLD, group=Group.PEOPLE, cites="list hygiene", applies=EMAIL)
def doubtful_address(m: Facts) -> QuerySet[UnsafeMark]:
    """This mail address is nobody's own: a shared box as in info@, or made to be thrown away."""
    return UnsafeMark.objects.in_force(m.at).filter(address=m.address, reason__in=NOBODYS)


@forbid("deceased", effect=HOLD, group=Group.PEOPLE, on=THE_PERSON)
def deceased(m: Facts) -> Q:  # noqa: ARG001
    """This person has died."""
    return Q(deceased=True)


def _minors(m: Facts) -> QuerySet[Contact]:
    rows: QuerySet[Contact] = Contact.objects.filter(client=m.client, pk=m.contact, adult_from__gt=m.at)
    return rows


@forbid("minor", effect=HOLD, group=Group.PEOPLE, cites="SENSITIVE-LINES", fix="contacts", among=_minors)
def minor(m: Facts) -> QuerySet[Contact]:
    """This person is a minor, and this is no address of a guardian on record."""
    guardians = ContactPoint.objects.in_force(m.inner.at).filter(
        client=m.inner.client, contact=OuterRef("guardian"), address=m.inner.address
    )
    return _minors(m).filter(~Exists(guardians))


def _launched(m: Facts) -> QuerySet[Launch]:
    launches = Launch.objects.filter(client=m.client, campaign=m.campaign, at__lte=m.at)
    rows: QuerySet[Launch] = launches.exclude(campaign__purpose=Purpose.CARE)
    return rows


@forbid("came_back", effect=HOLD, group=Group.PEOPLE, cites="stop when the aim is reached", on=THE_PERSON)
def came_back(m: Facts) -> Q:
    """This person has visited since the campaign was launched, so nothing more of it is sent."""
    launched = _launched(m.inner).order_by("-at").values("at__date")[:1]
    return Q(last_visit__gt=Subquery(launched))


@forbid("paused_person", effect=WAIT, group=Group.PEOPLE, fix="inbox", applies=PLANNED)
def paused_person(m: Facts) -> QuerySet[Pause]:
    """This person wrote something that a member should read first."""
    return Pause.objects.in_force(m.at).filter(client=m.client, contact=m.contact)


def _any_open_import(m: Facts) -> QuerySet[Import]:
    rows: QuerySet[Import] = Import.objects.filter(client=m.client).exclude(state=Import.State.DONE)
    return rows


@forbid("unread_reply", effect=WAIT, group=Group.PEOPLE, fix="inbox", applies=PLANNED)
def unread_reply(m: Facts) -> QuerySet[AddressPause]:
    """Somebody wrote from this address, and a member should read it first."""
    return AddressPause.objects.in_force(m.at).filter(client=m.client, address=m.address)


@forbid("list_not_ready", effect=WAIT, group=Group.PEOPLE, fix="imports", among=_any_open_import)
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
    applies=SMS & PLANNED,
)
def consented(m: Facts) -> QuerySet[ConsentRecord]:
    """No consent on record that is enough for a text with this purpose."""
    enough = (
        Q(tier=Tier.WRITTEN)
        | Q(tier__in=EXPRESS_TIERS, purpose=Purpose.CARE)
        # A recall without a signature is for somebody whom the practice treated (TCPA-CONSENT-TIER).
        | Q(tier__in=EXPRESS_TIERS, purpose=Purpose.RECALL, client__covered=Client.Covered.COVERED)
        & Q(contact__last_visit__isnull=False)
    )
    return ConsentRecord.objects.in_force(m.at).filter(
        enough, client=m.client, address=m.address, contact=m.contact, purpose=m.purpose
    )


@require(
    "unasked",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="FCC 2015 order, paras. 103-106; ANSWER-WINDOW",
    fix="inbox",
    applies=BY_HAND,
)
def asked(m: Facts) -> QuerySet[Heard]:
    """Nobody wrote from this address in the last 24 hours, so this would be no answer."""
    rows: QuerySet[Heard] = Heard.objects.filter(
        client=m.client, address=m.address, channel=m.channel, at__gt=m.at - ANSWER_WITHIN, at__lte=m.at
    )
    return rows


def _old_or_undated(m: Facts) -> Q:
    return Q(since__lt=m.at - CONSENT_LASTS) | Q(method=ConsentRecord.Method.IMPORTED)


def _old(m: Facts) -> QuerySet[ConsentRecord]:
    rows = ConsentRecord.objects.in_force(m.at).filter(
        Q(contact__last_visit=None) | Q(contact__last_visit__lt=TruncDate(m.at - CONSENT_LASTS)),
        _old_or_undated(m),
        channel=Channel.SMS,
    )
    found: QuerySet[ConsentRecord] = rows.filter(
        client=m.client, contact=m.contact, address=m.address, purpose=m.purpose
    )
    return found


def _anybodys_old(m: Facts) -> QuerySet[ConsentRecord]:
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.filter(
        _old_or_undated(m), client=m.client, channel=Channel.SMS
    )
    return rows


@forbid(
    "consent_too_old",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="CONSENT-AGE",
    fix="contacts",
    applies=SMS & PLANNED,
    among=_anybodys_old,
)
def consent_fresh(m: Facts) -> QuerySet[ConsentRecord]:
    """This person's consent is older than 36 months or imported without its day, and they were not seen in that time."""
    fresh = ConsentRecord.objects.in_force(m.inner.at).dated().filter(
        client=OuterRef("client"), contact=OuterRef("contact"), address=OuterRef("address"), purpose=OuterRef("purpose"),
        since__gte=m.inner.at - CONSENT_LASTS,
    )  # fmt: skip
    return _old(m).filter(~Exists(fresh))


@forbid(
    "texas_in_writing",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="Tex. Bus. & Com. 302; STATE-TX-REG",
    fix="contacts",
    applies=SMS & Q(purpose=Purpose.RECALL) & may_be_in("TX"),
)
def texas_in_writing(m: Facts) -> QuerySet[ConsentRecord]:
    """In Texas a recall without signed consent needs a registration, and none is on record."""
    signed = ConsentRecord.objects.in_force(m.inner.at).filter(
        Q(purpose=OuterRef("purpose")) | Q(purpose=Purpose.MARKETING),
        client=OuterRef("client"), contact=OuterRef("contact"), address=OuterRef("address"), tier=Tier.WRITTEN,
    )  # fmt: skip
    rows: QuerySet[ConsentRecord] = ConsentRecord.objects.in_force(m.at).filter(
        ~Exists(signed), client=m.client, contact=m.contact, address=m.address, purpose=m.purpose
    )
    return rows


@require(
    "health_policy_missing",
    effect=WAIT,
    group=Group.PEOPLE,
    cites="RCW 19.373; Nev. SB 370; MHMDA",
    fix="settings",
    applies=may_be_in("WA", "NV"),
)
def health_law_answered(m: Facts) -> QuerySet[Client]:
    """Washington and Nevada ask a client outside HIPAA for a health data policy, and none is named."""
    return Client.objects.filter(~Q(health_policy="") | ~Q(covered=Client.Covered.NOT_COVERED), pk=m.client)


@require("missing_words", effect=WAIT, group=Group.PEOPLE, fix="campaign", applies=PLANNED, on=THE_PERSON)
def words_complete(m: Facts) -> Q:
    """A merge field used in the words is empty for this person."""
    needs = Step.objects.filter(client=m.inner.client, pk=m.inner.step).values("needs")
    return Q(filled__contains=Subquery(needs))
