"""What beat rings is there to be rung: a task renamed or not found would be missed by nobody for weeks."""

from __future__ import annotations

from config.celery import QUEUES, app


def test_every_round_of_beat_is_a_task_that_workers_know() -> None:
    app.loader.import_default_modules()
    asked = {round_["task"] for round_ in app.conf.beat_schedule.values()}
    assert asked - set(app.tasks) == set()


def test_raw_material_is_cleared_by_rounds() -> None:
    asked = {round_["task"] for round_ in app.conf.beat_schedule.values()}
    assert {"messaging.retention.forget_hooks", "consent.retention.forget_lists"} <= asked


def test_every_task_goes_to_a_queue_that_workers_read() -> None:
    routed = {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}
    assert routed <= set(QUEUES)
