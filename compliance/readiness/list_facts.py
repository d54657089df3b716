"""The list's facts: when its numbers were looked up, in the national do-not-call registry and at the carrier."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.models import LookupRun, RegistryFile
from compliance.readiness.card import CLEAR, WAITING, Card
from consent.models import Import
from tenants.models import Channel, Client, Sender

SOON = timedelta(days=5)
WITHOUT = (
    "Recall texts wait for everybody without a signed consent who was not seen within 18 months; "
    "marketing texts ask for a signed consent anyway."
)


def registry(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    """Nothing for a client that sends no texts. Two queries."""
    if not any(sender.channel == Channel.SMS for sender in senders):
        return []
    card = Card("registry", "registry", "Do-not-call registry", WAITING, "")
    files = list(RegistryFile.objects.filter(client=client).order_by("-since")[:5])
    if files and files[0].state != RegistryFile.State.DONE:
        refused = files[0].state == RegistryFile.State.REFUSED
        says = f"{files[0].file_name}: {files[0].problem if refused else 'is being read.'}"
        card.findings = [{"answer": "fail" if refused else "unknown", "says": says}]
    done = [each for each in files if each.state == RegistryFile.State.DONE]
    if not done:
        card.says = f"The list was never looked up in the national do-not-call registry. {WITHOUT}"
        return [card]
    newest = max(done, key=lambda each: (each.as_of, each.since))
    card.checked_at, card.good_until = newest.since, newest.good_until
    card.facts = [
        ("Shows the registry of", f"{newest.as_of:%B} {newest.as_of.day}, {newest.as_of.year}"), ("Account or service", newest.account),
        ("File", newest.file_name), ("SHA-256", newest.file_sha256), ("Numbers in it", f"{newest.numbers:,}"),
        *([("Area codes", ", ".join(newest.area_codes))] if newest.area_codes else []),
    ]  # fmt: skip
    counted = f"{newest.listed:,} of our numbers are listed, {newest.clear:,} are not."
    later = Import.objects.filter(
        client=client, state=Import.State.DONE, taken__gt=0, done_at__gt=newest.since
    ).exists()
    if newest.good_until <= at:
        card.says = f"The last look is more than 31 days old. {WITHOUT}"
    elif later:
        card.says = (
            f"{counted} A list was imported since: its new numbers were not looked up. Bring a file again."
        )
    elif newest.good_until < at + SOON:
        card.says = f"{counted} It runs out soon; bring the next file in time."
    else:
        card.answer, card.says = CLEAR, counted
    return [card]


def looked_up(client: Client, senders: list[Sender]) -> list[Card]:
    """The newest look-up of the numbers; none is asked of anybody, so its absence is no fault. One query."""
    if not any(sender.channel == Channel.SMS for sender in senders):
        return []
    card = Card("lookup", "lookup", "Kind and owner of the numbers", CLEAR, "")
    run = LookupRun.objects.filter(client=client).order_by("-since").first()
    if run is None:
        card.says = (
            "Not looked up. Landlines show only when a text fails, and whoever neither consented nor was seen "
            "within a year waits."
        )
        return [card]
    card.checked_at = run.since
    asked = "kind and owner" if run.reassigned else "kind"
    card.says = f"{run.answered:,} of {run.wanted:,} numbers answered ({asked} of the line)."
    if run.state == LookupRun.State.RUNNING:
        card.says = f"Under way: {card.says}"
    elif run.state == LookupRun.State.STOPPED:
        card.answer, card.says = WAITING, f"{card.says} It stopped: {run.problem}"
    return [card]
