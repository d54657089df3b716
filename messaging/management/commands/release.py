"""manage.py release CAMPAIGN --by EMAIL: a named person lets one campaign go on after a hold."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.models import Campaign
from compliance.models import Stop
from compliance.stopping import StoppedForGood
from messaging import holding
from tenants.clock import db_now
from tenants.models import Membership, User
from tenants.scope import acting_for, acting_for_every_client


class Command(BaseCommand):
    help = "Let one campaign go on that waits after a hold, in the name of a member of its agency. Without a number: which wait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", nargs="?", type=int)
        parser.add_argument("--by", default="", help="the mail address of the person who decided it")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_for_every_client():
            waiting = list(
                Stop.objects.in_force(db_now())
                .filter(reason__startswith=holding.HELD)
                .select_related("campaign__client")
                .order_by("pk")
            )
            wanted = Campaign.objects.select_related("client").filter(pk=options["campaign"]).first()
        if options["campaign"] is None:
            for each in waiting:
                self.stdout.write(f"{each.campaign_id}  {each.campaign.client}: {each.campaign}")
            if not waiting:
                self.stdout.write("No campaign waits.")
            return
        if wanted is None or wanted.pk not in {each.campaign_id for each in waiting}:
            raise CommandError(f"Campaign {options['campaign']} does not wait after a hold.")
        by = _member(options["by"], wanted)
        try:
            with acting_for(wanted.client_id):
                holding.release(wanted, by)
        except StoppedForGood as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Campaign {wanted.pk} goes on, released by {by}.")


def _member(email: str, campaign: Campaign) -> User:
    """The agency's member of this address."""
    members = Membership.objects.in_force().filter(
        agency=campaign.client.agency_id, user__email__iexact=email, user__is_active=True
    )
    found = members.select_related("user").first()
    if found is None:
        raise CommandError(
            "Say who decided it: --by with the mail address of a member of this client's agency."
        )
    return found.user
