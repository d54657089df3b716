"""The demo itself: it survives the worst end, starts again what dies, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from config.servers.process import alive
from tests.browser.running_demo import RunningDemo

pytestmark = pytest.mark.browser


def test_what_the_demo_can_show_for_itself_is_proven_by_bare_python_in_an_empty_folder(
    demo: RunningDemo, tmp_path: Path
) -> None:
    packed = tmp_path / "pack.zip"
    demo.manage("evidence_pack", "--client", "glow-med-spa", "--since", "2020-01-01", "--out", str(packed))
    empty = tmp_path / "empty"
    with zipfile.ZipFile(packed) as zipped:
        zipped.extractall(empty)
    proof = [sys.executable, "-I", "-S", str(empty / "verify.py")]
    assert subprocess.run(proof, cwd=empty, env={}, check=False).returncode == 0
    changed = empty / "data" / "messages.json"
    raw = bytearray(changed.read_bytes())
    raw[len(raw) // 2] ^= 1
    changed.write_bytes(raw)
    assert subprocess.run(proof, cwd=empty, env={}, check=False).returncode == 1


def test_the_demo_starts_again_after_a_kill_and_says_how_to_sign_in(demo: RunningDemo) -> None:
    assert demo.process
    demo.process.kill()  # the worst end: nothing is tidied up
    demo.process.wait()

    demo.start()
    demo.until(lambda: "Ctrl-C" in demo.said())
    about = demo.place.read()
    with urllib.request.urlopen(f"{about['url']}/readyz", timeout=10) as answer:
        assert json.load(answer)["ready"] is True
    with urllib.request.urlopen(about["simulator_url"], timeout=10) as answer:
        assert answer.status == 200
    for account in about["accounts"]:
        assert account["email"] in demo.said()
        assert account["password"] in demo.said()
    assert {account["role"] for account in about["accounts"]} >= {"owner", "staff", "approver"}


def test_a_worker_that_dies_is_started_again(demo: RunningDemo) -> None:
    worker = processes(demo)["worker"]
    os.kill(worker, signal.SIGKILL)
    demo.until(lambda: processes(demo)["worker"] != worker)
    assert "The worker ended (code -9); starting it again." in demo.said()


def test_one_interrupt_ends_everything(demo: RunningDemo) -> None:
    assert demo.process
    running = processes(demo)
    database = int((demo.home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert not [name for name, pid in running.items() if alive(pid)]
    assert not alive(database)
    assert not demo.place.env_file.exists()
    assert not demo.place.description.exists()
    assert not list(demo.home.glob("*.pid"))


def processes(demo: RunningDemo) -> dict[str, int]:
    found: dict[str, int] = json.loads((demo.home / "processes.json").read_text())
    return found
