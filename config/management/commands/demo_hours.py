"""manage.py demo_hours: keep the demo's sending hours open for every list that is imported while it runs."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.demo.data.hours import NotADemo, open_hours


class Command(BaseCommand):
    help = "Open the demo's sending hours, once or every few seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=0.0, help="seconds; 0 = once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            open_hours()
            while options["every"]:
                time.sleep(options["every"])
                open_hours()
                connection.close_if_unusable_or_obsolete()
        except NotADemo as refused:
            raise CommandError(str(refused)) from None
