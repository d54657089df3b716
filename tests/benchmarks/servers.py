"""PostgreSQL and Valkey for a benchmark: durable, unlike the tests' servers; databases by the copy."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.env import ROOT
from config.servers import databases, postgres, roles, valkey
from config.servers.environment import local_environment

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "max_wal_size": "4GB",
}


def shape() -> str:
    """A name for the tables as the migrations make them now: databases of another shape are of no use."""
    digest = hashlib.sha256()
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


TEMPLATE = f"bench_{shape()}"


@dataclass
class Servers:
    """Both servers, and the databases made so far."""

    home: Path
    database: postgres.Postgres
    broker: valkey.Valkey

    def make(self, name: str, template: str = TEMPLATE) -> None:
        """A database made anew from a template."""
        databases.copy(self.database.admin_url, template, name)

    def has(self, name: str) -> bool:
        """Whether such a database stands from before."""
        with roles.as_superuser(self.database.admin_url) as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return cursor.fetchone() is not None

    def drop(self, name: str) -> None:
        """Remove a database, if there is one."""
        databases.drop(self.database.admin_url, name)

    def environment(self, name: str) -> dict[str, str]:
        """What a process needs to work on the database `name` as the application's role."""
        settings = local_environment(
            self.home,
            "http://testserver",
            database=self.database.url(roles.APP, name),
            owner=self.database.url(roles.OWNER, name),
            redis=self.broker.url(),
        )
        admin = self.database.url(postgres.SUPERUSER, name)
        more = {
            "DJANGO_SETTINGS_MODULE": "config.settings", "CTS_ENV_FILE": "", "LOG_LEVEL": "WARNING", "BENCH_ADMIN_URL": admin,
            "UPLOAD_DIR": str(self.home / "uploads"), "ALLOWED_HOSTS": "testserver",
        }  # fmt: skip
        return {**os.environ, **settings, **more}


@contextmanager
def running(home: Path) -> Iterator[Servers]:
    """Both servers with a migrated template database, until the block ends. Data of an earlier run are used again."""
    home.chmod(0o711)
    database = postgres.start(home / "postgres", log=home / "postgres.log", settings=DURABLE)
    try:
        broker = valkey.start(home / "valkey", log=home / "valkey.log")
        try:
            servers = Servers(home, database, broker)
            try:
                _migrate(servers)
                yield servers
            finally:
                database = servers.database  # a measure may have started another
        finally:
            broker.stop()
    finally:
        database.stop()


def _migrate(servers: Servers) -> None:
    roles.prepare(servers.database.admin_url, TEMPLATE, servers.database.passwords)
    env = servers.environment(TEMPLATE)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"],
        cwd=ROOT,
        env=env | {"DATABASE_URL": env["OWNER_DATABASE_URL"]},
        check=True,
    )
