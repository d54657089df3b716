"""Real workers killed while they send, and their broker emptied: no promise breaks; and with any one safeguard taken away,
one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import ROOT
from tests.reliability.kill_test import BREAKS
from tests.reliability.killing import Run, stage
from tests.reliability.safeguards import BROKEN
from tests.reliability.shaking import RESUME, Shaken, forget


@pytest.mark.django_db(transaction=True)
def test_neither_kills_nor_a_broker_that_forgets_break_a_promise(tmp_path: Path) -> None:
    with stage(tmp_path) as on:
        killed = Run(on, kills=4, seed=1, batch=24).verdict()
        emptied = Shaken(on, 1, 1, forget, batch=12)
        forgot = emptied.verdict()
    assert (killed.kills, forgot.kills) == (4, 1)
    assert emptied.longest < RESUME  # something was claimed again
    for verdict in (killed, forgot):
        assert verdict.kept, verdict
        ends = (verdict.accepted, verdict.refused, verdict.held, verdict.expired, verdict.cancelled)
        assert sum(ends) + verdict.unresolved == verdict.planned


@pytest.mark.reliability
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("without", BROKEN)
def test_each_safeguard_is_needed(tmp_path: Path, without: str) -> None:
    """A STOP hits the open moment by chance, so a few runs are allowed; with the safeguard it never does."""
    with stage(tmp_path) as on:
        assert any(
            Run(on, kills=2 * tries, seed=tries, without=without, batch=40)
            .verdict()
            .as_dict()[BROKEN[without]]
            for tries in range(1, 6)
        )
    assert set(BROKEN) == set(BREAKS) - {""}


def kill_test(kills: int, seed: int, without: str = "") -> tuple[int, dict[str, int]]:
    """As `make kill-test` runs it: exit code and verdict."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.kill_test", "--kills", str(kills), "--seed", str(seed)],
        cwd=ROOT, env={**os.environ, "BREAK": without}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.reliability
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_thousand_kills_break_no_promise(seed: int) -> None:
    code, verdict = kill_test(1000, seed)
    broken = {name: verdict[name] for name in ("double", "lost", "after_stop", "unrecorded", "unenforced")}
    assert (code, any(broken.values())) == (0, False), broken
    assert verdict["kills"] == 1000


@pytest.mark.reliability
@pytest.mark.parametrize("without", BROKEN)
def test_a_safeguard_less_is_found_out_by_the_kill_test(without: str) -> None:
    code, verdict = kill_test(100, 1, without)
    assert code == 1
    assert verdict[BROKEN[without]] > 0
