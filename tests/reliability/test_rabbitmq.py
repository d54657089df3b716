"""Bells by RabbitMQ, a real one: rung, expired, and after it was killed. `apt-get install rabbitmq-server` brings it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from config.servers.process import free_port
from tests.bells import hears, listening

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[dict[str, str], int]]:
    """Where it keeps its queues, and its port; its name server is ended with it."""
    assert PROGRAM.exists(), "RabbitMQ is not installed here: apt-get install rabbitmq-server"
    port = free_port()
    env = {
        **os.environ, "HOME": str(tmp_path), "RABBITMQ_NODENAME": f"cts{port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port), "RABBITMQ_DIST_PORT": str(free_port()), "RABBITMQ_MNESIA_BASE": str(tmp_path / "queues"),
        "RABBITMQ_LOG_BASE": str(tmp_path / "log"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(tmp_path / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(tmp_path / "none"), "RABBITMQ_CONFIG_FILE": str(tmp_path / "none"),
        "ERL_CRASH_DUMP": str(tmp_path / "crash"), "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(free_port()),
    }  # fmt: skip
    yield env, port
    epmd = shutil.which("epmd")
    assert epmd
    subprocess.run([epmd, "-kill"], env=env, check=False, stdout=subprocess.DEVNULL)


@contextmanager
def rabbit(env: dict[str, str], app: Celery) -> Iterator[subprocess.Popen[bytes]]:
    """RabbitMQ, until the block ends."""
    server = subprocess.Popen([str(PROGRAM)], env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                with app.connection_for_write() as line:
                    line.ensure_connection(max_retries=1, timeout=1)
                break
            except OperationalError:
                assert server.poll() is None, "RabbitMQ ended"
                assert time.monotonic() < until, "RabbitMQ does not answer"
                time.sleep(0.5)
        yield server
    finally:
        end(server, signal.SIGTERM)


def end(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """The script, and the machine that it runs."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, how)
    server.wait(60)


def test_a_worker_hears_its_bells_through_rabbitmq_also_after_it_was_killed(
    home: tuple[dict[str, str], int], tmp_path: Path
) -> None:
    env, port = home
    broker = f"amqp://guest:guest@127.0.0.1:{port}//"
    app = Celery("bell", broker=broker, set_as_current=False)
    with rabbit(env, app) as server:
        app.send_task("messaging.tasks.no_such_task", queue="default", expires=0.1)  # nobody hears this one
        time.sleep(1)
        with listening(broker, tmp_path / "worker.log") as worker:
            hears(app, worker)
            assert app.control.inspect(timeout=10).ping() == {"bell@here": {"ok": "pong"}}
            assert "no_such_task" not in worker.log.read_text()
            end(server, signal.SIGKILL)
            with rabbit(env, app):
                hears(app, worker)
