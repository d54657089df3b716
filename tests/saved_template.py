"""The migrated template database, kept from run to run while nothing that shapes it changes.

Migrating takes several seconds, a copy of the server's directory a fraction of one. It lies in
var/test-template, under a fingerprint of everything that migrations read.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from config.env import ROOT

SHAPING = (
    "*/migrations/*.py",
    "*/models/*.py",
    "tenants/*.py",
    "config/settings.py",
    "config/servers/*.py",
    "requirements.lock",
)
STORE = ROOT / "var" / "test-template"
_KEPT = 3


def fingerprint() -> str:
    """Of the content of every file that has a part in what migrating makes."""
    digest = hashlib.sha256()
    for file in sorted({file for pattern in SHAPING for file in ROOT.glob(pattern)}):
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def restore(home: Path) -> bool:
    """Put the saved server directory to `home`; False when none fits."""
    saved = STORE / fingerprint()
    if not saved.exists():
        return False
    saved.touch()  # the oldest are removed first
    return _copy(saved, home)


def save(home: Path, made_of: str) -> None:
    """Keep the directory of a server that has been stopped, unless the files changed since `made_of` was taken."""
    if made_of != fingerprint():
        return
    STORE.mkdir(parents=True, exist_ok=True)
    part = STORE / f".{home.parent.name}"
    saved = STORE / fingerprint()
    with suppress(OSError):  # another run of this checkout saves and removes at the same time
        if _copy(home, part) and not saved.exists():
            part.touch()  # the copy has the original's date
            part.rename(saved)
        for old in sorted(STORE.glob("[!.]*"), key=lambda saved: saved.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(part, ignore_errors=True)


def _copy(source: Path, target: Path) -> bool:
    """With owners and permissions, which PostgreSQL looks at; nothing stays of a copy that failed."""
    done = subprocess.run(["cp", "-a", str(source), str(target)], capture_output=True, check=False)
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
    return done.returncode == 0
