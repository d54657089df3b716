"""What is done to this very process when it reaches a step: the driver's half that runs inside the product's processes."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import redis
from django.conf import settings

from messaging import leaving
from messaging.providers.pool import Pool

_ATTEMPT = re.compile(rb"a%3D([0-9a-f-]{36})")


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def term() -> None:
    """As a worker's first process tells the others when it is asked to stop."""
    leaving.leave()


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.1)  # the process stops within this: until then a thread would run on past its step


def cut() -> None:
    """Every connection of this process to the database ends at once, as in a failover."""
    mine = psycopg2.connect(_dsn())
    with mine, mine.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()",
            [name()],
        )
    mine.close()


def flush() -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()  # other tests run beside this one


ACTIONS: dict[str, Callable[[], None]] = {
    "kill": kill, "term": term, "freeze": freeze, "cut": cut, "flush": flush,
}  # fmt: skip


def name() -> str:
    """By which the database knows this process's connections (PGAPPNAME)."""
    return f"broken-{os.getpid()}"


def at(step: str, action: str) -> Callable[[str], None]:
    """For `failpoints.arm`: do the action when the step is reached for the first time."""
    left = [step]

    def heard(reached: str) -> None:
        if reached in left:
            left.remove(reached)
            ACTIONS[action]()

    return heard


def note_begun(file: Path) -> None:
    """Write a line for every hand-off just before its first byte: when, which attempt, by whom. It survives a kill."""
    exchanged: Any = Pool._exchanged
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def noted(self: Pool, connection: Any, method: str, path: str, headers: Any, body: bytes | None) -> Any:
        found = _ATTEMPT.search(body or b"")
        if found:
            os.write(handle, b"%.6f %s %d\n" % (time.time(), found[1], os.getpid()))
        return exchanged(self, connection, method, path, headers, body)

    Pool._exchanged = noted  # type: ignore[method-assign]


def begun(file: Path) -> list[tuple[float, str]]:
    """When each hand-off began, and its attempt."""
    lines = (line.split() for line in file.read_text().splitlines()) if file.exists() else ()
    return [(float(at), attempt) for at, attempt, _ in lines]


def began_last(file: Path, since: int) -> tuple[int, int]:
    """How many bytes of lines there are, and the process of the newest one after the first `since` (0: none)."""
    with file.open("rb") if file.exists() else open(os.devnull, "rb") as lines:
        lines.seek(since)
        new = lines.read().splitlines()
        return lines.tell(), int(new[-1].split()[2]) if new else 0


def _dsn() -> str:
    given = settings.DATABASES["default"]
    return f"host={given['HOST']} port={given['PORT']} dbname={given['NAME']} user={given['USER']} password={given['PASSWORD']}"
