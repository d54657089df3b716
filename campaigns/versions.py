"""Freezing a campaign: what is approved and sent is rendered from a version, never from the live draft."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from campaigns.fingerprint import refresh, signed_content
from campaigns.mail_layout import BadMarkup, check_links
from campaigns.merge_fields import BadField, pieces
from campaigns.models import Campaign, CampaignVersion, Step
from campaigns.rendering import practice_values
from campaigns.wordings import every, named
from tenants.models import Channel, User


class NotReady(ValueError):
    """The campaign cannot be laid before anybody; the message says what is missing."""


def freeze(campaign: Campaign, by: User | None) -> CampaignVersion:
    """The version of the campaign as it stands: the one there is, when nothing changed. Raises NotReady."""
    held = Campaign.objects.select_for_update(of=("self",)).select_related("client", "location")
    locked = held.get(pk=campaign.pk)
    content = signed_content(locked)
    if problem := problems(content):
        raise NotReady(problem[0])
    _keep_needs(locked, content)
    fingerprint = refresh(locked)
    campaign.fingerprint = fingerprint
    versions = CampaignVersion.objects.filter(campaign=locked)
    same: CampaignVersion | None = versions.filter(fingerprint=fingerprint).order_by("number").first()
    if same is not None:
        return same
    last = versions.aggregate(last=Max("number"))["last"] or 0
    made: CampaignVersion = CampaignVersion.objects.create(
        client_id=locked.client_id,
        campaign=locked,
        number=last + 1,
        fingerprint=fingerprint,
        content=content,
        frozen_by=by,
    )
    return made


def _keep_needs(campaign: Campaign, content: dict[str, Any]) -> None:
    """The gate reads each step's `needs`; they follow the words however those were written."""
    needs = {step["position"]: step["needs"] for step in content["steps"]}
    steps = list(Step.objects.filter(campaign=campaign))
    changed = [step for step in steps if step.needs != needs[step.position]]
    for step in changed:
        step.needs = needs[step.position]
    Step.objects.bulk_update(changed, ["needs"])


def problems(content: dict[str, Any]) -> list[str]:
    """Why a content cannot be rendered for anybody, as sentences; empty when it can."""
    steps, brand = content["steps"], content["brand"]
    if not steps:
        return ["The campaign has no message yet. Add a step first."]
    known, found = practice_values(brand), []
    for letter, step in (each for one in steps for each in every(one)):
        where = f"Step {step['position']}{named(letter)}: "
        if not step["body"].strip():
            found.append(where + "there are no words yet.")
        if step["channel"] == Channel.EMAIL and not step["subject"].strip():
            found.append(where + "the mail has no subject.")
        try:
            if step["channel"] == Channel.EMAIL:
                check_links(step["body"])
            used = [name for _, name in pieces(step["subject"]) + pieces(step["body"]) if name in known]
        except (BadField, BadMarkup) as bad:
            found.append(where + bad.says)
            continue
        found += [
            f"{where}the words use {name.replace('_', ' ')}, and the practice has none. Add it in Settings."
            for name in dict.fromkeys(used)
            if not known[name]
        ]
    return found
