"""The environment that `config.settings` reads, for an installation on this machine."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from config.servers.secrets import password, remembered


def local_environment(
    home: Path, public_url: str, *, database: str, owner: str, redis: str
) -> dict[str, str]:
    """Every setting an installation needs; the keys are kept in `home`, so that its data stay readable.

    `database`, `owner` and `redis` are addresses: the database as the application and as the role
    that migrates, and the broker.
    """
    return {
        **keys(home / "keys.json"),
        "DATABASE_URL": database,
        "OWNER_DATABASE_URL": owner,
        "REDIS_URL": redis,
        "PUBLIC_URL": public_url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "UPLOAD_DIR": str(home / "uploads"),
        "LIST_FOLDERS_DIR": str(home / "lists"),
        "DEMO": "1",
        "DEBUG": "0",
    }


def keys(file: Path) -> dict[str, str]:
    """SECRET_KEY, FIELD_ENCRYPTION_KEYS and HASH_KEYS: random, made once, then read from `file`."""
    return remembered(
        file,
        {
            "SECRET_KEY": password,
            "FIELD_ENCRYPTION_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "HASH_KEYS": lambda: f"1:{secrets.token_hex(32)}",
        },
    )
