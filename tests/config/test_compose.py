"""docker-compose.yml by hand: the same commands, on the servers the tests run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from config.celery import app
from config.env import ROOT
from config.servers.process import free_port
from tests.environment import VALUES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
FILLED_IN = {
    name: VALUES[name] for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "HASH_KEYS", "EMAIL_HOST")
} | {
    "PUBLIC_URL": "https://cts.example.com",
    "POSTGRES_PASSWORD": "pg",
    "CTS_OWNER_PASSWORD": "owner",
    "CTS_APP_PASSWORD": "app",
    "VALKEY_PASSWORD": "vk",
}


class Missing(Exception):
    """A variable that the compose file demands."""


def resolve(text: str, given: dict[str, str]) -> str:
    """Compose's own interpolation: ${A}, ${A:-default}, ${A:?message}, $$."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if given.get(found["name"]):
            return given[found["name"]]
        if found["how"] == ":?":
            raise Missing(found["rest"])
        return found["rest"] or ""

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<rest>[^}]*))?\}", one, text)


def command(service: str, **replaced: str) -> list[str]:
    words = [resolve(str(word), FILLED_IN) for word in COMPOSE["services"][service]["command"]]
    return [next((new for old, new in replaced.items() if word == PARTS[old]), word) for word in words]


PARTS = {"bind": "0.0.0.0:8000", "schedule": "/tmp/beat-schedule"}


