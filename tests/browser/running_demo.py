"""The real demo as a process of its own, in a directory of its own: PostgreSQL, Valkey, web, worker, beat, simulator."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.demo.place import Place
from config.env import ROOT
from config.servers.process import free_port
from tests.simulators import Simulator

PATIENCE = 240.0  # seconds; the first start fills the database


class RunningDemo:
    """Started with `start()`; `home` holds what `var/` holds for `make demo`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.place = Place(home)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **changed: str) -> subprocess.Popen[bytes]:
        """As in a clean shell: nothing of the tests' settings is in its environment."""
        with (self.home / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--home", str(self.home)],
                cwd=ROOT,
                env={**_clean(), "PORT": str(free_port()), **changed},
                stdout=said,
                stderr=said,
            )
        return self.process

    def until(self, true: Callable[[], Any]) -> None:
        """Wait for something the demo does; fails with what it said when it ends first."""
        limit = time.monotonic() + PATIENCE
        while not true():
            ended = self.process is not None and self.process.poll() is not None
            assert not ended, self.said()
            assert time.monotonic() < limit, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return (self.home / "said").read_text()

    @property
    def url(self) -> str:
        return str(self.place.read()["url"])

    @property
    def simulator(self) -> Simulator:
        """The simulated phones and mailboxes of this demo."""
        about = self.place.read()
        return Simulator(urlsplit(about["simulator_url"]).port or 0, 0, 0)

    def password(self, email: str) -> str:
        return next(str(each["password"]) for each in self.place.read()["accounts"] if each["email"] == email)

    def manage(self, *words: str) -> str:
        """Run a command of manage.py against this demo; returns what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**_clean(), "CTS_ENV_FILE": str(self.place.env_file)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _clean() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
