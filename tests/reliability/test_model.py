"""The protocol itself, in every interleaving: clean as it is, and broken by the loss of any one safeguard."""

from __future__ import annotations

import pytest

from messaging.models import Status
from messaging.models.message import TRANSITIONS
from tests.reliability.model import SAFEGUARDS, search


def test_the_protocol_breaks_no_promise_in_any_interleaving() -> None:
    found = search()
    assert found.harm == "", found.path
    assert found.states > 2_000
    # and changes states only as the database allows
    assert all(Status(to) in TRANSITIONS[Status(was)] for was, to in found.changes)


HARMS = {
    "status_check": "double",
    "retry_timeout": "double",
    "requeue": "double",
    "no_sweep": "lost",
    "no_lock": "after_stop",
    "no_recheck": "after_stop",
    "no_poll": "the STOP is lost",
    "no_begin_check": "after_stop",
    "newest_only": "queued, though known to be taken",
    "closed_stays": "unrecorded",
}


@pytest.mark.parametrize("without", SAFEGUARDS)
def test_each_safeguard_taken_away_is_found_out(without: str) -> None:
    found = search(without)
    assert found.harm == HARMS[without], found.path
