"""manage.py rotate_keys: after a new key was put first in FIELD_ENCRYPTION_KEYS or HASH_KEYS."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from consent.rehashing import rehash_all
from tenants.rotation import rewrap_all


class Command(BaseCommand):
    help = (
        "Re-encrypt everything under the first of FIELD_ENCRYPTION_KEYS and hash every reachable address under the first of "
        "HASH_KEYS. Runs beside traffic; if it is stopped, start it again. Drop an old encryption key only when a run reports 0; "
        "keep every hash key for ever."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for table, count in rewrap_all():
                self.stdout.write(f"{table}: {count:,} values re-encrypted")
        except InvalidToken:
            raise CommandError(
                "A value was encrypted with a key that is not in FIELD_ENCRYPTION_KEYS. Put the missing key at the end of the list and "
                "start again; what was done so far is kept."
            ) from None
        for client_id, count in rehash_all():
            self.stdout.write(f"client {client_id}: {count:,} addresses hashed")
