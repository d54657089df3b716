"""Asking the workers to come at once. A bell may be lost: beat makes the same rounds whatever happens here."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app

logger = logging.getLogger(__name__)


def ring(task: str, **ids: Any) -> None:
    """Send a task by name (it may lie in a room to the right); a broker that is down loses nothing but time."""
    try:
        current_app.send_task(task, kwargs=ids, retry=False)
    except Exception:
        logger.warning("the broker did not take a bell", extra={"task": task})
