"""One direction of imports, held by import-linter; one place for handing over; no file too long to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = 300  # a file of the product stays below
# The only longer ones: each is one subject in many short sentences, and halves of it would repeat its builders.
LONG = {
    "tests/campaigns/test_editor.py": "every field of the editor, and every way to fill it wrongly",
    "tests/compliance/test_gate.py": "one way to break each check of the gate",
    "tests/consent/importing/test_loading.py": "one list, loaded in every state of what was there before",
    "tests/messaging/test_launch.py": "one launch, refused and allowed",
    "tests/messaging/test_live.py": "one running campaign's page",
    "tests/messaging/test_why.py": "one sentence for each reason",
    "tests/messaging/webhooks/test_events.py": "one kind of event after the other",
    "tests/messaging/webhooks/test_forged.py": "one forgery after the other",
    "tests/people.py": "the builders of every test",
    "tests/reliability/killing.py": "one run of kills",
}


def test_every_room_imports_only_what_lies_to_its_left() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]


def test_messages_are_handed_over_in_one_place_only() -> None:
    callers = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("*/**/*.py")
        if path.parts[len(ROOT.parts)] not in {".venv", "tests", "var", "simulator"}
        and "provider.send(" in path.read_text()
    ]
    assert callers == ["messaging/delivery.py"]


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    """Migrations are written by a program and read by nobody twice."""
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines())
        for path in ROOT.glob("**/*.py")
        if path.relative_to(ROOT).parts[0] not in {".venv", "var"} and "migrations" not in path.parts
    }
    assert {name for name, count in lines.items() if count >= LINES} == set(LONG)
