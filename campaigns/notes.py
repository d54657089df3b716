"""Notes on a campaign, and who at the agency looks after it."""

from __future__ import annotations

from django.db.models import QuerySet

from campaigns.models import Campaign, CampaignNote
from tenants import audit
from tenants.models import Client, Membership, User
from tenants.models.member import AGENCY_ROLES

LONGEST = 2000
MOST = 100  # of a campaign


class CannotNote(Exception):
    """Nothing was noted; the message is a sentence for the person who tried."""


def of(campaign: Campaign) -> QuerySet[CampaignNote]:
    """The newest first."""
    rows: QuerySet[CampaignNote] = CampaignNote.objects.filter(campaign=campaign).select_related("by")
    return rows.order_by("-pk")


def members(client: Client) -> list[User]:
    """Who can look after its campaigns: the agency's people who can open this client, by name."""
    rows = Membership.objects.of_client(client).filter(role__in=AGENCY_ROLES, user__is_active=True)
    return list(User.objects.filter(pk__in=rows.values("user")).order_by("name", "pk"))


def add(campaign: Campaign, words: str, by: User) -> CampaignNote:
    """Raises CannotNote."""
    words = words.strip()
    if not words:
        raise CannotNote("Write the note first.")
    if len(words) > LONGEST:
        raise CannotNote(f"A note has at most {LONGEST:,} characters.")
    if CampaignNote.objects.filter(campaign=campaign).count() >= MOST:
        raise CannotNote(f"A campaign has at most {MOST} notes. Take one away first.")
    made: CampaignNote = CampaignNote.objects.create(
        client_id=campaign.client_id, campaign=campaign, by=by, words=words
    )
    audit.record("campaign.noted", campaign, client_id=campaign.client_id, by=by, note=made.pk)
    return made


def give_to(campaign: Campaign, who: User | None, by: User) -> None:
    """Let somebody look after it, or nobody. Not content: no approval is touched."""
    if campaign.assignee_id == (who.pk if who else None):
        return
    Campaign.objects.filter(pk=campaign.pk).update(assignee=who)
    audit.record(
        "campaign.assigned", campaign, client_id=campaign.client_id, by=by, to=who.pk if who else None
    )
