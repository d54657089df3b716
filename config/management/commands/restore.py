"""manage.py restore: a backup laid out again, and, once PostgreSQL runs on it, everything that must follow."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.backups import BackupFailed, newest, put_back
from consent.models import Contact, Suppression
from messaging.ending.forgetting_again import forget_again
from messaging.evidence.erase_list import list_path
from messaging.holding import hold
from messaging.models import Certificate, Message
from tenants import audit, sealing, sealing_witness
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for, acting_for_every_client
from tenants.sealing_check import check


class Command(BaseCommand):
    help = "First --from and --into; then start PostgreSQL on it; then --finish. Nothing is sent until a person releases it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="source", default="", help="the folder of the backups, or one backup in it"
        )
        parser.add_argument(
            "--into", default="", help="an empty folder that becomes PostgreSQL's data directory"
        )
        parser.add_argument(
            "--wal", default="", help="the folder of the archived WAL: restores up to its end"
        )
        parser.add_argument("--finish", action="store_true", help="hold, erase again, verify, count")
        parser.add_argument(
            "--erased", default="", help="the erase list; by default the one beside the uploads"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["finish"]:
            erased = Path(options["erased"]) if options["erased"] else None
            if erased is not None and not erased.is_file():
                raise CommandError(f"There is no erase list at {erased}. Nothing was done.")
            self._finish(erased)
            return
        if not options["source"] or not options["into"]:
            raise CommandError("Give --from and --into, or --finish.")
        source = Path(options["source"])
        try:
            backup = source if (source / "PG_VERSION").exists() else newest(source)
            put_back(backup, Path(options["into"]), Path(options["wal"]) if options["wal"] else None)
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(
            f"{backup} lies in {options['into']}. Start PostgreSQL on it, then: manage.py restore --finish"
        )

    def _finish(self, erased: Path | None) -> None:
        """Hold first: between start and hold no worker may send. Start workers only after this."""
        _until_writable()
        with acting_for_every_client():
            last = AuditEvent.objects.order_by("-at").values_list("at", flat=True).first() or db_now()
        hold("A backup was restored.", last)
        self.stdout.write(
            "Held: nothing is sent until the providers were asked and a person releases each campaign."
        )
        done, problems = forget_again(erased)
        self.stdout.write(f"Erased again: {done}.")
        listed = erased is not None or list_path().exists()
        if not listed:
            self.stderr.write(
                f"No erase list lies at {list_path()}. Whoever was erased since this backup is back: bring the newest copy of the list, "
                "then: manage.py restore --finish --erased COPY. Was nobody erased ever, there is none to bring."
            )
        missing = not listed and _knows_of_erased()
        bad = self._verify()
        with acting_for_every_client():
            counts = {
                kind.__name__: kind.objects.count() for kind in (Contact, Suppression, Message, AuditEvent)
            }
        self.stdout.write(
            f"Newest event {last:%Y-%m-%d %H:%M:%S} UTC. "
            + ", ".join(f"{n}: {c:,}" for n, c in counts.items())
        )
        for each in problems:
            self.stderr.write(f"Not erased: {each}")
        if bad or problems or missing:
            sys.exit(1)

    def _verify(self) -> int:
        """Check first, then seal: what was tampered with must not be sealed anew on the way."""
        bad = 0
        for client in Client.objects.order_by("slug"):
            with acting_for(client.pk):
                found = check(client.pk, restored=True)
                if found.wrong is None:
                    self._give_up_lost(client)
            try:
                if found.wrong is None:
                    sealing.seal(client.pk)
                says = f"Block {found.wrong.block}: {found.wrong.says}" if found.wrong else ""
            except sealing.Refused as refused:
                says = str(refused)
            if says:
                bad += 1
                self.stderr.write(f"{client.slug}: TAMPERED. {says}")
            else:
                self.stdout.write(f"{client.slug}: {found.events:,} events are as sealed.")
        return bad

    def _give_up_lost(self, client: Client) -> None:
        """Blocks that were sealed after the backup are gone: said here and on record, then the seal goes on without them."""
        known, head = sealing_witness.noted([client.pk]).get(client.pk), sealing.head_of(client)
        there = head.number if head else 0
        if known is None or known.number <= there:
            return
        audit.record("records.restored", client, client_id=client.pk, was=known.number, now=there)
        sealing_witness.forget(client.pk)
        self.stdout.write(
            f"{client.slug}: blocks {there + 1:,} to {known.number:,} came after the backup and are lost."
        )


def _knows_of_erased() -> bool:
    """Whether the restored database shows that somebody was erased before the backup: then there was a list."""
    with acting_for_every_client():
        return bool(Certificate.objects.filter(what__in=["person", "client"]).exists())


def _until_writable() -> None:
    """PostgreSQL answers while it still reads the archived WAL, and can be written to only afterwards."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.2)
