"""Bells by another broker than Redis: nothing in the product rests on what only Redis does."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from tests.bells import hears, listening


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_its_bells_through_a_folder(tmp_path: Path) -> None:
    broker = f"filesystem://localhost{tmp_path}"
    app = Celery("bell", broker=broker, set_as_current=False)
    app.conf.broker_transport_options = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
    }
    with listening(broker, tmp_path / "log") as worker:
        hears(app, worker)
