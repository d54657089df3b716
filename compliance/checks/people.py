"""The person: opted out, reachable, of age, consenting, back already."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from campaigns.models import Launch, Step
from compliance.checks.applying import HOLD, SMS, WAIT
from compliance.facts import Facts, Group, forbid, require
from consent.models import ConsentRecord, Contact, ContactPoint, Import, Pause, Suppression, Tier, UnsafeMark
from consent.models.record import EXPRESS_TIERS
from consent.models.suppression import OWN_WISH
from tenants.models import Client, Purpose


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
