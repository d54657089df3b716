"""Whom a campaign addresses, as rows the gate can judge: people × steps, in the columns of compliance.facts.FACTS."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.lookups import LessThan

from campaigns.models import Campaign, CampaignVersion, Step
from consent.models import ConsentRecord, Contact, ContactPoint
from tenants.clock import db_now

# The output of constant columns.
TEXT: CharField[str, str] = CharField()
MOST_MONTHS = 60  # of an evergreen rule
GREETED_WITHIN = timedelta(days=2)  # of the yes; later it would be no welcome


def people(campaign: Campaign) -> QuerySet[Contact]:
    """The contacts the audience rule names, reachable or not. Of a standing welcome nobody: whom it is for, nobody knows yet."""
    rows: QuerySet[Contact] = Contact.objects.filter(
        _rule(campaign, ""), client=campaign.client_id, merged_into=None
    )
    return rows


def subjects(step: Step, start: datetime, version: CampaignVersion | None = None) -> QuerySet[ContactPoint]:
    """Everyone the step would go to, one row a contact point of its channel, judged as if it fell due as planned.

    `start`: when the campaign is (or would be) launched. `version`: the frozen version once there is one; a draft has none.
    """
    return _addressed(step, start, version, _rule(step.campaign, "contact__"))


def newcomers(
    step: Step, launched_at: datetime, at: datetime, version: CampaignVersion
) -> QuerySet[ContactPoint]:
    """Whom a step of a standing welcome is for at `at`: who became known after the launch, one by one, and lately said yes to
    messages of this purpose at this address. Nobody of an imported list: whoever brings one writes to it by a campaign."""
    yes = ConsentRecord.objects.in_force(at).filter(
        client=OuterRef("client"),
        contact=OuterRef("contact"),
        address=OuterRef("address"),
        purpose=step.campaign.purpose,
        recorded_at__gt=max(launched_at, at - GREETED_WITHIN),
    )
    new = Q(contact__created_at__gt=launched_at, contact__made_by_import=None)
    return _addressed(step, at, version, matching(step.campaign, "contact__") & new & Q(Exists(yes)))


def first_yes(
    step: Step, launched_at: datetime, at: datetime, version: CampaignVersion
) -> QuerySet[ContactPoint]:
    """Whom a standing welcome that greets known people too is for at `at`: who lately said yes, as was written down singly, to
    messages of this purpose at this address, and never before. A yes told with a list, or long after it was given, is none."""
    begin = max(launched_at, at - GREETED_WITHIN)
    told = ConsentRecord.objects.dated().filter(
        client=OuterRef("client"), contact=OuterRef("contact"), address=OuterRef("address"), purpose=step.campaign.purpose,
    )  # fmt: skip
    yes = told.in_force(at).filter(recorded_at__gt=begin, since__gt=begin)
    before = told.filter(Q(recorded_at__lte=begin) | Q(since__lte=begin))
    return _addressed(
        step, at, version, matching(step.campaign, "contact__") & Q(Exists(yes), ~Exists(before))
    )


def _addressed(
    step: Step, start: datetime, version: CampaignVersion | None, whom: Q
) -> QuerySet[ContactPoint]:
    campaign, sender = step.campaign, step.sender
    constants: dict[str, Any] = {
        "campaign": Value(campaign.pk),
        "campaign_version": Value(version.pk if version else None, output_field=ContactPoint._meta.pk),
        "step": Value(step.pk),
        "confirms": Value(None, output_field=ContactPoint._meta.pk),
        "purpose": Value(campaign.purpose, output_field=TEXT),
        "sender": Value(sender.pk),
        "sender_domain": Value(sender.domain, output_field=TEXT),
        "provider": Value(sender.provider, output_field=TEXT),
        "fingerprint": Value(version.fingerprint if version else campaign.fingerprint, output_field=TEXT),
        "due_at": Value(due_at(step, start), output_field=DateTimeField()),
    }
    return ContactPoint.objects.filter(
        whom, client=campaign.client_id, channel=step.channel, ended_at=None
    ).annotate(
        **constants,
        location=F("contact__location"),
        household=F("contact__household"),
        window_key=F("contact__window_key"),
    )


def open_steps(contact: Contact, addresses: Mapping[str, int], at: datetime, also: Q) -> QuerySet[Step]:
    """The other way round, for one person: the steps meant for them (and `also` these), as rows the gate can judge as if
    due at `at`. `addresses`: where each channel would reach them; steps of other channels are left out."""
    rows: QuerySet[Step] = Step.objects.filter(
        _meant_for(contact, at) | also,
        client=contact.client_id,
        channel__in=addresses,
        campaign__archived_at=None,
    ).annotate(
        campaign_version=Value(None, output_field=ContactPoint._meta.pk),
        confirms=Value(None, output_field=ContactPoint._meta.pk),
        step=F("pk"),
        purpose=F("campaign__purpose"),
        sender_domain=F("sender__domain"),
        provider=F("sender__provider"),
        fingerprint=F("campaign__fingerprint"),
        due_at=Value(at, output_field=DateTimeField()),
        contact=Value(contact.pk),
        address=Case(
            *[When(channel=channel, then=Value(address)) for channel, address in addresses.items()],
            output_field=BigIntegerField(),
        ),
        location=Value(contact.location_id, output_field=ContactPoint._meta.pk),
        household=Value(contact.household),
        window_key=Value(contact.window_key, output_field=TEXT),
    )
    return rows


def due_at(step: Step, start: datetime) -> datetime:
    """When a step falls due: at the launch (or on the campaign's first day, client's time), plus its delay."""
    campaign = step.campaign
    begin = start
    if campaign.starts_on is not None:
        zone = ZoneInfo(campaign.client.time_zone)
        first = datetime.combine(campaign.starts_on, time(0, 0), tzinfo=zone).astimezone(UTC)
        begin = max(start, first)
    return begin + timedelta(days=step.delay_days)


def visit_before(campaign: Campaign) -> date | None:
    """The day before which the last visit must lie: as written, or of an evergreen rule so many months before today."""
    if campaign.lapsed_months is None:
        return campaign.last_visit_before
    today = db_now().astimezone(ZoneInfo(campaign.client.time_zone)).date()
    return months_before(today, campaign.lapsed_months)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def matching_now(campaign: Campaign, to_contact: str = "") -> Q:
    """`matching` of a campaign, an evergreen rule as of today."""
    rule = matching(campaign, to_contact)
    if campaign.lapsed_months is not None:
        rule &= Q(**{f"{to_contact}last_visit__lt": visit_before(campaign)})
    return rule


def _rule(campaign: Campaign, to_contact: str) -> Q:
    rule = matching_now(campaign, to_contact)
    return rule & Q(**{f"{to_contact}pk__lt": 0}) if campaign.greets else rule


class Rule(Protocol):
    """What a campaign and a saved audience both say of whom they mean."""

    @property
    def last_visit_before(self) -> date | None: ...
    @property
    def last_visit_after(self) -> date | None: ...
    @property
    def segments(self) -> Sequence[str]: ...
    @property
    def location_id(self) -> int | None: ...


def matching(campaign: Rule, to_contact: str = "") -> Q:
    """The rule as a condition on contacts, or on rows that lead to one."""
    rule = Q()
    if campaign.last_visit_before is not None:
        rule &= Q(**{f"{to_contact}last_visit__lt": campaign.last_visit_before})
    if campaign.last_visit_after is not None:
        rule &= Q(**{f"{to_contact}last_visit__gte": campaign.last_visit_after})
    if campaign.segments:
        rule &= Q(**{f"{to_contact}segment__in": campaign.segments})
    if campaign.location_id is not None:
        rule &= Q(**{f"{to_contact}location": campaign.location_id})
    return rule


def _lapsed(contact: Contact, at: datetime) -> Q:
    """Evergreen rules that the contact's last visit meets on the client's day at `at`. PostgreSQL reckons: the query is written
    once and asked with other people and days (compliance/compiled.py)."""
    never = Q(campaign__lapsed_months=None)
    if contact.last_visit is None:
        return never
    day = Cast(
        Func(F("campaign__client__time_zone"), Value(at, output_field=DateTimeField()), function="timezone"),
        DateField(),
    )
    since = Func(
        day, F("campaign__lapsed_months"), template="(%(expressions)s))", arg_joiner=" - make_interval(months => ",
        output_field=DateTimeField(),
    )  # fmt: skip
    return never | Q(LessThan(Value(contact.last_visit, output_field=DateField()), since))


def _meant_for(contact: Contact, at: datetime) -> Q:
    """`matching` asked of the campaigns of one contact."""
    seen = contact.last_visit
    before = Q(campaign__last_visit_before=None) | (
        Q(campaign__last_visit_before__gt=seen) if seen else Q(pk=None)
    )
    after = Q(campaign__last_visit_after=None) | (
        Q(campaign__last_visit_after__lte=seen) if seen else Q(pk=None)
    )
    segments = Q(campaign__segments=[]) | Q(campaign__segments__contains=[contact.segment])
    return (
        Q(campaign__greets=False)
        & before
        & _lapsed(contact, at)
        & after
        & segments
        & (Q(campaign__location=None) | Q(campaign__location=contact.location_id))
    )
