"""Bells by another broker than Redis: nothing in the product rests on what only Redis does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery

from config.env import ROOT
from messaging.models import WorkerHeartbeat


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_its_bells_through_a_folder(tmp_path: Path) -> None:
    broker = f"filesystem://localhost{tmp_path}"
    words = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "--pool",
        "solo",
        "--queues",
        "default",
    ]
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            words, cwd=ROOT, env={**os.environ, "BROKER_URL": broker}, stdout=log, stderr=log
        )
    try:
        app = Celery("bell", broker=broker, set_as_current=False)
        app.conf.broker_transport_options = {
            "data_folder_in": str(tmp_path),
            "data_folder_out": str(tmp_path),
            "control_folder": str(tmp_path / "control"),
        }
        app.send_task("messaging.tasks.ring", queue="default")
        until = time.monotonic() + 60
        while not WorkerHeartbeat.objects.exists():
            assert worker.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(60)
