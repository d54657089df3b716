"""The demo's child processes: started, watched, started again when they die, stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.env import ROOT
from config.servers.process import ServerFailed, end, last_line, launch

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0
_DEATHS = 6  # this often within _DEATHS_SECONDS, and starting it again is no use
_DEATHS_SECONDS = 90.0


@dataclass
class Child:
    """One process that is to run as long as the demo does."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    patience: float = 8.0  # seconds it gets to finish what it is doing
    popen: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    start_at: float | None = None

    def start(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.popen = launch(self.command, log=out, env=self.env, cwd=ROOT)
        self.start_at = None
        return self.popen

    def watch(self) -> str | None:
        """Start it again if it died and its waiting time is over; a sentence when there is news.

        Raises ServerFailed when it dies again and again.
        """
        now = time.monotonic()
        if self.start_at is not None:
            if now >= self.start_at:
                self.start()
            return None
        if self.popen is None or not self.ended():
            return None
        self.deaths = [at for at in self.deaths if now - at < _DEATHS_SECONDS] + [now]
        if len(self.deaths) >= _DEATHS:
            raise ServerFailed(f"The {self.name} keeps ending: {last_line(self.log)} Its log: {self.log}")
        wait = min(_FIRST_WAIT * 2 ** (len(self.deaths) - 1), _LONGEST_WAIT)
        self.start_at = now + wait
        return f"The {self.name} ended (code {self.popen.returncode}); starting it again. Its log: {self.log}"

    def ended(self) -> bool:
        return self.popen is not None and self.popen.poll() is not None

    def stop(self) -> None:
        self.start_at = None
        if self.popen is not None:
            end(self.popen.pid, self.popen, [(signal.SIGTERM, self.patience), (signal.SIGKILL, 5)])


def run_once(name: str, command: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
    """Run a command to its end. Raises ServerFailed, with the last line it wrote, if it fails."""
    child = Child(name, command, log, env)
    log.unlink(missing_ok=True)
    try:
        code = child.start().wait()
    except BaseException:
        child.stop()
        raise
    if code:
        raise ServerFailed(f"The {name} failed: {last_line(log)} Its log: {log}")
