"""How the sealed record names what belongs to a person or a campaign, as `app.Model:id`: each asked for in one statement."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from campaigns.models import (
    Approval,
    ApprovalRequest,
    Booking,
    Campaign,
    CampaignVersion,
    Comment,
    Cosignature,
    Launch,
    Objection,
    Step,
)
from compliance.models import CampaignStatement, Stop
from consent.models import (
    ConsentRecord,
    Contact,
    ContactPoint,
    Merge,
    Pause,
    PurposeOptOut,
    Suppression,
)
from messaging.models import Certificate, EvidencePack, Inbound, LegalHold, Message, Picture

Rows = QuerySet[Any]
SIGNING: tuple[Any, ...] = (ApprovalRequest, Approval, Cosignature, Objection)
OF_CAMPAIGN: tuple[Any, ...] = (
    *SIGNING, Comment, Launch, CampaignVersion, Step, Stop, CampaignStatement, Message, EvidencePack, LegalHold,
)  # fmt: skip
OF_PERSON: tuple[Any, ...] = (ConsentRecord, Inbound, Booking, Pause, EvidencePack, LegalHold)
# Told by a number, without a key: they must not go with a campaign, or lie in a room to its left.
OPT_OUTS: tuple[Any, ...] = (Suppression, PurposeOptOut)


def addresses_of(contact: Contact) -> Rows:
    """The addresses on a person's page, now or once, and those that messages to them went to: all that is left of one who was erased."""
    points: Rows = ContactPoint.objects.filter(contact=contact).order_by().values("address")
    return points.union(Message.objects.filter(contact=contact).order_by().values("address"))


def of_person(contact: Contact) -> list[str]:
    """Whatever is about one person, and the approvals of what they were sent. Of others at the same address nothing but the opt-outs.

    One list and no condition, so that the index of the record is used.
    """
    also: Rows = Contact.objects.filter(Q(pk=contact.pk) | Q(merged_into=contact))  # their former record
    theirs, addresses = also.values("pk"), addresses_of(contact)
    sent = Message.objects.filter(contact__in=theirs)
    rows: list[Rows] = [
        also,
        sent,
        *(kind.objects.filter(contact__in=theirs) for kind in OF_PERSON),
        *(kind.objects.filter(client=contact.client_id, address__in=addresses) for kind in OPT_OUTS),
        Picture.objects.filter(reply__contact__in=theirs),
        Merge.objects.filter(Q(kept__in=theirs) | Q(gone__in=theirs)),
        Certificate.objects.filter(client=contact.client_id, contact_id__in=theirs),
        *(kind.objects.filter(campaign__in=sent.values("campaign")) for kind in SIGNING),
    ]  # fmt: skip
    return [name for (name,) in _together(rows)]


def of_campaign(campaign: Campaign) -> Rows:
    """Whatever is about a campaign, its messages, the answers to them and who left because of it."""
    rows: list[Rows] = [
        Campaign.objects.filter(pk=campaign.pk),
        *(kind.objects.filter(campaign=campaign) for kind in OF_CAMPAIGN),
        *(kind.objects.filter(client=campaign.client_id, campaign_id=campaign.pk) for kind in OPT_OUTS),
        Inbound.objects.filter(message__campaign=campaign),
    ]
    return _together(rows)


def _together(rows: list[Rows]) -> Rows:
    named = [
        each.order_by().values_list(
            Concat(Value(f"{each.model._meta.label}:"), Cast(F("pk"), TextField()), output_field=TextField())
        )
        for each in rows
    ]
    return named[0].union(*named[1:], all=True)
