"""Where the milliseconds of one text, one mail, one event go: CPU of this process and of its PostgreSQL, stage by stage.

The product's own functions are called as its workers call them, in this process, each with a clock around it. A stage is
charged what it spends itself, without the stages inside it. PostgreSQL's share is that of the two connections, from the
kernel's own account of each backend, in nanoseconds; what its helpers do beside (writing the log, checkpoints) is a line of its own.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from django.db import connection
from django.test import Client as Browser

from config import garbage
from messaging import applying, barrier, claiming, delivery, preparing, telling, webhooks
from messaging.locks import Locks
from messaging.models import Attempt
from messaging.providers.pool import Pool
from messaging.providers.sendgrid.provider import SendGrid
from messaging.providers.twilio.provider import Twilio
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks.folk import TOKEN

Stage = tuple[Any, str, str, bool]  # owner, its function, what it is called, whether it asks PostgreSQL
SENDING: list[Stage] = [
    (delivery, "prepare", "words prepared, rest", True),
    (preparing, "due", "finding what is due", True),
    (preparing, "people_by_id", "people read and decrypted", True),
    (preparing, "render", "words rendered", False),
    (preparing, "new_link", "link to unsubscribe made", False),
    (delivery, "claim", "attempt, touch and evidence written", True),
    (claiming, "judge", "judged by every check", True),
    (claiming, "admit", "the number's rate", True),
    (claiming, "encrypt", "words encrypted", False),
    (claiming, "store_links", "links to unsubscribe written", True),
    (Locks, "take", "locks taken and released", True),
    (Locks, "release", "locks taken and released", True),
    (delivery, "hand_over", "calls given to threads", True),
    (delivery, "_record", "outcomes recorded", True),
    (Twilio, "send", "call: the SDK builds it", False),
    (SendGrid, "send", "call: the SDK builds it", False),
    (SendGrid, "groups", "mails laid side by side", False),
    (Pool, "exchange", "call: urllib3 and the socket", False),
]
HOOKS: list[Stage] = [
    (webhooks, "_verified", "signature verified, read as text", True),
    (webhooks, "_stored", "kept, encrypted", True),
    (applying, "take_urgent", "a person's own no, at once", True),
    (applying, "apply_pending", "applied, rest", True),
    (applying, "_next", "fetched from where they were kept", True),
    (applying, "_read", "decrypted and parsed", False),
    (telling, "_about", "messages found", True),
    (telling, "_settle", "open outcomes settled", True),
    (telling, "_keep", "events written once", True),
    (telling, "_raise_delivery", "delivery raised", True),
    (telling, "_suppress", "opt-outs written", True),
    (telling, "_end_points", "dead addresses ended", True),
    (barrier, "enforce", "barrier behind opt-outs", True),
]


@dataclass
class Account:
    """CPU by stage."""

    app: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    database: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    backends: set[int] = field(default_factory=set)
    _mine: threading.local = field(default_factory=threading.local)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def wrap(self, stages: list[Stage]) -> None:
        """Put a clock around these functions, for good: the process is there for nothing else."""
        for owner, name, called, asks in stages:
            setattr(owner, name, self._clocked(getattr(owner, name), called, asks=asks))
        begin = Locks.__init__

        def connected(locks: Locks) -> None:
            begin(locks)
            self.backends.add(locks._connection.get_backend_pid())

        setattr(Locks, "__init__", connected)  # noqa: B010

    def clear(self) -> None:
        self.app.clear()
        self.database.clear()

    def spent(self) -> float:
        """Seconds of the backends that this process talks to."""
        connection.ensure_connection()
        self.backends.add(connection.connection.get_backend_pid())
        total = 0
        for pid in self.backends:
            with suppress(FileNotFoundError, ProcessLookupError):
                total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return total / 1e9

    def _clocked(self, function: Callable[..., Any], called: str, *, asks: bool) -> Callable[..., Any]:
        @functools.wraps(function)
        def clocked(*given: Any, **named: Any) -> Any:
            stack = self._mine.__dict__.setdefault("stack", [])
            before, asked = time.thread_time(), self.spent() if asks else 0.0
            stack.append([0.0, 0.0])
            try:
                return function(*given, **named)
            finally:
                app = time.thread_time() - before
                database = self.spent() - asked if asks else 0.0
                inner_app, inner_database = stack.pop()
                with self._guard:
                    self.app[called] += app - inner_app
                    self.database[called] += database - inner_database
                if stack:
                    stack[-1][0] += app
                    stack[-1][1] += database

        return clocked


def sending(provider: Path) -> dict[str, Any]:
    """Drain everything due at one provider, as one worker does; what the first wave costs (it writes the queries) is left out."""
    account, client = Account(), Client.objects.get().pk
    account.wrap(SENDING)
    garbage.settle()
    delivery.drain(client, 0.0, str(provider))

    def drain() -> int:
        return sum(iter(lambda: delivery.drain(client, 30.0, str(provider)), 0))

    return _charged(account, drain)


def events(file: Path) -> dict[str, Any]:
    """Take the posts of the file as a web process does and apply them as a worker does; the first warms both."""
    account, client, browser = Account(), Client.objects.get().pk, Browser()
    account.wrap(HOOKS)
    posts = json.loads(file.read_text())

    def post(body: str, headers: dict[str, str]) -> None:
        answer = browser.post(f"/hooks/sendgrid/{TOKEN}-sendgrid", body, content_type="application/json", headers=headers)  # fmt: skip
        assert answer.status_code == 200, answer.status_code

    def apply() -> None:
        applying.apply_pending(client)
        barrier.enforce(client)

    post(*posts[0])
    apply()
    garbage.settle()

    def all_of_them() -> int:
        for each in posts[1:]:
            post(*each)
        apply()
        return sum(body.count("sg_event_id") for body, _ in posts[1:])

    return _charged(account, all_of_them)


def attempts() -> list[str]:
    """What events can be about."""
    with acting_for(Client.objects.get().pk):
        return [str(pk) for pk in Attempt.objects.filter(outcome="accepted").values_list("pk", flat=True)]


def _charged(account: Account, do: Callable[[], int]) -> dict[str, Any]:
    account.clear()
    connection.ensure_connection()
    server = psutil.Process(connection.connection.get_backend_pid()).parent()
    assert server
    app, database, wall = time.process_time(), _of(server), time.monotonic()
    asked = account.spent()
    number = do()
    asked = account.spent() - asked
    seconds = time.monotonic() - wall
    app, database = time.process_time() - app, _of(server) - database
    stages = {
        called: [1000 * account.app[called] / number, 1000 * account.database[called] / number]
        for called in account.app
    }
    rest = [app - sum(account.app.values()), asked - sum(account.database.values())]
    stages["everything else here"] = [1000 * each / number for each in rest]
    stages["PostgreSQL beside the connections"] = [0.0, 1000 * max(0.0, database - asked) / number]
    return {
        "number": number, "seconds": seconds, "stages": stages, "app_ms": 1000 * app / number,
        "database_ms": 1000 * (asked + max(0.0, database - asked)) / number,
    }  # fmt: skip


def _of(server: psutil.Process) -> float:
    gone = server.cpu_times()
    spent = float(gone.user + gone.system + gone.children_user + gone.children_system)
    for each in server.children():
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            spent += times.user + times.system
    return spent
