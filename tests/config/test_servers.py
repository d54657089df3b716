"""The launcher itself, on servers of its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.env import ROOT
from config.servers import ground, postgres, valkey
from config.servers.process import ServerFailed, alive

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from config.servers import postgres, process
process._leave_with_parent = lambda number: None  # as on systems where children outlive their parent
home = Path(sys.argv[1])
server = postgres.start(home, log=home / "log", settings=postgres.FAST_AND_FORGETFUL)
print(server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Not pytest's tmp_path: that is 0700, and as root the servers run as nobody."""
    with tempfile.TemporaryDirectory(prefix="cts-servers-") as name:
        place = Path(name)
        place.chmod(0o711)
        yield place


def start(home: Path) -> postgres.Postgres:
    return postgres.start(home, log=home / "log", settings=postgres.FAST_AND_FORGETFUL)


def one(server: postgres.Postgres, sql: str) -> str:
    connection = psycopg2.connect(server.admin_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
            return str(row[0]) if row else ""
    finally:
        connection.close()


def test_the_server_has_the_locks_the_sender_needs_and_listens_only_here(home: Path) -> None:
    server = start(home)
    try:
        assert one(server, "show max_locks_per_transaction") == "512"
        assert one(server, "show listen_addresses") == "127.0.0.1"
        assert one(server, "show unix_socket_directories") == ""
        assert one(server, "show jit") == "off"
    finally:
        server.stop()
    assert not alive(server.pid)


def test_nobody_gets_in_without_the_password(home: Path) -> None:
    server = start(home)
    try:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(server.admin_url.replace(server.passwords["postgres"], "wrong"))
        with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
            psycopg2.connect(
                host="127.0.0.1", port=server.port, user="postgres", dbname="postgres", passfile="-"
            )
    finally:
        server.stop()
    assert stat.S_IMODE((home / "passwords.json").stat().st_mode) == 0o600


def test_a_server_that_outlived_its_parent_is_found_and_used(home: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", START_AND_DIE, str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    server = start(home)
    try:
        assert server.pid == int(died.stdout)
        assert server.popen is None
        assert one(server, "select 1") == "1"
    finally:
        server.stop()
    assert not alive(server.pid)


def test_a_server_that_was_killed_starts_again_with_its_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_STALE_LOCK_SECONDS", 0.5)
    server = start(home)
    connection = psycopg2.connect(server.admin_url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("create table kept as select 42 as value")
        cursor.execute("checkpoint")
    os.kill(server.pid, signal.SIGKILL)  # its lock file stays, and its zombie until we collect it
    again = start(home)
    try:
        assert one(again, "select value from kept") == "42"
    finally:
        again.stop()
        connection.close()


def test_a_first_start_that_was_interrupted_is_begun_again(home: Path) -> None:
    half = ground.dwelling(home) / "data.part"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = start(home)
    server.stop()
    assert not half.exists()


def test_data_of_another_version_are_refused_with_a_sentence(home: Path) -> None:
    data = ground.dwelling(home) / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerFailed, match="made by PostgreSQL 12"):
        start(home)


def test_a_directory_out_of_the_servers_reach_is_replaced_by_one_within(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    place = ground.dwelling(private / "servers")
    assert ground.within_reach(place)
    assert ground.dwelling(private / "servers") == place  # a later start finds the data
    if place != private / "servers":  # only for root: everybody else's servers run as themselves
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert place.stat().st_uid == 0
        place.rmdir()


def test_programs_out_of_reach_are_copied_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = home / "site-packages"
    run = package / "tool" / "bin" / "run"
    run.parent.mkdir(parents=True)
    run.write_text("x")
    run.chmod(0o700)  # installed under a strict umask
    monkeypatch.setattr(ground, "within_reach", lambda path: False)

    def place(version: str) -> Path:
        found = ground.runnable(package, "tool/bin/run", ("tool", "tool.libs"), home / "place", version)
        return found / "tool" / "bin" / "run"

    copy = place("1.0")
    assert copy.read_text() == "x"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755
    run.write_text("y")
    assert place("1.0") == copy
    assert copy.read_text() == "x"
    assert place("1.1").read_text() == "y"


def test_valkey_wants_its_password_and_keeps_nothing_on_disk(home: Path) -> None:
    server = valkey.start(home, log=home / "log")
    try:
        client = redis.Redis.from_url(server.url())
        assert client.ping()
        assert client.config_get("save")["save"] == ""
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)).ping()
        command = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(server.pid)], capture_output=True, text=True, check=True
        )
        assert server.password not in command.stdout
    finally:
        server.stop()
    assert not alive(server.pid)
