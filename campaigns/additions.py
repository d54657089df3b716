"""A message added to a signed campaign, where the client chose to sign only that (docs/approval.md).

The new approval is of the whole again, one fingerprint and one expression for the gate; what was read and signed now is
the addition, and the rest rests on the earlier approval: it must be in force, and it is never made to last longer.
"""

from __future__ import annotations

from typing import Any

from campaigns import wording
from campaigns.models import AdditionRule, Approval, ApprovalRequest
from tenants.clock import db_now
from tenants.models import Client

STATEMENT_VERSION = "2026-1-added"
STATEMENT = (
    "I am authorized to approve messages sent in the name of {practice}. I have read what was added to this campaign, "
    "{added}, as it will look, to how many people it goes, when, and from which number or address. The rest stands "
    "unchanged as {signer} approved it on {day} (approval {number}). I approve exactly this. I agree to sign "
    "electronically, and I know that I can withdraw this approval at any time."
)


def rule_of(client: Client) -> AdditionRule | None:
    """What the client chose; None: everything is signed again."""
    found: AdditionRule | None = AdditionRule.objects.filter(client=client).order_by("-pk").first()
    return found


def rests_on(request: ApprovalRequest) -> Approval | None:
    """The approval in force that this request only adds messages to; None where everything must be signed.

    It must have been for the same audience, hours, payer and sender's facts, its messages must stand first and unchanged, and the
    audience may have grown by no more than the tenth that an approval covers.
    """
    chosen = rule_of(request.client)
    if chosen is None or not chosen.only_added:
        return None
    earlier = (
        Approval.objects.in_force(db_now())
        .filter(campaign=request.campaign_id, version__number__lt=request.version.number)
        .select_related("version", "count", "request")
        .order_by("-pk")
    )
    last: Approval | None = earlier.first()
    if last is None or not _only_adds(last.version.content, request.version.content):
        return None
    if last.request.paid_by_others != request.paid_by_others:
        return None
    return last if request.count.people * 10 <= last.count.people * 11 else None


def added(request: ApprovalRequest, base: Approval) -> list[int]:
    """The places of the messages that are new since `base`."""
    return [
        step["position"] for step in request.version.content["steps"][len(base.version.content["steps"]) :]
    ]


def statement_for(request: ApprovalRequest, base: Approval) -> str:
    """The statement that is ticked for an addition."""
    new = added(request, base)
    return STATEMENT.format(
        practice=request.client.legal_name or request.client.name,
        added=f"message {new[0]}" if len(new) == 1 else f"messages {new[0]} to {new[-1]}",
        signer=base.typed_name,
        day=wording.day_there(base.since, request.client),
        number=base.pk,
    )


def _only_adds(before: dict[str, Any], after: dict[str, Any]) -> bool:
    old, new = before["steps"], after["steps"]
    rest = {key: value for key, value in after.items() if key != "steps"}
    same = rest == {key: value for key, value in before.items() if key != "steps"}
    return same and len(new) > len(old) and new[: len(old)] == old