def environment(service: str) -> dict[str, str]:
    """What the service's container sees, with its servers' addresses replaced by the tests'."""
    said = {k: resolve(str(v), FILLED_IN) for k, v in COMPOSE["services"][service]["environment"].items()}
    addresses = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    if "OWNER_DATABASE_URL" in said:
        addresses["OWNER_DATABASE_URL"] = os.environ["OWNER_DATABASE_URL"]
        addresses["ADMIN_DATABASE_URL"] = os.environ["TEST_ADMIN_URL"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if "UPLOAD_DIR" in said:
        addresses["UPLOAD_DIR"] = os.environ.get("UPLOAD_DIR", str(ROOT / "var" / "uploads"))
    return {"PATH": path, "HOME": os.environ.get("HOME", "/"), "STATIC_MANIFEST": "0", **said, **addresses}


@contextmanager
def running(service: str, log: Path, **replaced: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(service, **replaced), cwd=ROOT, env=environment(service), stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.parametrize("name", sorted(FILLED_IN))
def test_a_variable_left_empty_is_refused_by_name(name: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    with pytest.raises(Missing, match=f"Set {name} in .env"):
        resolve(text, FILLED_IN | {name: ""})


def test_the_example_names_every_variable_the_compose_file_reads() -> None:
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert read - example == {"LOG_LEVEL"}
    assert example <= read


def test_only_the_migration_knows_how_to_connect_as_owner() -> None:
    for name, service in COMPOSE["services"].items():
        told = str(service.get("environment", {}))
        assert ("CTS_OWNER_PASSWORD" in told) == (name == "migrate")


def test_the_migration_runs_as_owner_and_everything_else_waits_for_it_as_the_application() -> None:
    services = COMPOSE["services"]
    assert "DATABASE_URL=$OWNER_DATABASE_URL python manage.py migrate" in command("migrate")[-1]
    assert "cts_owner:" in services["migrate"]["environment"]["OWNER_DATABASE_URL"]
    for name in ("web", "sender", "worker", "asker", "lists", "beat"):
        assert services[name]["environment"]["DATABASE_URL"].startswith("postgres://cts_app:")
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert services["migrate"]["restart"] == "no"


def test_web_and_workers_see_one_folder_of_uploads_that_outlives_them() -> None:
    services = COMPOSE["services"]
    folder = services["web"]["environment"]["UPLOAD_DIR"]
    for name in ("web", "sender", "worker", "asker", "lists"):
        assert services[name]["environment"]["UPLOAD_DIR"] == folder
        assert services[name]["volumes"] == [f"uploads:{folder}"]
    assert set(COMPOSE["volumes"]) == {"postgres", "uploads"}
    # A new volume takes over what the image has there: the folder must be there, private and the program's own.
    made = f"install -d -m 700 -o cts {folder}"
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert made in dockerfile
    assert "USER cts" in dockerfile


def test_only_the_web_is_reached_from_outside_and_only_by_a_proxy_on_this_machine() -> None:
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}


def test_what_the_image_copies_is_there_and_nothing_it_runs_is_missing() -> None:
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.M)
    assert all((ROOT / name).is_dir() for name in copied)
    assert {
        "config",
        "tenants",
        "consent",
        "campaigns",
        "compliance",
        "messaging",
        "templates",
        "static",
        "locale",
    } == set(copied)
    read = [*settings.LOCALE_PATHS, *settings.STATICFILES_DIRS, *settings.TEMPLATES[0]["DIRS"]]
    assert {Path(folder).name for folder in read} <= set(copied)
    let_in = (ROOT / ".dockerignore").read_text().split()
    assert all(f"!{name}" in let_in for name in copied)


def test_every_service_that_stays_up_says_whether_it_is_well() -> None:
    for name, service in COMPOSE["services"].items():
        assert ("healthcheck" in service) == (name != "migrate"), name


def test_postgres_gets_the_locks_the_sender_needs() -> None:
    assert "max_locks_per_transaction=512" in COMPOSE["services"]["postgres"]["command"]


@pytest.mark.django_db
def test_the_migration_job_prepares_the_roles_and_migrates() -> None:
    done = subprocess.run(
        command("migrate"), cwd=ROOT, env=environment("migrate"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "No migrations to apply" in done.stdout


def test_web_answers_its_health_check(tmp_path: Path) -> None:
    port = free_port()
    with running("web", tmp_path / "log", bind=f"127.0.0.1:{port}") as process:
        probe = [*COMPOSE["services"]["web"]["healthcheck"]["test"][1:-1], f"http://127.0.0.1:{port}/healthz"]
        probe[0] = sys.executable
        wait_until(lambda: subprocess.call(probe, cwd=ROOT, env=environment("web")) == 0, process, tmp_path)
        with pytest.raises(urllib.error.HTTPError):  # as somebody who knows neither host nor scheme
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30)


def test_the_workers_answer_a_ping_by_the_names_their_health_checks_use(tmp_path: Path) -> None:
    names = {"sender": {"sending"}, "worker": {"default"}, "asker": {"asking"}, "lists": {"lists"}}
    with ExitStack() as stack:
        process = [stack.enter_context(running(name, tmp_path / f"{name}.log")) for name in names][0]
        line = stack.enter_context(app.connection_for_read(os.environ["REDIS_URL"]))
        ask = app.control.inspect(timeout=1, connection=line)
        read: dict[str, set[str]] = {}

        def all_answered() -> bool:  # each within the second, and some other time another does not
            for node, queues in (ask.active_queues() or {}).items():
                read[node.split("@")[0]] = {queue["name"] for queue in queues}
            return len(read) == len(names) and len(ask.ping() or {}) == len(names)

        wait_until(all_answered, process, tmp_path, "sender.log")
    assert read == names
    for name in names:
        assert f"--destination {name}@" in COMPOSE["services"][name]["healthcheck"]["test"][1]


def test_beat_starts_and_keeps_its_schedule(tmp_path: Path) -> None:
    schedule = tmp_path / "schedule"
    with running("beat", tmp_path / "log", schedule=str(schedule)) as process:
        wait_until(lambda: bool(list(tmp_path.glob("schedule*"))), process, tmp_path)


def wait_until(
    done: Callable[[], bool], process: subprocess.Popen[bytes], place: Path, log: str = "log"
) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, (place / log).read_text()
        if done():
            return
        time.sleep(0.3)
    raise AssertionError((place / log).read_text())
