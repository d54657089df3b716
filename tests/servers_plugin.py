"""Starts PostgreSQL and Valkey for a test run, before Django reads its settings.

Loaded by `-p` in pyproject.toml: a conftest would be too late, pytest-django reads the settings
before. The run's first process starts the servers in a temporary directory and migrates a
template database as `cts_owner`; each process (each xdist worker) then works as `cts_app` in a
database of its own, copied from the template. In the environment afterwards:

- DATABASE_URL, REDIS_URL: this process's database as the application sees it;
- OWNER_DATABASE_URL: the same database as the role that migrates;
- TEST_ADMIN_URL: the server as its superuser, for making and dropping databases; TEST_POSTGRES_LOG: what it logs.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.garbage import settle
from config.servers import ground, postgres, roles, valkey
from config.servers.process import ServerFailed
from tests import saved_template
from tests.environment import VALUES

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "cts_template"
PLENTY = 4 * 1024**3  # bytes


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """A wrapper, because among plain hooks pytest-django's would run first."""
    os.environ.update(
        {name: value for name, value in VALUES.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    )
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        try:
            _start()
        except ServerFailed as failed:
            raise pytest.UsageError(str(failed)) from None
    number = 1 + int(worker.removeprefix("gw")) if worker else 0
    name = f"cts_test_{number}"
    os.environ["DATABASE_URL"] = f"{os.environ['TEST_APP_BASE']}/{name}"
    os.environ["OWNER_DATABASE_URL"] = f"{os.environ['TEST_OWNER_BASE']}/{name}"
    os.environ["REDIS_URL"] = f"{os.environ['TEST_REDIS_BASE']}/{number}"
    yield


def pytest_collection_finish() -> None:
    """Five thousand tests and all they import are not looked through for garbage at every turn."""
    settle()


def _quickest() -> Path | None:
    """The machine's memory where there is plenty of it as files: every test that commits ends with a new copy of the database,
    a thousand files, which costs 0.03 seconds there and 0.7 on a disk. Elsewhere None, the usual place."""
    memory = Path("/dev/shm")  # noqa: S108 (a directory of one's own is made in it)
    there = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if there and shutil.disk_usage(memory).free > PLENTY else None


def _start() -> postgres.Postgres:
    made = Path(tempfile.mkdtemp(prefix="cts-test-", dir=_quickest()))
    made.chmod(0o711)  # as root the servers run as nobody and must walk through
    home = ground.dwelling(made)
    for place in (made, home):
        atexit.register(shutil.rmtree, place, ignore_errors=True)
    broker = valkey.start(home / "valkey", log=home / "valkey.log")
    atexit.register(broker.stop)
    if not saved_template.restore(home / "postgres"):
        made_of = saved_template.fingerprint()
        server = _postgres(home)
        _make_template(server, broker)
        server.stop()
        saved_template.save(home / "postgres", made_of)
    server = _postgres(home)
    atexit.register(server.stop)
    os.environ["TEST_ADMIN_URL"] = server.admin_url
    os.environ["TEST_POSTGRES_LOG"] = str(home / "postgres.log")
    os.environ["TEST_OWNER_BASE"] = server.url(roles.OWNER, "").rstrip("/")
    os.environ["TEST_APP_BASE"] = server.url(roles.APP, "").rstrip("/")
    os.environ["TEST_REDIS_BASE"] = broker.url().rpartition("/")[0]
    return server


def _postgres(home: Path) -> postgres.Postgres:
    server = postgres.start(
        home / "postgres", log=home / "postgres.log", settings=postgres.FAST_AND_FORGETFUL
    )
    # Not by the command line, which a test that needs it on could not overrule.
    with roles.as_superuser(server.admin_url) as cursor:
        cursor.execute("ALTER SYSTEM SET autovacuum = off")
        cursor.execute("SELECT pg_reload_conf()")
    return server


def _make_template(server: postgres.Postgres, broker: valkey.Valkey) -> None:
    roles.prepare(server.admin_url, TEMPLATE, server.passwords)
    env = {**os.environ, "DATABASE_URL": server.url(roles.OWNER, TEMPLATE), "REDIS_URL": broker.url()}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        server.stop()
        raise ServerFailed(f"The test database could not be migrated:\n{done.stderr[-4000:]}")
