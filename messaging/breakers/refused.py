"""The provider refuses an account or a sender itself: everything that would go on using it is paused at the first refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Q

from campaigns.models import Campaign
from compliance.models import Stop
from messaging.models import Message, Status, Trip
from messaging.models.trip import REFUSED, Scope
from messaging.providers.base import Receipt
from tenants.audit import record as audit
from tenants.models import Sender

# Twilio's codes that speak of the account; what is no code of Twilio's and begins like these does as well.
_ACCOUNT = {"20003", "20005", "20006", "20403"}
_ACCOUNT_WORDS = ("auth", "http_")


def pause(client_id: int, results: Sequence[Receipt]) -> None:
    """Pause what these receipts tell of, inside the client's scope. Told like a breaker that tripped, once for each campaign."""
    fallen = {result.attempt_id: result.code for result in results if result.pause_sender}
    if not fallen:
        return
    rows = Message.objects.filter(attempts__in=list(fallen)).values_list(
        "attempts", "campaign", "sender", "provider"
    )
    seen: dict[tuple[str, int], tuple[str, set[int | None]]] = {}
    for attempt, campaign, sender, provider in rows:
        if attempt in fallen:
            code = fallen[attempt]
            seen.setdefault((provider if of_the_account(code) else "", sender), (code, set()))[1].add(
                campaign
            )
    for (provider, sender), (code, own) in seen.items():
        for campaign in _using(client_id, provider, sender, own - {None}):
            _pause(client_id, campaign, sender, code, whole=bool(provider))


def of_the_account(code: str) -> bool:
    """Whether a code speaks of the whole account, not of one sender."""
    return code in _ACCOUNT or code.startswith(_ACCOUNT_WORDS)


def _using(client_id: int, provider: str, sender: int, own: Collection[int | None]) -> list[int]:
    """Campaigns with something queued for this sender, or for any of the provider's; and those that were refused."""
    senders = Sender.objects.filter(Q(provider=provider) if provider else Q(pk=sender), client=client_id)
    queued = Message.objects.filter(
        client=client_id, campaign=OuterRef("pk"), status=Status.QUEUED, sender__in=senders.values("pk")
    )
    found = Campaign.objects.filter(Q(Exists(queued)) | Q(pk__in=own), client=client_id)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _pause(client_id: int, campaign: int, sender: int, code: str, *, whole: bool) -> None:
    what, look = ("account", "its credentials") if whole else ("sender", "the account and the registration")
    stop, made = Stop.objects.get_or_create(
        client_id=client_id, campaign_id=campaign, ended_at=None,
        defaults={"reason": f"The provider refuses this {what} (code {code}). Check {look}."},
    )  # fmt: skip
    if made:
        Trip.objects.create(
            client_id=client_id, stop=stop, campaign_id=campaign, measure=REFUSED, scope=Scope.SENDER,
            key=str(sender), part=1, whole=1,
        )  # fmt: skip
        audit(
            "campaign.paused_by_provider",
            client_id=client_id,
            what=f"campaigns.Campaign:{campaign}",
            code=code,
        )
