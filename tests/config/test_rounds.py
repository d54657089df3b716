"""What beat rings is there to be rung: a task renamed or not found would be missed by nobody for weeks."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml
from celery.signals import task_prerun
from django.db import InterfaceError, connection

from config.celery import QUEUES, SENDING, SHORT, app
from config.demo import programs
from config.env import ROOT
from messaging.models import History
from messaging.tasks import ring


def test_every_round_of_beat_is_a_task_that_workers_know() -> None:
    app.loader.import_default_modules()
    asked = {round_["task"] for round_ in app.conf.beat_schedule.values()}
    assert asked - set(app.tasks) == set()


def test_raw_material_is_cleared_by_rounds() -> None:
    asked = {round_["task"] for round_ in app.conf.beat_schedule.values()}
    assert {
        "messaging.retention.forget_hooks",
        "messaging.retention.forget_raw",
        "consent.retention.forget_lists",
    } <= asked


def test_nothing_waits_in_the_queue_or_at_a_provider_for_its_time() -> None:
    """What is due later stands in PostgreSQL alone: there an opt-out meets it, and the gate is asked when its time has come."""
    puts_off = re.compile(
        r"\b(eta|countdown|send_at|schedule_type)\s*=|\.retry\(|[\"'](SendAt|send_at|ScheduleType)[\"']"
    )
    rooms = ("tenants", "consent", "campaigns", "compliance", "messaging", "config")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py") if "migrations" not in file.parts]
    assert len(files) > 300
    assert [file.name for file in files if puts_off.search(file.read_text())] == []


def test_every_task_goes_to_a_queue_that_workers_read() -> None:
    routed = {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}
    assert routed == set(QUEUES)


def workers() -> dict[str, set[str]]:
    """The queues of each worker of the demo and of production."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    commands = {f"compose: {name}": given.get("command", []) for name, given in services.items()}
    commands |= {"demo: worker": programs.worker(), "demo: sender": programs.sender()}
    return {
        name: set(words[words.index("--queues") + 1].split(","))
        for name, words in commands.items()
        if "--queues" in words
    }


@pytest.mark.parametrize("door", ["demo", "compose"])
def test_every_queue_is_read_at_either_door(door: str) -> None:
    read = [queues for name, queues in workers().items() if name.startswith(door)]
    assert set().union(*read) == set(QUEUES)


def test_who_sends_never_waits_for_a_provider_that_is_asked_nor_for_a_long_list() -> None:
    """Two rounds at a provider that hangs would take both places of a worker of two, and nothing would be sent."""
    app.loader.import_default_modules()
    rounds = {name for name, task in app.tasks.items() if "_asking(" in inspect.getsource(task.run)}
    assert len(rounds) == 7
    long = rounds | {
        "messaging.tasks.ask_after_hold", "messaging.tasks.tell_listeners", "compliance.tasks.gather_facts",
        "compliance.tasks.look_up_numbers", "compliance.tasks.look_at_mail_domains",
        "compliance.tasks.look_at_new_mail",
        "consent.tasks.load_import", "campaigns.tasks.read_bookings", "messaging.evidence.making.make_pack",
    }  # fmt: skip
    taken_up = {app.amqp.router.route({}, name)["queue"].name for name in long}
    assert not taken_up & {SENDING, SHORT}
    for name, queues in workers().items():
        if SENDING in queues:
            assert queues == {SENDING}, name
        if name.startswith("compose") and SHORT in queues:
            assert not queues & taken_up, name


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_with_its_next_task_when_the_database_was_started_anew() -> None:
    connection.ensure_connection()
    connection.connection.close()  # what is left of it after a crash, which nobody has told Django
    with pytest.raises(InterfaceError):  # the task that was under way
        History.objects.first()
    task_prerun.send(sender=ring)
    assert History.objects.first() is None
