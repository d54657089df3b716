"""manage.py backup: the whole database, checked, into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backups import BackupFailed, take


class Command(BaseCommand):
    help = "Take a base backup. ADMIN_DATABASE_URL in the environment names the server as a role that may replicate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", required=True, help="the folder of the backups, on another disk, encrypted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        url = os.environ.get("ADMIN_DATABASE_URL", "")
        if not url:
            raise CommandError("Set ADMIN_DATABASE_URL: the server as a role that may replicate.")
        try:
            made = take(url, Path(options["to"]))
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        self.stdout.write(
            f"{made}: {size:,} bytes, complete and checked. The keys are not in it: keep them elsewhere."
        )
