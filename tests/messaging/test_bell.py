"""A bell never keeps a webhook waiting, whatever the broker does."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from celery import current_app

from messaging import bell


def settle() -> None:
    for thread in threading.enumerate():
        if thread.name == "bell":
            thread.join(5)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    settle()  # another test's bell may still be on its way, and one thread rings them all
    names: list[Any] = []
    monkeypatch.setattr(bell, "_rung", {})
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: names.append((name, args)))
    return names


def test_a_bell_names_the_client_and_nothing_else(sent: list[Any]) -> None:
    bell.ring(7)
    settle()
    assert sent == [("messaging.tasks.apply_hooks", [7])]


def test_statuses_ring_once_a_second_an_opt_out_always(
    sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "EVERY", 3600.0)  # a slow machine may need more than a second for fifty
    for _ in range(50):
        bell.ring(7)
    settle()
    bell.ring(8)
    settle()
    bell.ring(7, at_once=True)
    settle()
    assert [args for _, args in sent] == [[7], [8], [7]]


def test_a_dead_or_silent_broker_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    def stuck(*_: Any, **__: Any) -> None:
        given_up.wait(30)
        raise OSError("no broker")

    settle()
    monkeypatch.setattr(bell, "_rung", {})
    monkeypatch.setattr(current_app, "send_task", stuck)
    began = time.monotonic()
    for number in range(20):
        bell.ring(number, at_once=True)
    assert time.monotonic() - began < 15
    given_up.set()
    settle()
    assert (bell._ringer, bell._wanted) == (None, set())


def test_a_bell_that_is_stuck_at_the_broker_drops_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, free = threading.Event(), threading.Event()
    rung: list[int] = []

    def send_task(_: str, args: list[int], **__: Any) -> None:
        if args == [1]:
            stuck.set()
            free.wait(30)
        rung.extend(args)

    settle()
    monkeypatch.setattr(bell, "_rung", {})
    monkeypatch.setattr(current_app, "send_task", send_task)
    bell.ring(1)
    assert stuck.wait(30)
    bell.ring(2, at_once=True)
    bell.ring(3)
    free.set()
    settle()
    assert sorted(rung) == [1, 2, 3]
