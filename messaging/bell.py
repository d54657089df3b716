"""Asking the workers to come at once. A bell may be lost: beat rings every two seconds whatever happens here."""

from __future__ import annotations

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)
EVERY = 1.0  # seconds; a bell for every status of a campaign would be more work than the statuses
_rung: dict[int, float] = {}
_ringing = threading.Lock()


def ring(client_id: int, *, at_once: bool = False) -> None:
    """Have the client's webhooks applied soon; `at_once` for an opt-out. Returns without waiting for the broker,
    whose client tries for seconds when it is down."""
    now = time.monotonic()
    if not at_once and now - _rung.get(client_id, -EVERY) < EVERY:
        return
    _rung[client_id] = now
    threading.Thread(target=_ring, args=[client_id], name="bell", daemon=True).start()


def _ring(client_id: int) -> None:
    if not _ringing.acquire(blocking=False):
        return  # another bell is on its way, or stuck at a dead broker
    try:
        current_app.send_task("messaging.tasks.apply_hooks", [client_id], expires=30, retry=False)
    except Exception:
        logger.warning("the broker did not take a bell", extra={"client": client_id})
    finally:
        _ringing.release()


def ring_planning(client_id: int) -> None:
    """Have a launch planned now; should the broker not take it, the sweep does within half a minute."""
    threading.Thread(target=_ring_planning, args=[client_id], name="bell", daemon=True).start()


def _ring_planning(client_id: int) -> None:
    try:
        current_app.send_task("messaging.tasks.plan", expires=60, retry=False)
    except Exception:
        logger.warning("the broker did not take a bell", extra={"client": client_id})
