"""How `make demo` answers wrong wishes and programs that fail; that it runs and ends well is the end of the walk in tests/browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.demo.children import Child, run_once
from config.env import ROOT
from config.servers.process import ServerFailed, free_port


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cts-demo-") as name:
        Path(name).chmod(0o711)  # as root the servers run as nobody
        yield Path(name)


def start(home: Path, **changed: str) -> subprocess.Popen[bytes]:
    """The demo in a clean shell: nothing of the tests' settings in its environment."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (home / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--home", str(home)],
            cwd=ROOT,
            env={**keep, "PORT": str(free_port()), **changed},
            stdout=said,
            stderr=said,
        )


def test_wrong_wishes_are_answered_with_a_sentence(home: Path) -> None:
    for changed, sentence in [
        ({"PORT": "web"}, "PORT is 'web': set it to a number"),
        ({"DATABASE_URL": "postgres://cts_app:x@127.0.0.1:1/cts"}, "set OWNER_DATABASE_URL too"),
        (
            {"RESET": "1", "DATABASE_URL": "postgres://a:b@h/c", "OWNER_DATABASE_URL": "postgres://o:b@h/c"},
            "DATABASE_URL names one of yours",
        ),
    ]:
        demo = start(home, **changed)
        assert demo.wait(120) == 1
        said = (home / "said").read_text()
        assert sentence in said
        assert "Traceback" not in said


def test_a_command_that_fails_is_told_with_its_last_line_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "seed.log"
    with pytest.raises(ServerFailed, match=rf"The seed failed: no salt Its log: {re.escape(str(log))}"):
        run_once("seed", [sys.executable, "-c", "import sys; sys.exit('no salt')"], log, os.environ)


def test_a_child_that_dies_at_once_ends_the_demo_after_a_few_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.demo.children._FIRST_WAIT", 0.01)
    child = Child(
        "web", [sys.executable, "-c", "import sys; sys.exit('no port')"], tmp_path / "log", os.environ
    )
    child.start()
    news: list[str] = []

    def watch() -> None:
        for _ in range(2000):
            said = child.watch()
            news.extend([said] if said else [])
            time.sleep(0.01)

    with pytest.raises(ServerFailed, match="The web keeps ending: no port Its log: "):
        watch()
    assert len(news) == 5
    assert "starting it again" in news[0]
