"""The demo itself: it survives the worst end, starts again what dies, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import urllib.request

import pytest

from config.servers.process import alive
from tests.browser.running_demo import RunningDemo

pytestmark = pytest.mark.browser


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
