"""What the demo keeps in `var/`: ports, keys, who runs, and how to reach it."""

from __future__ import annotations

import fcntl
import json
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from config.servers.process import ServerFailed, alive, command_of, end, free_port, is_free
from config.servers.secrets import write_private

DEFAULT_PORT = 8000
_MARKS = {  # what stands in the command line of each process
    "valkey": "valkey-server",
    "simulator": "-m simulator",
    "web": "config.wsgi",
    "worker": "celery -A config worker",
    "sender": "celery -A config worker",
    "beat": "celery -A config beat",
    "hours": "demo_hours",
}


class Place:
    """The files under `var/` (or another home)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.logs = root / "log"
        self.accounts = root / "accounts.json"
        self.beat = root / "beat-schedule"
        self.description = root / "demo.json"
        self.env_file = root / "demo.env"
        self.ports_file = root / "ports.json"
        self.processes = root / "processes.json"
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Make sure that no other demo of this checkout runs; raises ServerFailed if one does."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._lock = (self.root / "demo.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            where = f" at {self.read().get('url')}" if self.read() else ""
            raise ServerFailed(
                f"A demo of this checkout is running already{where}. Stop it there with Ctrl-C."
            ) from None

    def read(self) -> dict[str, Any]:
        """The running demo's description, or nothing."""
        try:
            found: dict[str, Any] = json.loads(self.description.read_text())
        except (OSError, ValueError):
            return {}
        return found

    def ports(self, names: Sequence[str]) -> dict[str, int]:
        """A port for each name: the one it had last time if that is free, else another."""
        try:
            known: dict[str, int] = json.loads(self.ports_file.read_text())
        except (OSError, ValueError):
            known = {}
        chosen: dict[str, int] = {}
        for name in names:
            wanted = known.get(name, 0)
            chosen[name] = wanted if wanted and is_free(wanted) else free_port()
        write_private(self.ports_file, json.dumps(chosen))
        return chosen

    def remember_processes(self, processes: Mapping[str, int]) -> None:
        write_private(self.processes, json.dumps(dict(processes)))

    def end_strays(self) -> None:
        """End what an earlier demo left running when it was killed (not PostgreSQL, which is used again)."""
        try:
            left: dict[str, int] = json.loads(self.processes.read_text())
        except (OSError, ValueError):
            return
        for name, pid in left.items():
            # The number may belong to somebody else by now: only what carries our mark is ended.
            if alive(pid) and _is_ours(name, command_of(pid)):
                end(pid, None, [(signal.SIGTERM, 5), (signal.SIGKILL, 5)])
        self.processes.unlink()

    def publish(self, description: Mapping[str, Any], env: Mapping[str, str]) -> None:
        """Tell others: `var/demo.json` for people and scripts, `var/demo.env` for manage.py."""
        write_private(self.env_file, "".join(f"{name}={value}\n" for name, value in sorted(env.items())))
        write_private(self.description, json.dumps(description, indent=1))

    def withdraw(self) -> None:
        for file in (self.env_file, self.description, self.processes):
            file.unlink(missing_ok=True)

    def forget(self) -> None:
        """For RESET=1: what belongs to the data and not to the installation."""
        for file in (self.accounts, *self.root.glob("beat-schedule*")):
            file.unlink(missing_ok=True)

    def read_accounts(self) -> list[dict[str, Any]]:
        """The sign-ins that the seed wrote."""
        if not self.accounts.exists():
            return []
        found: list[dict[str, Any]] = json.loads(self.accounts.read_text())
        return found


def web_port(asked: str) -> tuple[int, str]:
    """The web server's port and a sentence about it (or nothing).

    A port that was asked for is had or refused; without one the first free from 8000 on is taken.
    """
    if asked:
        if not asked.isdigit() or not 0 < int(asked) < 65536:
            raise ServerFailed(f"PORT is {asked!r}: set it to a number from 1 to 65535.")
        if not is_free(int(asked)):
            raise ServerFailed(
                f"Port {asked} cannot be had: another program uses it, or it needs root. "
                "Choose another, as in make demo PORT=8080"
            )
        return int(asked), ""
    for port in range(DEFAULT_PORT, DEFAULT_PORT + 100):
        if is_free(port):
            return port, "" if port == DEFAULT_PORT else f"Port {DEFAULT_PORT} is taken; using {port}."
    raise ServerFailed("No free port from 8000 on: choose one, as in make demo PORT=9000")


def own_servers(environ: Mapping[str, str]) -> tuple[str, str, str]:
    """DATABASE_URL, OWNER_DATABASE_URL, REDIS_URL of servers that you run; empty = start ours."""
    database, owner = environ.get("DATABASE_URL", ""), environ.get("OWNER_DATABASE_URL", "")
    if database and not owner:
        raise ServerFailed(
            "DATABASE_URL is set: set OWNER_DATABASE_URL too (the role that owns the database and migrates), "
            "or unset DATABASE_URL and the demo starts a PostgreSQL of its own."
        )
    return database, owner if database else "", environ.get("REDIS_URL", "")


def _is_ours(name: str, command: str) -> bool:
    return name in _MARKS and _MARKS[name] in command
