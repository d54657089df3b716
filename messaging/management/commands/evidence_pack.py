"""manage.py evidence_pack: one zip that proves what was done, for a campaign, a person or a period."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Campaign
from consent.models import Contact
from messaging.evidence.pack import CannotPack, pack
from messaging.evidence.subject import Subject
from tenants import audit
from tenants.models import Client
from tenants.scope import acting_for, acting_for_every_client


class Command(BaseCommand):
    help = "Write an evidence pack: a zip that verify.py inside it proves on any machine with Python."

    def add_arguments(self, parser: CommandParser) -> None:
        about = parser.add_mutually_exclusive_group(required=True)
        about.add_argument("--campaign", type=int, help="the campaign's id")
        about.add_argument("--contact", type=int, help="the contact's id")
        about.add_argument("--client", help="a client by its name in addresses; with --since")
        parser.add_argument("--since", default="", help="with --client: from this day on, as in 2026-01-31")
        parser.add_argument("--out", required=True, help="where to write the zip; must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["since"] and not options["client"]:
            raise CommandError("--since goes with --client.")
        subject = _subject(options)
        try:
            made = pack(subject)
        except CannotPack as refused:
            raise CommandError(str(refused)) from None
        path = Path(options["out"])
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(made)
        except FileExistsError:
            raise CommandError(f"{path} exists already.") from None
        with acting_for(subject.client.pk):
            audit.record(
                "evidence.exported",
                _what(subject),
                client_id=subject.client.pk,
                size=len(made),
                by_command=True,
            )
        self.stdout.write(
            f"{subject.about}: {len(made):,} bytes in {path}. Unpack it and run python3 verify.py."
        )


def _subject(options: dict[str, Any]) -> Subject:
    with acting_for_every_client():
        if options["campaign"]:
            campaign = (
                Campaign.objects.select_related("client__agency").filter(pk=options["campaign"]).first()
            )
            if campaign is None:
                raise CommandError(f"There is no campaign {options['campaign']}.")
            return Subject(campaign.client, campaign=campaign)
        if options["contact"]:
            contact = Contact.objects.select_related("client__agency").filter(pk=options["contact"]).first()
            if contact is None:
                raise CommandError(f"There is no contact {options['contact']}.")
            return Subject(contact.client, contact=contact)
    client = Client.objects.select_related("agency").filter(slug=options["client"]).first()
    if client is None:
        raise CommandError(f"There is no client {options['client']}.")
    return Subject(client, since=_since(options["since"]))


def _since(day: str) -> datetime | None:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    except ValueError:
        raise CommandError("Give the day as in 2026-01-31.") from None


def _what(subject: Subject) -> Any:
    return subject.campaign or subject.contact or subject.client
