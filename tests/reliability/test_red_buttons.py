"""A stop that is pressed while a wave is prepared: nothing of it is claimed."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance import stopping
from compliance.models import Stop
from messaging import delivery, failpoints, outbox
from messaging.models import Attempt, Message, Status
from tenants.scope import acting_for
from tests.reliability.lives import Case
from tests.simulators import Simulator


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["campaign", "client", "everything"])
def test_a_stop_pressed_when_the_locks_are_held_lets_nothing_begin(
    quiet: Simulator, tmp_path: Path, what: str
) -> None:
    of = Case(quiet, 0, tmp_path / "begun").of
    outbox.plan(of.launch)

    def heard(step: str) -> None:
        if step == "lock.got":
            failpoints.arm(None)
            with acting_for(of.id):
                if what == "everything":
                    stopping.stop_everything(None, "Provider trouble")
                else:
                    campaign = of.launch.campaign if what == "campaign" else None
                    stopping.stop(of.client, campaign, Stop.Kind.PAUSE, None, "Wait")

    failpoints.arm(heard)
    try:
        assert delivery.drain(of.id) == 0
    finally:
        failpoints.arm(None)
    with acting_for(of.id):
        assert not Attempt.objects.exists()
        assert set(Message.objects.values_list("status", flat=True)) == {Status.QUEUED}
    assert quiet.accepted() == []
