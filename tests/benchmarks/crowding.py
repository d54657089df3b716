"""The sections `processes` and `memory`: one, two and four senders over several clients; and what senders hold of long outboxes.

CPU is that of the time in which messages arrive, without starting up. What PostgreSQL's backends wait for is asked of it
twenty times a second.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import psutil
import psycopg2

from tests.benchmarks.running import cpu, until
from tests.benchmarks.sending import PATIENCE, Field, Run, field_of
from tests.benchmarks.servers import Servers

CLIENTS = 4
SLOW = 100  # milliseconds until the provider answers
SIZES = (10_000, 100_000, 1_000_000)  # texts, for memory
WAITS = """
    SELECT coalesce(wait_event_type || ' ' || wait_event, 'works') FROM pg_stat_activity
    WHERE datname = 'sending' AND state = 'active' AND pid <> pg_backend_pid()
"""


def processes(servers: Servers, number: int) -> dict[str, Any]:
    """The same texts by one, two and four sending processes; then by four with PostgreSQL on a core of its own."""
    with field_of(servers, number // CLIENTS, "", clients=CLIENTS, mails=False) as field:
        runs = [(1, number // 2, False), (2, number, False), (4, number, False), (4, number, True)]
        return {"runs": [_told(_crowd(field, *each)) for each in runs], "cores": os.cpu_count()}


def _told(found: dict[str, Any]) -> dict[str, Any]:
    print(f"  {found['workers']} processes: {found['a_second']:,.0f}/s", file=sys.stderr, flush=True)
    return found


def _crowd(field: Field, workers: int, number: int, apart: bool) -> dict[str, Any]:  # noqa: FBT001
    field.begin(SLOW)
    database = psutil.Process(field.servers.database.pid)
    with (
        field.product(Run(f"{workers} processes", "sms", number, SLOW, workers=workers)) as (sender, worker),
        _apart([database], [sender, worker, field.stub.process], apart=apart),
        closing(psycopg2.connect(field.admin_url("sending"))) as admin,
        admin.cursor() as cursor,
    ):
        admin.autocommit = True
        assert until(lambda: field.stub.counts()["messages"] > 0, 60)
        of = {
            "senders": [sender],
            "worker": [worker],
            "PostgreSQL": [database],
            "provider": [field.stub.process],
        }
        before = {name: cpu(each) for name, each in of.items()}
        machine, began, first = _busy(), time.monotonic(), field.stub.counts()["messages"]
        waits: Counter[str] = Counter()
        moved, seen = began, first
        while (taken := field.stub.counts()["messages"]) < number and time.monotonic() - moved < PATIENCE:
            if taken > seen:
                seen, moved = taken, time.monotonic()
            cursor.execute(WAITS)
            waits.update(row[0] for row in cursor.fetchall())
            time.sleep(0.05)
        seconds, sent = time.monotonic() - began, taken - first
        spent = {name: cpu(each) - before[name] for name, each in of.items()}
        counts = field.stub.counts()
        assert counts["distinct"] == counts["messages"], "somebody got it twice"
        return {
            "workers": workers, "apart": apart, "messages": sent, "a_second": sent / seconds,
            "cores": {name: each / seconds for name, each in spent.items()} | {"others": (_busy() - machine - sum(spent.values())) / seconds},
            "ms": {name: 1000 * each / sent for name, each in spent.items()},
            "waits": {name: count / waits.total() for name, count in waits.most_common(4)},
        }  # fmt: skip


def _busy() -> float:
    now = psutil.cpu_times()
    return float(sum(now[:8]) - now.idle - now.iowait)


@contextmanager
def _apart(
    ones: Sequence[psutil.Process], others: Sequence[psutil.Process], *, apart: bool
) -> Iterator[None]:
    """PostgreSQL on the first core alone, everything that sends on the rest."""
    cores = list(range(os.cpu_count() or 1))
    if apart and len(cores) > 1:
        _hold(ones, cores[:1])
        _hold(others, cores[1:])
    try:
        yield
    finally:
        _hold([*ones, *others], cores)


def _hold(processes: Sequence[psutil.Process], cores: list[int]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            for one in [each, *each.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    one.cpu_affinity(cores)


def memory(servers: Servers, most: int) -> dict[str, Any]:
    """Peak memory of the sending processes by the length of the outbox, each size on servers' databases made for it."""
    found = []
    for size in [each for each in SIZES if each <= most] or [most]:
        with field_of(servers, size, "", mails=False) as field:
            found.append(field.measure(Run("product, 2 processes", "sms", size)))
    return {"runs": found}


def processes_shown(found: dict[str, Any]) -> str:
    """Rates, who used the cores, and what PostgreSQL waited for."""
    cores = found["cores"]
    lines = [f"{'PROCESSES, provider in 100 ms':<38}{'taken':>7}{'a second':>10}{'to one':>8}   cores busy: senders, PostgreSQL, provider, others"]  # fmt: skip
    one = found["runs"][0]["a_second"]
    for each in found["runs"]:
        name = f"{each['workers']} processes" + (", PostgreSQL on one core" if each["apart"] else "")
        used = each["cores"]
        lines += [
            f"{name:<38}{each['messages']:>7,}{each['a_second']:>10,.0f}{each['a_second'] / one:>7.2f}x   {used['senders']:.2f}, "
            f"{used['PostgreSQL']:.2f}, {used['provider']:.2f}, {used['others'] + used['worker']:.2f}; a text {each['ms']['senders']:.2f} ms "
            f"of senders, {each['ms']['PostgreSQL']:.2f} of PostgreSQL",
            f"    PostgreSQL: {', '.join(f'{name} {share:.0%}' for name, share in each['waits'].items())}. Limit: {_limit(each, cores)}",
        ]
    most = found["runs"][-1]["ms"]["PostgreSQL"]
    lines.append(f"  by its CPU a text, PostgreSQL alone on {cores} cores would end at {cores * 1000 / most:,.0f} a second")  # fmt: skip
    return "\n".join(lines)


def _limit(found: dict[str, Any], cores: int) -> str:
    used = found["cores"]
    if used["others"] > 0.2 * cores:
        return f"not to be seen: programs beside this one had {used['others']:.1f} of {cores} cores"
    if found["apart"] and used["PostgreSQL"] > 0.9:
        return "PostgreSQL, whose core is full"
    if found["apart"] and used["senders"] + used["worker"] + used["provider"] > 0.9 * (cores - 1):
        return "the senders, whose core is full"
    if sum(used.values()) > 0.9 * cores:
        return f"the cores, all full; PostgreSQL has {used['PostgreSQL'] / sum(used.values()):.0%} of what is used"
    return "waiting: for the provider, and between a wave and the next"


def memory_shown(found: dict[str, Any]) -> str:
    """MB by the length of the outbox, and to the shortest."""
    lines = [f"{'MEMORY of the senders':<24}{'texts':>11}{'a second':>10}{'all MB':>9}{'largest process MB':>20}{'to the first':>14}"]  # fmt: skip
    first = found["runs"][0]["largest_mb"]
    lines += [
        f"{'':<24}{each['messages']:>11,}{each['a_second']:>10,.0f}{each['memory_mb']:>9.0f}{each['largest_mb']:>20.1f}{each['largest_mb'] / first:>13.2f}x"
        for each in found["runs"]
    ]
    return "\n".join(lines)
