"""The product and its peers send to the same stub, in turn, on the same machine.

Rates are counted where the messages arrive: from the first that the stub took to the last. Everything is warm by then.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg2
import redis
from celery import Celery

from tests.benchmarks import running, servers
from tests.benchmarks.running import Stub, cpu, largest, memory, program, until

PATIENCE = 30.0  # seconds without a message after which a run has ended


@dataclass(frozen=True)
class Run:
    """One sender to be measured. A product's `workers` is Celery's concurrency; `parts` names a peer's programs."""

    name: str
    channel: str
    number: int
    latency_ms: int = 0
    workers: int = 2
    peer: str = ""
    pool: str = "prefork"


@dataclass
class Field:
    """Where they run."""

    servers: servers.Servers
    stub: Stub
    peers: dict[str, str]
    outbox: str
    clients: int = 1
    log: Any = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.servers.home / "sending.log"

    def product_env(self, database: str = "sending") -> dict[str, str]:
        env = self.servers.environment(database)
        return env | {"TWILIO_BASE_URL": self.stub.url, "SENDGRID_BASE_URL": self.stub.url}

    def begin(self, latency_ms: int) -> None:
        """Nothing sent, nothing in the queues."""
        self.stub.begin(latency_ms)
        redis.from_url(self.servers.broker.url()).flushall()

    def measure(self, run: Run) -> dict[str, Any]:
        """One run."""
        self.begin(run.latency_ms)
        with ExitStack() as stack:
            going = self._peer(run, stack) if run.peer else stack.enter_context(self.product(run))
            return self._watched(run, going)

    def _watched(self, run: Run, going: list[psutil.Process]) -> dict[str, Any]:
        database = [psutil.Process(self.servers.database.pid)]
        before, beside, peak, most, seen, moved = cpu(going), cpu(database), 0.0, 0.0, 0, time.monotonic()
        while (counts := self.stub.counts())["messages"] < run.number:
            if counts["messages"] > seen:
                seen, moved = counts["messages"], time.monotonic()
            if time.monotonic() - moved > PATIENCE:
                break
            peak, most = max(peak, memory(going)), max(most, largest(going))
            time.sleep(0.25)
        after, behind = cpu(going), cpu(database)
        counts = self.stub.counts()
        assert counts["distinct"] == counts["messages"], f"{run.name}: somebody got it twice"
        taken = counts["messages"]
        seconds = max(counts["last"] - counts["first"], 1e-6)
        return {
            "name": run.name, "channel": run.channel, "latency_ms": run.latency_ms, "asked": run.number, "messages": taken,
            "calls": counts["calls"], "seconds": seconds, "app_ms": (after - before) / max(taken, 1) * 1000,
            "a_second": taken * (1 - 1 / max(counts["calls"], 2)) / seconds,  # the clock begins with the first call
            "database_ms": (behind - beside) / max(taken, 1) * 1000, "memory_mb": peak, "largest_mb": most,
        }  # fmt: skip

    @contextmanager
    def product(self, run: Run) -> Iterator[list[psutil.Process]]:
        """The product's own workers on a fresh copy of the outbox, rung as beat rings them."""
        self.filled(run)
        words = ["-m", "celery", "-A", "config", "worker", "--concurrency", str(run.workers), "--queues", "sending", "--hostname", "sender@here"]  # fmt: skip
        rest = ["-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--queues", "default", "--hostname", "rest@here"]  # fmt: skip
        quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        env = self.product_env()
        with (
            program([*words, *quiet], env, self.log) as sender,
            program([*rest, *quiet], env, self.log) as worker,
        ):
            self.ready(2)
            with self.rung():
                yield [sender, worker]

    def filled(self, run: Run) -> None:
        """The database `sending` anew, with so many messages of this channel due and nothing else."""
        self.servers.make("sending", self.outbox)
        other = "email" if run.channel == "sms" else "sms"
        with closing(psycopg2.connect(self.admin_url("sending"))) as admin, admin.cursor() as cursor:
            admin.autocommit = True
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE messaging_message SET due_at = now() + interval '1 day' WHERE channel = %s", [other])  # fmt: skip
            cursor.execute(
                "UPDATE messaging_message SET due_at = now() + interval '1 day' WHERE id IN (SELECT id FROM (SELECT id, row_number() "
                "OVER (PARTITION BY client_id ORDER BY id) AS place FROM messaging_message WHERE channel = %s) AS p WHERE place > %s)",
                [run.channel, run.number // self.clients],
            )
            cursor.execute("VACUUM ANALYZE")  # as autovacuum would have by then

    def _peer(self, run: Run, stack: ExitStack) -> list[psutil.Process]:
        """A peer on tables filled anew; its tasks are put into the queue while its workers run."""
        loops = ["-m", "tests.benchmarks.peers.loops"]
        with program([*loops, "fill", run.peer if run.peer in ("post_office", "reference") else run.channel, str(run.number)], self.peers, self.log) as filling:  # fmt: skip
            filling.wait(300)
        if run.peer != "celery":
            return [stack.enter_context(program([*loops, run.peer], self.peers, self.log))]
        words = ["-m", "celery", "-A", "tests.benchmarks.peers.celery", "worker", "--concurrency", str(run.workers), "--pool", run.pool]  # fmt: skip
        going = [
            stack.enter_context(
                program(
                    [*words, "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
                    self.peers,
                    self.log,
                )
            )
        ]
        self.ready(1)
        task = "text" if run.channel == "sms" else "mail"
        return [*going, stack.enter_context(program([*loops, "enqueue", task], self.peers, self.log))]

    def broker(self) -> Celery:
        return Celery("bench", broker=self.servers.broker.url())

    def ready(self, number: int) -> None:
        ask = self.broker().control.inspect(timeout=1)
        if not until(lambda: len(ask.ping() or {}) >= number, 90):
            raise RuntimeError(f"The workers do not answer; see {self.log}")

    @contextmanager
    def rung(self) -> Iterator[None]:
        over, app = threading.Event(), self.broker()

        def ring() -> None:
            while True:
                for task in ("ring", "apply_hooks"):
                    app.send_task(f"messaging.tasks.{task}", queue="default", expires=2)
                if over.wait(2.0):
                    return

        thread = threading.Thread(target=ring, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def admin_url(self, database: str) -> str:
        return str(self.servers.database.url("postgres", database))


@contextmanager
def field_of(
    of: servers.Servers, number: int, key: str, *, clients: int = 1, mails: bool = True
) -> Iterator[Field]:
    """The stub, an outbox of `number` people of each client, and the peers' libraries.

    The outbox is built anew each time: what proves a client ready is good for a day.
    """
    place, outbox = running.peers_installed(of.home), "outbox"
    with running.stub() as stub:
        print(f"Building an outbox of {clients} x {number:,} people ...", file=sys.stderr, flush=True)
        of.make("building")
        words = ["-m", "tests.benchmarks.child", "outboxes.build", str(number), str(clients), str(int(mails))]
        env = of.environment("building") | {"VERIFICATION_KEY": key}
        with program(words, env, of.home / "building.log") as building:
            if building.wait(7200):
                raise RuntimeError(f"The outbox could not be built; see {of.home / 'building.log'}")
        of.make(outbox, "building")
        of.drop("building")
        of.make("peers", "template0")
        env = of.environment("peers") | {
            "PEERS_DATABASE_URL": of.database.url("postgres", "peers"), "PEERS_BROKER_URL": of.broker.url(), "STUB_URL": stub.url,
            "STUB_SMTP_PORT": str(stub.smtp), "DJANGO_SETTINGS_MODULE": "tests.benchmarks.peers.settings", "VERIFICATION_KEY": key,
        }  # fmt: skip
        try:
            yield Field(of, stub, running.with_peers(env, place), outbox, clients)
        finally:
            for each in ("sending", outbox):
                of.drop(each)
