"""manage.py demo_forward DAYS: as if days had passed for the demo's campaigns."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.data.forward import forward
from config.demo.data.hours import NotADemo


class Command(BaseCommand):
    help = (
        "In the demo: bring queued messages DAYS nearer, so that the second step of a sequence falls due now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("days", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(f"{forward(options['days']):,} messages brought nearer.")
        except NotADemo as refused:
            raise CommandError(str(refused)) from None
