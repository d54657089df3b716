"""Changing a draft: one editor at a time, nothing launched, and what was asked is void once it differs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from campaigns import asking
from campaigns.fingerprint import refresh
from campaigns.models import Campaign, Launch, ScheduledLaunch, Step
from tenants import audit
from tenants.clock import db_now
from tenants.models import User


class CannotEdit(Exception):
    """Nothing was changed; the message is a sentence for the person who tried."""


class ChangedMeanwhile(CannotEdit):
    """Somebody else saved since this page was opened."""


@dataclass
class Change:
    """An edit in progress. After it: `voided`, whether an open request or a signature no longer fits."""

    campaign: Campaign
    voided: bool = False


def seen_mark(campaign: Campaign) -> str:
    """What a page carries to notice that somebody else saved in between."""
    return campaign.changed_at.isoformat()


def is_locked(campaign: Campaign) -> bool:
    """Whether the campaign was launched: its content stays as it was signed."""
    return bool(Launch.objects.filter(campaign=campaign.pk).exists())


@contextmanager
def change(campaign: Campaign, seen: str | None, by: User) -> Iterator[Change]:
    """Hold the campaign while its content is edited, then bring fingerprint, request and audit in step.

    `seen`: the mark of the page that was edited; None for deeds that cannot overwrite anybody's words.
    Raises CannotEdit (launched, put away) and ChangedMeanwhile.
    """
    with transaction.atomic():
        rows = Campaign.objects.select_for_update(of=("self",)).select_related("client", "location")
        held: Campaign = rows.get(pk=campaign.pk)
        if is_locked(held):
            raise CannotEdit(
                "This campaign was launched, so its content is locked. Copy it into a new one to change it."
            )
        if held.archived_at is not None:
            raise CannotEdit("This campaign was put away. Copy it into a new one to go on with it.")
        if seen is not None and seen != seen_mark(held):
            raise ChangedMeanwhile(
                "Somebody else saved this campaign while you were editing. Nothing of yours was lost: it "
                "still stands below. Compare it with what is saved now, then save again to put yours in "
                "its place."
            )
        before, made = held.fingerprint, Change(held)
        yield made
        held.changed_at = db_now()
        held.save()
        after = refresh(held)
        if after != before:
            made.voided = asking.close_open(held, "replaced")
            audit.record(
                "campaign.edited",
                held,
                client_id=held.client_id,
                by=by,
                voided=made.voided,
                before=before,
                after=after,
            )


def move(step: Step, up: bool) -> None:
    """Swap a step with its neighbour; a step at the end stays. Only inside `change`."""
    others = Step.objects.filter(campaign=step.campaign_id)
    neighbour = (
        others.filter(position__lt=step.position).order_by("-position").first()
        if up
        else others.filter(position__gt=step.position).order_by("position").first()
    )
    if neighbour is None:
        return
    # Delays stay with their place in time, so that a sequence never runs backwards.
    step.position, neighbour.position = neighbour.position, step.position
    step.delay_days, neighbour.delay_days = neighbour.delay_days, step.delay_days
    Step.objects.bulk_update([step, neighbour], ["position", "delay_days"])


def remove(step: Step) -> None:
    """Take a step out and close the gap. Only inside `change`."""
    campaign_id = step.campaign_id
    step.delete()
    left = list(Step.objects.filter(campaign=campaign_id).order_by("position"))
    for position, each in enumerate(left, start=1):
        each.position = position
    Step.objects.bulk_update(left, ["position"])


def next_position(campaign: Campaign) -> int:
    """Where a new step goes: after the last."""
    last = Step.objects.filter(campaign=campaign.pk).aggregate(last=Max("position"))["last"]
    return int(last or 0) + 1


def copy(campaign: Campaign, by: User) -> Campaign:
    """A new draft with the same content; nothing of its approval or its launch comes along."""
    with transaction.atomic():
        made: Campaign = Campaign.objects.create(
            client_id=campaign.client_id,
            name=f"{campaign.name[:112]} (copy)",
            purpose=campaign.purpose,
            last_visit_before=campaign.last_visit_before,
            last_visit_after=campaign.last_visit_after,
            segments=campaign.segments,
            location=campaign.location,
            days_valid=campaign.days_valid,
            greets=campaign.greets,
            greets_known=campaign.greets_known,
            joins=campaign.joins,
            lapsed_months=campaign.lapsed_months,
            hold_out=campaign.hold_out,
            counts_for=campaign.counts_for,
            created_by=by,
        )
        Step.objects.bulk_create(
            Step(
                client_id=campaign.client_id,
                campaign=made,
                position=step.position,
                channel=step.channel,
                sender_id=step.sender_id,
                delay_days=step.delay_days,
                subject=step.subject,
                body=step.body,
                other_subject=step.other_subject,
                other_body=step.other_body,
                spanish_subject=step.spanish_subject,
                spanish_body=step.spanish_body,
                split_seed=secrets.token_hex(16) if step.has_second else "",  # drawn anew
                needs=step.needs,
            )
            for step in Step.objects.filter(campaign=campaign)
        )
        refresh(made)
        audit.record("campaign.copied", made, client_id=made.client_id, by=by, source=campaign.pk)
    return made


def put_away(campaign: Campaign, by: User) -> None:
    """Hide a draft from the list; its open request is taken back. Raises CannotEdit when it was launched."""
    with change(campaign, None, by) as edit:
        edit.campaign.archived_at = db_now()
        asking.close_open(edit.campaign, "withdrawn")
        ScheduledLaunch.objects.filter(campaign=campaign.pk, ended_at=None).update(
            ended_at=db_now(), outcome=ScheduledLaunch.Outcome.CANCELLED
        )
        audit.record("campaign.put_away", edit.campaign, client_id=edit.campaign.client_id, by=by)
