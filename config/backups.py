"""Backups of the whole database, bit by bit, and coming back from one.

A base backup (pg_basebackup) keeps what a dump of rows loses: the transaction ids by which the sealed record is
ordered. With the archived WAL (docs/evidence.md) the restore goes on to the last segment before the loss.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from config.servers import ground, postgres
from config.servers.process import ServerFailed
from messaging.evidence.erase_list import list_path


class BackupFailed(Exception):
    """The message is a sentence."""


def take(admin_url: str, folder: Path) -> Path:
    """A new base backup under `folder`, complete in itself and checked; and the erase list as it stands. Raises BackupFailed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f".base-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    url = urlsplit(admin_url)
    environ = {"PGPASSWORD": url.password or ""}
    address = url._replace(netloc=f"{url.username}@{url.hostname}:{url.port or 5432}").geturl()
    _run("pg_basebackup", "--dbname", address, "--pgdata", str(part), "--wal-method", "stream", "--checkpoint", "fast",
         "--manifest-checksums", "SHA256", "--no-password", environ=environ)  # fmt: skip
    _run("pg_verifybackup", str(part))
    if list_path().exists():
        shutil.copy(list_path(), folder / list_path().name)
    return part.rename(folder / part.name.removeprefix("."))


def newest(folder: Path) -> Path:
    """The newest complete backup under `folder`. Raises BackupFailed."""
    found = sorted(folder.glob("base-*"))
    if not found:
        raise BackupFailed(f"There is no backup in {folder}.")
    return found[-1]


def put_back(backup: Path, data: Path, wal: Path | None = None) -> None:
    """Lay a backup out as a data directory that PostgreSQL starts from, going on with the archived WAL. Raises BackupFailed."""
    if data.exists() and any(data.iterdir()):
        raise BackupFailed(f"{data} is not empty: a restore never writes over a database.")
    _run("pg_verifybackup", str(backup))
    shutil.copytree(backup, data, dirs_exist_ok=True)
    if wal is not None:
        if not wal.is_dir():
            raise BackupFailed(f"There is no folder {wal}.")
        (data / "recovery.signal").touch()
        with (data / "postgresql.auto.conf").open("a") as out:
            out.write(
                f"restore_command = 'cp \"{wal.absolute()}/%f\" \"%p\"'\nrecovery_target_timeline = 'latest'\n"
            )
    data.chmod(0o700)
    for path in [data, *data.rglob("*")]:
        ground.give(path)


def _run(program: str, *words: str, environ: Mapping[str, str] | None = None) -> None:
    found = _program(program)
    done = subprocess.run(
        [found, *words], capture_output=True, text=True, check=False, env={**os.environ, **(environ or {})}
    )
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip() or done.stdout.strip()}")


def _program(name: str) -> str:
    """The wheel's program, which fits the wheel's server; without the wheel the machine's own."""
    try:
        return str(postgres.programs() / name)
    except ServerFailed:
        found = shutil.which(name)
    if found is None:
        raise BackupFailed(f"{name} is missing: install the client programs of PostgreSQL.")
    return found
