"""The command lines of the demo's processes. They skip Django's checks, which read every page: the demo's settings are its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.celery import ASKING, LISTS, SENDING, SHORT


def simulator(ports: Mapping[str, int]) -> list[str]:
    words = [sys.executable, "-m", "simulator", "--port", str(ports["simulator"])]
    return [*words, "--dns-port", str(ports["dns"]), "--smtp-port", str(ports["smtp"])]


def migrate() -> list[str]:
    return [sys.executable, "manage.py", "migrate", "-v", "1", "--skip-checks"]


def seed(simulator_url: str, accounts: Path) -> list[str]:
    words = [sys.executable, "manage.py", "seed_demo", "--simulator-url", simulator_url]
    return [*words, "--accounts-file", str(accounts), "--skip-checks"]


def web(port: int) -> list[str]:
    words = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    words += ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]
    return [*words, "--graceful-timeout", "5", "--no-control-socket"]


def sender() -> list[str]:
    return _worker("sender", [SENDING], "--concurrency", "2")


def worker() -> list[str]:
    """Everything but the sending, in threads of one process, because the demo shares a small machine; so many that those
    which wait for a provider or read a list leave some for the others."""
    return _worker("worker", [SHORT, ASKING, LISTS], "--pool", "threads", "--concurrency", "16")


def _worker(name: str, queues: Sequence[str], *more: str) -> list[str]:
    words = [sys.executable, "-m", "celery", "-A", "config", "worker", "--hostname", f"{name}@%h"]
    words += ["--queues", ",".join(queues), *more]
    return [*words, "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


def beat(schedule: Path) -> list[str]:
    words = [sys.executable, "-m", "celery", "-A", "config", "beat", "--schedule", str(schedule)]
    return [*words, "--pidfile=", "--loglevel", "WARNING"]


def hours() -> list[str]:
    """Keeps the demo's sending hours open, also for lists imported while it runs."""
    return [sys.executable, "manage.py", "demo_hours", "--every", "3", "--skip-checks"]
