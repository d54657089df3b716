"""What tests of the rooms' sending share."""

from __future__ import annotations

import pytest

from messaging import claiming


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls may begin when a busy machine comes to them: for tests of something else than the two seconds they have."""
    monkeypatch.setattr(claiming, "BEGIN_WITHIN", 60.0)
