"""`make bench`: how much the product does in a second, beside the shapes that others have, in one interleaved run.

    python -m tests.bench --rows 1000000 --only import,preview,planning,claim,pages,domains,sending --json figures.json

Starts its own PostgreSQL (durable: fsync and synchronous commit on) and Valkey. The filled database is kept under --home for
the next run. Nothing here passes or fails by a clock: docs/performance.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from config.env import ROOT
from tests.benchmarks import against, coming_back, crowding, lists, profiles, servers, tables

SECTIONS = (
    "import",
    "preview",
    "planning",
    "claim",
    "growth",
    "pages",
    "talk",
    "report",
    "domains",
    "bookings",
    "ending",
    "sending",
    "profile",
    "processes",
    "memory",
    "restore",
)
SMALL = 10_000
ONE_BY_ONE = 1_000  # rows for the peer that needs 10 ms and more for each
DUE = 20_000  # at the beginning; thirty waves at each size take a part of them
GROWN = (DUE, 100_000, 1_000_000, 10_000_000)  # messages in the outbox; the last take about 6 GB meanwhile
OUTBOX = 10_000  # texts, and as many mails
CHECK_BY_CHECK = 100_000  # people
DOMAINS = 50_000  # of mail addresses
MAX_BOOKINGS = 100_000  # lines of one file
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="contacts and messages (default 1,000,000)"
    )
    parser.add_argument("--only", default=",".join(SECTIONS), help="some of " + ",".join(SECTIONS))
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="times the short measures are taken (default 3)"
    )
    parser.add_argument("--json", type=Path, help="also write all figures here")
    parser.add_argument(
        "--home", type=Path, default=ROOT / "var" / "bench", help="where the servers and their data live"
    )
    parser.add_argument(
        "--release",
        action="store_true",
        help="also the longest: an outbox of ten million (6 GB), a million texts sent",
    )
    chosen = parser.parse_args()
    wanted = chosen.only.split(",")
    if unknown := set(wanted) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    chosen.home.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"rows": chosen.rows, "load_before": os.getloadavg()[0]}
    with servers.running(chosen.home.absolute()) as running:
        bench = Bench(running, chosen.rows, chosen.rounds, release=chosen.release)
        for name in wanted:
            began = time.monotonic()
            figures[name] = getattr(bench, {"import": "importing"}.get(name, name))()
            print(f"\n{tables.SHOWN[name](figures[name])}\n  ({time.monotonic() - began:.0f} s)", flush=True)
            if chosen.json:  # after each, because some take long
                chosen.json.write_text(json.dumps(figures, indent=1))
    figures["load_after"] = os.getloadavg()[0]
    print(
        f"\nLoad of the machine: {figures['load_before']:.1f} before, {figures['load_after']:.1f} after, {os.cpu_count()} cores."
    )
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))
    else:
        print(json.dumps(figures))


class Bench:
    """The measures, each in a process of its own against a database of its own."""

    def __init__(self, running: servers.Servers, rows: int, rounds: int, *, release: bool) -> None:
        self.servers, self.rows, self.rounds = running, rows, rounds
        self.times = 10 if release else 1  # the longest sizes

    def importing(self) -> dict[str, Any]:
        """The product and both peers in turn, then the long list."""
        few, one_by_one = self._list(SMALL), self._list(ONE_BY_ONE)
        taken: dict[str, list[dict[str, Any]]] = {"product": [], "in_batches": [], "row_by_row": []}
        for _ in range(self.rounds):
            for name, answers in taken.items():
                answers.append(self._import(name, one_by_one if name == "row_by_row" else few))
        answer: dict[str, Any] = {name: _median(answers) for name, answers in taken.items()}
        if self.rows > SMALL:
            answer["product, long"] = self._import("product", self._list(self.rows))
        return answer

    def preview(self) -> dict[str, Any]:
        """Three times everybody; check by check of fewer, because each check is asked several times."""
        world, fewer = self._world(self.rows), self._world(min(self.rows, CHECK_BY_CHECK))
        whole = [self._ask(world, "previewing.whole") for _ in range(self.rounds)]
        return _median(whole) | {"by_check": self._ask(fewer, "previewing.by_check")}

    def planning(self) -> dict[str, Any]:
        """Plan everybody into an empty outbox."""
        self._plan(self.rows, anew=True)
        answer: dict[str, Any] = json.loads(self._kept(self.rows).read_text())
        return answer

    def claim(self) -> dict[str, Any]:
        """The same waves against a small and a large outbox, in turn."""
        sizes = [SMALL, self.rows] if self.rows > SMALL else [self.rows]
        names = {size: self._plan(size) for size in sizes}
        return {str(size): self._ask(name, "claiming.waves") for size, name in names.items()}

    def growth(self) -> dict[str, Any]:
        """The same client's waves, while its outbox grows around them: to `--rows`, for a release to ten times that."""
        self.servers.make("growing", self._plan(DUE))
        answer: dict[str, Any] = {}
        for size in (each for each in GROWN if each <= max(DUE, self.rows * self.times)):
            grown = self._ask("growing", "growing.grow", str(size))
            answer[str(size)] = self._ask("growing", "growing.waves") | grown
            print(f"  {size:,} messages: {grown['seconds']:.0f} s to add", file=sys.stderr, flush=True)
        self.servers.drop("growing")
        return answer

    def pages(self) -> dict[str, Any]:
        """The pages of a client with everybody planned; the reports where five campaigns wrote to everybody."""
        pages: dict[str, Any] = self._ask(self._plan(self.rows), "pages.pages")
        pages |= self._ask(self._talk(), "pages.reports")
        return pages

    def talk(self) -> dict[str, Any]:
        """Inbox, conversation and contact with five messages for everybody, and answers of a fifth of the people."""
        pages: dict[str, Any] = self._ask(self._talk(), "talking.pages")
        return pages

    def report(self) -> dict[str, Any]:
        """What campaigns brought, where each of five wrote to everybody: of `--rows` 200000 a million messages, of a million
        people a million messages in each."""
        pages: dict[str, Any] = self._ask(self._talk(), "pages.reports")
        return pages

    def ending(self) -> dict[str, Any]:
        """The same client's data deleted at the end of the engagement, in one transaction."""
        self.servers.make("ending", self._talk())
        self._ask("ending", "ending.build", str(self.rows))
        answer: dict[str, Any] = self._ask("ending", "ending.delete")
        self.servers.drop("ending")
        return answer

    def restore(self) -> dict[str, Any]:
        """Back up, lose the server, come back: all databases that stand here, about 10 GB with a million people."""
        return coming_back.drill(self.servers, self._talk())

    def domains(self) -> dict[str, Any]:
        """Look up the domains of so many mail addresses, each at its own."""
        self.servers.make("domains")
        answer: dict[str, Any] = self._ask("domains", "domains.look", str(min(self.rows, DOMAINS)))
        self.servers.drop("domains")
        return answer

    def bookings(self) -> dict[str, Any]:
        """A short file of appointments, the longest that is taken, and one with as many lines as there are contacts elsewhere."""
        answers = []
        for rows in sorted({SMALL, MAX_BOOKINGS, max(self.rows, MAX_BOOKINGS)}):
            self.servers.make("booking", self._world(SMALL))
            answers.append(self._ask("booking", "bookings.read", str(rows)))
            self.servers.drop("booking")
        return {"files": answers}

    def sending(self) -> dict[str, Any]:
        """The product and the peers on one stub, with webhooks and STOPs."""
        return against.everything(self.servers, min(self.rows, OUTBOX), self.rounds)

    def profile(self) -> dict[str, Any]:
        """Where the milliseconds of one text, one mail and one event go."""
        return profiles.everything(self.servers, min(self.rows, OUTBOX))

    def processes(self) -> dict[str, Any]:
        """One, two and four sending processes over several clients."""
        return crowding.processes(self.servers, min(self.rows, OUTBOX))

    def memory(self) -> dict[str, Any]:
        """Outboxes of ten thousand texts and ten times that, as far as `--rows` goes; for a release of a million."""
        return crowding.memory(self.servers, min(self.rows, OUTBOX * 10 * self.times))

    def _world(self, rows: int) -> str:
        """The database with so many contacts, built unless it stands."""
        name = f"world_{servers.shape()}_{rows}"
        if not self.servers.has(name):
            print(f"Building {rows:,} contacts ...", file=sys.stderr, flush=True)
            self.servers.make("building")
            self._ask("building", "world.build", str(rows))
            self.servers.make(name, "building")
            self.servers.drop("building")
        return name

    def _talk(self) -> str:
        """The same with four campaigns more, and answers."""
        name = f"talked_{servers.shape()}_{self.rows}"
        if not self.servers.has(name):
            self.servers.make("talking", self._plan(self.rows))
            self._ask("talking", "talking.build", str(self.rows))
            self.servers.make(name, "talking")
            self.servers.drop("talking")
        return name

    def _plan(self, rows: int, *, anew: bool = False) -> str:
        """The same with every message planned. What it cost to plan is kept beside."""
        name = f"planned_{servers.shape()}_{rows}"
        if anew or not self.servers.has(name):
            self.servers.make(name, self._world(rows))
            self._kept(rows).write_text(json.dumps(self._ask(name, "planning.plan")))
        return name

    def _kept(self, rows: int) -> Path:
        return self.servers.home / f"planned_{rows}.json"

    def _list(self, rows: int) -> Path:
        file = self.servers.home / f"list_{rows}.csv"
        lists.write(file, rows)
        return file

    def _import(self, name: str, file: Path) -> dict[str, Any]:
        self.servers.make("importing")
        answer: dict[str, Any] = self._ask("importing", f"importing.{name}", str(file))
        self.servers.drop("importing")
        return answer

    def _ask(self, database: str, measure: str, *given: str) -> Any:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.child", measure, *given],
            cwd=ROOT, env=self.servers.environment(database), stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return json.loads(ran.stdout.splitlines()[-1])


def _median(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer whose seconds are in the middle, with the seconds of all."""
    middle = sorted(answers, key=lambda answer: answer["seconds"])[len(answers) // 2]
    return middle | {
        "all_seconds": [round(answer["seconds"], 2) for answer in answers],
        "median_cpu": _middle_cpu(answers),
    }


def _middle_cpu(answers: list[dict[str, Any]]) -> float:
    return float(
        statistics.median(
            answer["database_cpu"]
            if "database_cpu" in answer
            else answer["rows"] / answer["rows_a_cpu_second"]
            for answer in answers
        )
    )


if __name__ == "__main__":
    main()
