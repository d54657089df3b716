"""Everything the client signs, readable and canonical, and the SHA-256 over it (rule APPROVAL-BINDS)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import phonenumbers
from django.db.models import QuerySet

from campaigns.merge_fields import BadField, parts_needed
from campaigns.models import Campaign, Step
from campaigns.rendering import text_of
from campaigns.spoken import ADVERTISEMENT, said
from tenants.models import Channel, Client, PostalAddress, Purpose

USUAL_DAYS = 10  # business days within which a booking counts, where a campaign says nothing else
FORMAT = 1  # of the content; a change of what it holds raises it and voids what was signed before


def signed_content(campaign: Campaign) -> dict[str, Any]:
    """What a version holds and its fingerprint covers: plain JSON of text and whole numbers.

    Left out on purpose: the campaign's name (an agency's label) and ids of steps (a step is its position).
    """
    steps = Step.objects.filter(campaign=campaign.pk, client=campaign.client_id).select_related("sender")
    return _content(
        campaign, campaign.client, address_line(campaign.client), list(steps.order_by("position"))
    )


def fingerprint_of(content: dict[str, Any]) -> str:
    """Hex SHA-256 of the content in canonical form: sorted keys, no spaces, UTF-8."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def derive(campaign: Campaign) -> str:
    """The fingerprint as the rows stand now, stored nowhere: what the worker compares before a claim."""
    return fingerprint_of(signed_content(campaign))


def refresh(campaign: Campaign) -> str:
    """Store the fingerprint as the rows stand now; call it in the transaction of whatever changed them."""
    campaign.fingerprint = derive(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(fingerprint=campaign.fingerprint)
    return campaign.fingerprint


def refresh_client(client: Client) -> int:
    """After the practice's name, address, hours or a sender changed: every campaign's fingerprint anew.

    Returns how many changed.
    """
    return refresh_all(client, Campaign.objects.filter(archived_at=None))


def refresh_all(client: Client, rows: QuerySet[Campaign]) -> int:
    """Store the fingerprints of these campaigns of one client as the rows stand now; returns how many had changed.

    Three queries whatever the number of campaigns, one more when something changed.
    """
    campaigns = list(rows.filter(client=client).select_related("location"))
    steps: dict[int, list[Step]] = {}
    for step in (
        Step.objects.filter(client=client, campaign__in=campaigns)
        .select_related("sender")
        .order_by("position")
    ):
        steps.setdefault(step.campaign_id, []).append(step)
    address, changed = address_line(client), []
    for campaign in campaigns:
        now = fingerprint_of(_content(campaign, client, address, steps.get(campaign.pk, [])))
        if now != campaign.fingerprint:
            campaign.fingerprint = now
            changed.append(campaign)
    Campaign.objects.bulk_update(changed, ["fingerprint"])
    return len(changed)


def address_line(client: Client) -> str:
    """The practice's postal address in force, on one line; empty when there is none."""
    address = PostalAddress.objects.filter(client=client, ended_at=None).first()
    return str(address) if address else ""


def _content(
    campaign: Campaign, client: Client, postal_address: str, steps: Iterable[Step]
) -> dict[str, Any]:
    location = campaign.location
    return {
        "format": FORMAT,
        "brand": brand_of(client, postal_address),
        "purpose": campaign.purpose,
        "audience": {
            "last_visit_before": campaign.last_visit_before.isoformat() if campaign.last_visit_before else "",
            "last_visit_after": campaign.last_visit_after.isoformat() if campaign.last_visit_after else "",
            "segments": sorted(set(campaign.segments)),
            "location": location.pk if location else 0,
            "location_name": location.name if location else "",
            **({"newcomers": True} if campaign.greets else {}),
            **({"known": True} if campaign.greets_known else {}),
            **({"joins": True, "lapsed_months": campaign.lapsed_months or 0} if campaign.joins else {}),
        },
        "schedule": {
            "starts_on": campaign.starts_on.isoformat() if campaign.starts_on else "",
            "days_valid": campaign.days_valid,
            "hours_from": client.hours_from,
            "hours_until": client.hours_until,
            "days": client.days,
            "time_zone": client.time_zone,
        },
        "steps": [_step(step, campaign.purpose, client.name, postal_address) for step in steps],
        **_measured(campaign),
    }


def _measured(campaign: Campaign) -> dict[str, Any]:
    """How the effect is measured, where it is not the usual way: what was signed before this was asked stays signed."""
    if not campaign.hold_out and campaign.counts_for == USUAL_DAYS and not campaign.credit:
        return {}
    seed = campaign.hold_out_seed if campaign.hold_out else ""
    named = {"credit": campaign.credit} if campaign.credit else {}
    return {
        "measured": {"hold_out": campaign.hold_out, "seed": seed, "counts_for": campaign.counts_for, **named}
    }


def brand_of(client: Client, postal_address: str = "") -> dict[str, str]:
    """What the words may say of the practice itself."""
    return {
        "practice_name": client.name,
        "practice_phone": _as_read(client.phone),
        "practice_website": client.website,
        "postal_address": postal_address,
    }


def _step(step: Step, purpose: str, practice_name: str, postal_address: str) -> dict[str, Any]:
    sender = step.sender
    made: dict[str, Any] = {
        "position": step.position,
        "channel": step.channel,
        "delay_days": step.delay_days,
        "subject": step.subject,
        "body": step.body,
        "sender": {
            "id": sender.pk,
            "address": sender.address,
            "name": sender.display_name,
            "provider": sender.provider,
            "messaging_service": sender.messaging_service,
        },
    }
    try:
        # Whoever lacks a field of one wording gets neither: else the two would be read by different people.
        made["needs"] = parts_needed(step.all_words)
        if step.channel == Channel.SMS:
            made["text"] = text_of(step.body, practice_name)
    except BadField:  # such words still have a fingerprint; nothing lays them before anybody
        made |= {"needs": [], "broken": True}
    if step.has_second:  # nothing where there is none: what was signed before stays signed
        words = {"subject": step.other_subject, "body": step.other_body}
        if "text" in made:
            words["text"] = text_of(step.other_body, practice_name)
        made["other"] = {"words": words, "seed": step.split_seed}
    if step.spanish_body:
        made["spanish"] = {"subject": step.spanish_subject, "body": step.spanish_body}
        if "text" in made:
            made["spanish"]["text"] = text_of(step.spanish_body, practice_name, "es")
        if step.channel == Channel.EMAIL:
            made["spanish"]["footer"] = footer_lines(purpose, practice_name, postal_address, "es")
    if step.channel == Channel.EMAIL:
        made["footer"] = footer_lines(purpose, practice_name, postal_address)
    return made


def _as_read(phone: str) -> str:
    """A telephone number as Americans write it; as it stands when it is none."""
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def footer_lines(purpose: str, practice_name: str, postal_address: str, language: str = "en") -> list[str]:
    """What stands under every mail, before the unsubscribe link (rules CANSPAM-ADDRESS, CANSPAM-AD)."""
    lines = [practice_name, postal_address or "(no postal address on record)"]
    return [*lines, said(ADVERTISEMENT, language)] if purpose == Purpose.MARKETING else lines
