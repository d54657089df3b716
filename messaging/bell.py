"""Asking the workers to come at once. A bell may be lost: beat rings every two seconds whatever happens here."""

from __future__ import annotations

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)
EVERY = 1.0  # seconds; a bell for every status of a campaign would be more work than the statuses
_rung: dict[int, float] = {}
_guard = threading.Lock()
_wanted: set[int] = set()  # clients whose bell is not rung yet
_ringer: threading.Thread | None = None


def ring(client_id: int, *, at_once: bool = False) -> None:
    """Have the client's webhooks applied soon; `at_once` for an opt-out. Returns without waiting for the broker,
    whose client tries for seconds when it is down: one thread rings for all who want it, each as soon as it can."""
    global _ringer
    now = time.monotonic()
    if not at_once and now - _rung.get(client_id, -EVERY) < EVERY:
        return
    _rung[client_id] = now
    with _guard:
        _wanted.add(client_id)
        if _ringer is None or not _ringer.is_alive():  # not alive: after a fork
            _ringer = threading.Thread(target=_ring, name="bell", daemon=True)
            _ringer.start()


def _ring() -> None:
    global _ringer
    while True:
        with _guard:
            if not _wanted:
                _ringer = None
                return
            client_id = _wanted.pop()
        try:
            current_app.send_task("messaging.tasks.apply_hooks", [client_id], expires=30, retry=False)
        except Exception:
            logger.warning("the broker did not take a bell", extra={"client": client_id})


def ring_planning(client_id: int) -> None:
    """Have a launch planned now; should the broker not take it, the sweep does within half a minute."""
    threading.Thread(target=_ring_planning, args=[client_id], name="bell", daemon=True).start()


def _ring_planning(client_id: int) -> None:
    try:
        current_app.send_task("messaging.tasks.plan", expires=60, retry=False)
    except Exception:
        logger.warning("the broker did not take a bell", extra={"client": client_id})
