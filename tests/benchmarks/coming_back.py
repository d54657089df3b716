"""The restore drill at size: back up while people work, lose the server without warning, come back, look what is missing.

`python -m tests.bench --rows 1000000 --only restore`. With a million people and five campaigns it is about 7 GB, and four times that of disk.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import cursor as Cursor

from config.env import ROOT
from config.servers import postgres, roles
from tests.benchmarks.servers import DURABLE, Servers

EVERY = 60  # seconds until a segment of the WAL is archived at the latest, as docs/evidence.md says
AFTERWARDS = 150  # seconds of work between the end of the backup and the loss


class Work:
    """One event of each client's record every half second, as long as the server answers; when each was committed."""

    def __init__(self, url: str) -> None:
        self.url, self.last, self._over = url, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Stop and wait."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        statement = (
            "INSERT INTO tenants_auditevent (client_id, verb, what, detail) "
            "SELECT id, 'contact.viewed', '', '{}' FROM tenants_client"
        )
        try:
            connected = psycopg2.connect(self.url)
            connected.autocommit = True
            with connected.cursor() as cursor:
                while not self._over.wait(0.5):
                    cursor.execute(statement)
                    self.last = time.time()
        except psycopg2.Error:
            return  # the server is gone


def drill(servers: Servers, name: str) -> dict[str, Any]:
    """Seconds and bytes of every step, and how much of the work was lost. The servers' own PostgreSQL is killed and started again."""
    place = servers.home / "drill"
    shutil.rmtree(place, ignore_errors=True)
    for folder in (place, place / "wal", place / "second"):
        folder.mkdir()
        folder.chmod(0o711)
    (place / "wal").chmod(0o777)  # the server's user writes here
    _archiving(servers, place / "wal")
    environ = servers.environment(name) | {"ADMIN_DATABASE_URL": servers.database.admin_url}
    work = Work(servers.database.url(postgres.SUPERUSER, name))
    work.start()
    backup, _ = _manage(environ, "backup", "--to", str(place / "backups"))
    size = sum(each.stat().st_size for each in (place / "backups").rglob("*") if each.is_file())
    time.sleep(AFTERWARDS)
    _lose(servers)
    lost_at = work.last
    work.end()
    shutil.copy(servers.home / "postgres" / "passwords.json", place / "second" / "passwords.json")
    laid_out, _ = _manage(
        environ, "restore", "--from", str(place / "backups"), "--into", str(place / "second" / "data"), "--wal", str(place / "wal")
    )  # fmt: skip
    begin = time.monotonic()
    again = postgres.start(place / "second", log=place / "second.log", settings=DURABLE)
    try:
        started = time.monotonic() - begin
        second = Servers(servers.home, again, servers.broker)
        finished, told = _manage(second.environment(name), "restore", "--finish")
        with roles.as_superuser(again.url(postgres.SUPERUSER, name)) as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM max(at)) FROM tenants_auditevent WHERE verb = 'contact.viewed'"
            )
            newest = float(_one(cursor))
            cursor.execute("SELECT count(*) FROM compliance_stopeverything WHERE ended_at IS NULL")
            held = _one(cursor) > 0
    finally:
        again.stop()
        shutil.rmtree(place, ignore_errors=True)
        servers.database = postgres.start(
            servers.home / "postgres", log=servers.home / "postgres.log", settings=DURABLE
        )
    return {
        "bytes": size, "backup_seconds": backup, "laid_out_seconds": laid_out, "started_seconds": started,
        "finished_seconds": finished, "seconds": laid_out + started + finished, "lost_seconds": lost_at - newest,
        "held": held, "load": os.getloadavg()[0], "told": told.splitlines(),
    }  # fmt: skip


def _one(cursor: Cursor) -> Any:
    found = cursor.fetchone()
    assert found
    return found[0]


def _archiving(servers: Servers, wal: Path) -> None:
    """The server again, now with its WAL archived."""
    servers.database.stop()
    archive = {
        "archive_mode": "on",
        "archive_timeout": str(EVERY),
        "archive_command": f"test ! -f {wal}/%f && cp %p {wal}/%f",
    }
    servers.database = postgres.start(
        servers.home / "postgres", log=servers.home / "postgres.log", settings=DURABLE | archive
    )


def _lose(servers: Servers) -> None:
    """The server at once, with nothing written any more; what is left of it may be started again for the next measure."""
    os.kill(servers.database.pid, signal.SIGQUIT)
    if servers.database.popen:
        servers.database.popen.wait(60)
    time.sleep(1)


def _manage(environ: dict[str, str], *words: str) -> tuple[float, str]:
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(json.dumps([words, done.stdout[-2000:], done.stderr[-2000:]]))
    return time.monotonic() - begin, done.stdout
