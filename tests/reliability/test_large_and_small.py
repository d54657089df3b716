"""One client sends a hundred thousand by a provider that takes 100 ms; others that launch meanwhile do not wait for it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.servers.roles import as_superuser
from messaging.models import Message
from tenants.scope import acting_for
from tests.reliability import breaking
from tests.reliability.killing import Run, Stage, stage
from tests.reliability.stage import Clinic
from tests.simulators import eventually

LARGE, SMALL, MINUTES = 100_000, 20, 10
FIRST_WITHIN, A_SECOND = 10.0, 50


class Together(Run):
    """Rings the bells, and nothing else."""

    def __init__(self, on: Stage, minutes: float, large: int) -> None:
        super().__init__(on, kills=0, seed=1, batch=large)
        self.minutes, self.waits = minutes, list[float]()

    def measure(self) -> float:
        """Hand-offs a second over those minutes, of all clients."""
        # Nobody asks what became of them: the receipts of so many would be another test.
        self.on.simulator.faults(latency_ms=100.0, hold_callbacks=1.0)
        ringing = threading.Thread(target=self._ringing, daemon=True)
        ringing.start()
        try:
            self._another()
            eventually(self._begun, within=900)
            began, before = time.time(), len(self._begun())
            while time.time() < began + 60 * self.minutes:
                time.sleep(20)
                self.waits.append(self._small())
            return (len(self._begun()) - before) / (time.time() - began)
        finally:
            self._over.set()
            ringing.join()

    def _begun(self) -> list[tuple[float, str]]:
        return breaking.begun(self.on.begun)

    def _small(self) -> float:
        """Seconds from a small client's launch to its first hand-off."""
        of: Clinic = self.on.clinic(SMALL)
        launched = time.time()
        self.clinics.append(of)

        def first() -> float:
            with acting_for(of.id):
                mine = {str(each) for each in Message.objects.values_list("attempts", flat=True)}
            return min((at for at, attempt in self._begun()[-3_000:] if attempt in mine), default=0.0)

        return float(eventually(first, within=120)) - launched


@contextlib.contextmanager
def _vacuuming() -> Iterator[None]:
    """The server of tests never vacuums; every other does, and of a hundred thousand messages each row is written four times."""
    _autovacuum("on")
    try:
        yield
    finally:
        _autovacuum("off")


def _autovacuum(setting: str) -> None:
    with as_superuser(os.environ["TEST_ADMIN_URL"]) as cursor:
        cursor.execute(f"ALTER SYSTEM SET autovacuum = {setting}")
        cursor.execute("SELECT pg_reload_conf()")
        time.sleep(1)
        cursor.execute("SHOW autovacuum")
        assert cursor.fetchone() == (setting,)


@pytest.mark.reliability
@pytest.mark.django_db(transaction=True)
def test_a_small_client_is_written_to_at_once_while_a_hundred_thousand_are(tmp_path: Path) -> None:
    with stage(tmp_path, DAWDLES="0") as on, _vacuuming():
        run = Together(on, MINUTES, LARGE)
        rate = run.measure()
        taken = [each["to"] for each in on.simulator.accepted()]
    print(
        f"{rate:.0f} hand-offs a second; {len(run.waits)} small clients waited {[round(each, 1) for each in run.waits]} s"
    )
    assert len(taken) == len(set(taken))
    assert max(run.waits) <= FIRST_WITHIN
    assert rate >= A_SECOND
