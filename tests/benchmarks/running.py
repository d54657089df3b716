"""Programs of a measure as processes: started, watched for CPU and memory, stopped; and the stub they all send to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from config.env import ROOT
from config.servers.process import launch

PEERS = ROOT / "requirements-peers.lock"


@dataclass(frozen=True)
class Stub:
    """The running stub."""

    http: int
    smtp: int
    process: psutil.Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def begin(self, latency_ms: int) -> None:
        """Forget what was taken; answer after so many milliseconds from now on."""
        self._ask(f"/_/begin?latency_ms={latency_ms}")

    def counts(self) -> dict[str, Any]:
        return self._ask("/_/counts")

    def _ask(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            counts: dict[str, Any] = json.load(answer)
            return counts


@contextmanager
def stub() -> Iterator[Stub]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.stub"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        http, smtp = json.loads(process.stdout.readline())
        yield Stub(http, smtp, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def program(words: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[psutil.Process]:
    """A program until the block ends."""
    with log.open("ab") as out:
        process = launch([sys.executable, *words], log=out, env=env, cwd=ROOT)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu(processes: Sequence[psutil.Process]) -> float:
    """Seconds of these and all their children, ended ones too."""
    spent = 0.0
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            own = each.cpu_times()
            spent += own.user + own.system + own.children_user + own.children_system
            for child in each.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    times = child.cpu_times()
                    spent += times.user + times.system
    return spent


def memory(processes: Sequence[psutil.Process]) -> float:
    """MB that these and their children have for themselves or share, each page once a process."""
    held = 0.0
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            for one in [each, *each.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    held += one.memory_info().rss / 1e6
    return held


def largest(processes: Sequence[psutil.Process]) -> float:
    """MB of the one among these and their children that has most."""
    held = 0.0
    for one in [one for each in processes for one in [each, *each.children(recursive=True)]]:
        with suppress(psutil.NoSuchProcess):
            held = max(held, one.memory_info().rss / 1e6)
    return held


def until(what: Any, seconds: float, every: float = 0.1) -> bool:
    """Whether it became true in time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if what():
            return True
        time.sleep(every)
    return False


def peers_installed(home: Path) -> Path:
    """The peers' libraries in a folder of their own, so that nothing else carries them."""
    place = home / "peers" / str(hash_of(PEERS))
    if not place.exists():
        uv = shutil.which("uv")
        words = [uv, "pip", "install", "-q", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install", "-q"]  # fmt: skip
        subprocess.run([*words, "--no-deps", "--require-hashes", "-r", str(PEERS), "--target", str(place)], check=True)  # fmt: skip
    return place


def hash_of(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def with_peers(env: Mapping[str, str], place: Path) -> dict[str, str]:
    return {**env, "PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
