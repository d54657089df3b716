"""What a pack is about: a campaign, a person, or everything of a client since a day; and which rows that means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import (
    AdditionRule,
    Approval,
    ApprovalDocument,
    ApprovalRequest,
    AudienceCount,
    Booking,
    Campaign,
    CampaignVersion,
    Comment,
    Cosignature,
    Delegation,
    Launch,
    Loosening,
    LooseningYes,
    Objection,
    SigningRule,
)
from compliance.models import ContentReview, ListCertificate, Stop
from consent.models import (
    AddressPause,
    ConsentRecord,
    Contact,
    ContactPoint,
    Heard,
    Keyword,
    Pause,
    PurposeOptOut,
    SignupWording,
    Suppression,
    Touch,
)
from messaging.evidence import named
from messaging.models import Answer, Attempt, Event, Inbound, Message
from tenants.models import Agreement, Client, Fault, Membership, PostalAddress, Sender, SubProcessor, User

Tables = dict[str, QuerySet[Any]]


@dataclass(frozen=True)
class Subject:
    """One of `campaign`, `contact` or `since` says what it is about."""

    client: Client
    campaign: Campaign | None = None
    contact: Contact | None = None
    since: datetime | None = None

    @property
    def about(self) -> str:
        """In words, without anything personal."""
        if self.campaign is not None:
            return f"Evidence about campaign {self.campaign.pk} of {self.client.name}"
        if self.contact is not None:
            return f"Evidence about contact {self.contact.pk} of {self.client.name}"
        since = f" since {self.since:%Y-%m-%d}" if self.since else ""
        return f"Evidence about {self.client.name}{since}"

    def messages(self) -> QuerySet[Message]:
        """The messages it is about."""
        rows: QuerySet[Message] = Message.objects.filter(client=self.client)
        if self.campaign is not None:
            return rows.filter(campaign=self.campaign)
        if self.contact is not None:
            return rows.filter(contact=self.contact)
        return rows.filter(planned_at__gte=self.since) if self.since else rows

    def to_others(self) -> QuerySet[Message]:
        """Messages to others at one person's addresses, as in a household: they counted for how often; whose they were is not told."""
        rows: QuerySet[Message] = Message.objects.filter(client=self.client)
        if self.contact is None:
            return rows.none()
        return rows.filter(address__in=named.addresses_of(self.contact)).exclude(contact=self.contact)

    def tables(self) -> Tables:
        """Every table of the pack: its name and its rows."""
        messages, own = self.messages(), {"client": self.client}
        people: QuerySet[Any] = messages.values("contact")
        addresses: QuerySet[Any] | None = messages.values("address")
        if self.contact is not None:
            people, addresses = (
                Contact.objects.filter(pk=self.contact.pk).values("pk"),
                named.addresses_of(self.contact),
            )
        campaigns = (
            Campaign.objects.filter(pk=self.campaign.pk)
            if self.campaign
            else Campaign.objects.filter(pk__in=messages.values("campaign"))
        )
        if self.campaign is None and self.contact is None:
            campaigns = Campaign.objects.filter(**own)
            people, addresses = Contact.objects.filter(**own).values("pk"), None
        of_campaigns = {**own, "campaign__in": campaigns.values("pk")}
        at_addresses = {**own, "address__in": addresses} if addresses is not None else own
        approvals = Approval.objects.filter(**of_campaigns)
        members = Membership.objects.ever_of_client(self.client)
        return {
            "clients": Client.objects.filter(pk=self.client.pk),
            "users": User.objects.filter(pk__in=members.values("user")),
            "members": members,
            "campaigns": campaigns,
            "versions": CampaignVersion.objects.filter(**of_campaigns),
            "approval_requests": ApprovalRequest.objects.filter(**of_campaigns),
            "approvals": approvals,
            "cosignatures": Cosignature.objects.filter(**of_campaigns),
            "signing_rules": SigningRule.objects.filter(**own),
            "addition_rules": AdditionRule.objects.filter(**own),
            "wishes_for_fewer_signatures": Loosening.objects.filter(**own),
            "agreed_to_fewer_signatures": LooseningYes.objects.filter(**own),
            "delegations": Delegation.objects.filter(**own),
            "approval_documents": ApprovalDocument.objects.filter(approval__in=approvals.values("pk")),
            "objections": Objection.objects.filter(**of_campaigns),
            "comments": Comment.objects.filter(**of_campaigns),
            "audience_counts": AudienceCount.objects.filter(**of_campaigns),
            "content_reviews": ContentReview.objects.filter(**of_campaigns),
            "launches": Launch.objects.filter(**of_campaigns),
            "stops": Stop.objects.filter(Q(campaign=None) | Q(campaign__in=campaigns.values("pk")), **own),
            "contacts": Contact.objects.filter(pk__in=people),
            "contact_points": ContactPoint.objects.filter(contact__in=people),
            "consents": ConsentRecord.objects.filter(contact__in=people),
            "suppressions": Suppression.objects.filter(**at_addresses),
            "opt_outs_of_a_purpose": PurposeOptOut.objects.filter(**at_addresses),
            "bookings": Booking.objects.filter(contact__in=people),
            "pauses": Pause.objects.filter(contact__in=people),
            "pauses_of_addresses": AddressPause.objects.filter(**at_addresses),
            "messages": messages,
            "attempts": Attempt.objects.filter(message__in=messages.values("pk")),
            "provider_events": Event.objects.filter(message__in=messages.values("pk")),
            "replies": self._replies(messages, people),
            "answers_by_hand": Answer.objects.filter(message__in=messages.values("pk")),
            "heard": Heard.objects.filter(**at_addresses),
            "keywords": Keyword.objects.filter(**own),
            "sign_up_wordings": SignupWording.objects.filter(**own),
            "touches": Touch.objects.filter(**at_addresses),
            "agreements": Agreement.objects.filter(**own),
            "sub_processors": SubProcessor.objects.filter(**own),
            "certificates_of_opt_outs": ListCertificate.objects.filter(**own),
            "senders": Sender.objects.filter(**own),
            "faults": Fault.objects.filter(**own),
            "postal_addresses": PostalAddress.objects.filter(**own),
        }

    def _replies(self, messages: QuerySet[Message], people: QuerySet[Any]) -> QuerySet[Inbound]:
        rows: QuerySet[Inbound] = Inbound.objects.filter(
            Q(message__in=messages.values("pk")) | Q(contact__in=people)
        )
        if self.contact is not None:  # somebody else may have answered from the same number
            rows = rows.filter(Q(contact=None) | Q(contact=self.contact))
        return rows

    def events(self) -> tuple[str, list[Any]]:
        """A condition on the audit events `e` it is about, and its parameters."""
        if self.contact is not None:
            return "e.what = ANY(%s)", [named.of_person(self.contact)]
        if self.campaign is not None:
            statement, given = named.of_campaign(self.campaign).query.sql_with_params()
            return f"e.what IN ({statement})", list(given)
        return ("e.at >= %s", [self.since]) if self.since else ("true", [])
