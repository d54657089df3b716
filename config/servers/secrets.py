"""Passwords of the local servers: random, made once, kept in a file only we can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path


def remembered(file: Path, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """The values in `file`; what is missing is made by its maker and written (mode 0600)."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: make() for name, make in makers.items() if name not in known}
    if missing:
        known |= missing
        write_private(file, json.dumps(known, indent=1))
    return known


def write_private(file: Path, content: str) -> None:
    """Write so that nobody else can read it and a reader never sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(content)
    part.replace(file)


def password() -> str:
    """A random password that needs no quoting in a URL."""
    return secrets.token_urlsafe(24)
