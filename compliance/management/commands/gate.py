"""manage.py gate CAMPAIGN: the tally of the gate, now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Campaign
from compliance.checks import BY_CODE
from compliance.preview import tallies
from tenants.clock import db_now
from tenants.scope import acting_for_every_client


class Command(BaseCommand):
    help = "Judge a campaign's whole audience now: how many are clear, waiting, held, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", type=int, help="the campaign's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_for_every_client():
            campaign = Campaign.objects.select_related("client").filter(pk=options["campaign"]).first()
            if campaign is None:
                raise CommandError(f"There is no campaign {options['campaign']}.")
            at = db_now()
            answers = tallies(campaign, at)
        if options["json"]:
            steps = {
                str(step.position): {"channel": step.channel} | answer.as_json() for step, answer in answers
            }
            self.stdout.write(json.dumps({"campaign": campaign.pk, "at": at.isoformat(), "steps": steps}))
            return
        for step, answer in answers:
            self.stdout.write(
                f"Step {step.position} ({step.get_channel_display()}): {answer.total:,} addresses · {answer.clear:,} clear · "
                f"{answer.waiting:,} waiting · {answer.held:,} held"
            )
            for code, number in sorted(answer.codes.items(), key=lambda item: -item[1]):
                self.stdout.write(f"  {number:>9,}  {code:<20} {BY_CODE[code].says}")
