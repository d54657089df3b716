"""manage.py hold REASON --since 2026-11-22T09:00Z: after a restore, before anything is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging import holding
from messaging.models import Hold
from tenants.clock import db_now
from tenants.scope import acting_for_every_client


class Command(BaseCommand):
    help = (
        "Hold all sending, ask the providers what they sent and were told since a moment, and let each running campaign "
        "wait for a named person (`release`). Without a reason: what is held now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reason", nargs="?", default="", help="why, for whoever reads it later")
        parser.add_argument(
            "--since", default="", help="the backup's time, as in 2026-11-22T09:00Z; default: a day ago"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["reason"]:
            open_ones = Hold.objects.filter(asked_at=None).order_by("pk")
            for each in open_ones:
                self.stdout.write(f"Held since {each.since:%F %H:%M} UTC: {each.reason}")
                with acting_for_every_client():
                    silent = each.answers.filter(asked_at=None).select_related("account__client")
                    for answer in silent.order_by("account"):
                        account = answer.account
                        self.stdout.write(
                            f"  {account.client.slug}: {account.get_provider_display()} cannot be asked ({answer.trouble}). "
                            "It is tried again every half minute; mend the account's keys, or end the account."
                        )
            if not open_ones:
                self.stdout.write("Nothing is held.")
            return
        since = _moment(options["since"]) or db_now() - timedelta(days=1)
        if since > db_now():  # else the providers would be asked about nothing, and all would be let go
            raise CommandError("This moment has not come yet. Write the backup's own time; nothing was held.")
        made = holding.hold(options["reason"], since)
        self.stdout.write(
            f"Everything is held. The providers will be asked for what happened since {made.lost_since:%F %H:%M} UTC; "
            "then each running campaign waits: manage.py release CAMPAIGN --by EMAIL."
        )


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise CommandError("Write the moment as in 2026-11-22T09:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
