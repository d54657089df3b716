"""Each safeguard is needed: in the one moment that it is for, harm is done without it, and none with it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from consent.models import Address
from tenants.models import Channel
from tests.reliability import breaking
from tests.reliability.kill_test import BREAKS
from tests.reliability.lives import Case, ended
from tests.reliability.safeguards import BROKEN
from tests.reliability.stage import after_stop, count, unenforced
from tests.simulators import Simulator

MOMENT = 0.7  # seconds; less than the two within which a judged hand-off may begin


def harm(of: Case) -> dict[str, int]:
    """How often each promise was broken."""
    found = count(of.of, of.simulator.accepted())
    address = Address.objects.resolve(Channel.SMS, of.of.phones[:1])[of.of.phones[0]]
    return {
        "double": found.double,
        "lost": found.lost,
        "after_stop": after_stop(of.of, breaking.begun(of.begun)),
        "unrecorded": found.unrecorded + found.never_sent,
        "unenforced": unenforced([of.of], [(of.of.id, address)]),
    }


def stop_between_judging_and_calling(of: Case, without: str) -> None:
    """The opt-out comes while the hand-off is on its way, and nobody can see its row yet: whoever enforces it must wait for its lock."""
    pid = frozen(of, "tx1.before_commit", without)
    thaw = threading.Timer(MOMENT, os.kill, (pid, signal.SIGCONT))
    thaw.start()
    of.say_stop()
    thaw.join()
    ended(pid)
    of.rest()


def stop_between_planning_and_judging(of: Case, without: str) -> None:
    pid = frozen(of, "drain.start", without)
    of.say_stop()
    os.kill(pid, signal.SIGCONT)
    ended(pid)
    of.rest()


def answer_lost_on_its_way(of: Case, without: str) -> None:
    """The provider took the message, and its answer never came."""
    of.simulator.faults(lost_reply=1.0)
    ended(of.child("stop.before_lock", "kill", without))
    of.simulator.faults()
    of.rest()


def killed_between_claim_and_call(of: Case, without: str) -> None:
    ended(of.child("tx1.after_commit", "kill"))
    of.rest(sweeping=without != "nosweep")


def stop_and_nothing_more(of: Case, without: str) -> None:
    """The opt-out is stored and answered; nothing else will ever look at it."""
    ended(of.child("seal.before", "kill", without))


def frozen(of: Case, step: str, without: str) -> int:
    """A child that stands still at the step."""
    pid = of.child(step, "freeze", without)
    _, status = os.waitpid(pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"{step} was never reached"
    return pid


MOMENTS: dict[str, Callable[[Case, str], None]] = {
    "nolock": stop_between_judging_and_calling,
    "norecheck": stop_between_planning_and_judging,
    "requeue": answer_lost_on_its_way,
    "nosweep": killed_between_claim_and_call,
    "nobarrier": stop_and_nothing_more,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("safeguard", MOMENTS)
def test_harm_is_done_without_a_safeguard_and_none_with_it(
    quiet: Simulator, tmp_path: Path, safeguard: str
) -> None:
    guarded = Case(quiet, 0, tmp_path / "guarded")
    MOMENTS[safeguard](guarded, "")
    assert not any(harm(guarded).values()), harm(guarded)

    quiet.faults()
    bare = Case(quiet, 1, tmp_path / "bare")
    MOMENTS[safeguard](bare, safeguard)
    assert harm(bare)[BROKEN[safeguard]] > 0, harm(bare)


def test_each_safeguard_that_the_kill_test_can_take_away_has_its_moment() -> None:
    assert set(MOMENTS) == set(BROKEN) == set(BREAKS) - {""}
