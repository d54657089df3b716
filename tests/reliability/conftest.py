"""The simulator as the provider of the tests that break things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from messaging import bell, providers, reconciling
from tests.reliability.lives import TOKENS
from tests.reliability.stage import world
from tests.simulators import Simulator, running_simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with running_simulator(world(TOKENS)) as running:
        yield running


@pytest.fixture
def quiet(simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The simulator as provider; no bells, because the test itself is the rest of the system."""
    settings.TWILIO_BASE_URL = simulator.base
    monkeypatch.setattr(providers, "_kept", {})
    monkeypatch.setattr(bell, "ring", lambda *_, **__: None)
    monkeypatch.setattr(reconciling, "ASK_FOR", timedelta(0))
    simulator.reset()
    simulator.faults()
    return simulator
