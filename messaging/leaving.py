"""Telling the processes of a worker that it is being stopped, so that none begins another wave (reliability F18).

Celery tells its first process only, and lets the others end their tasks, which may last ten seconds. The flag lies in
memory that they all share, because it was there before they were forked.
"""

from __future__ import annotations

import mmap
from typing import Any

from celery.signals import worker_shutting_down

_flag = mmap.mmap(-1, 1)


def told_to_leave() -> bool:
    """Whether the worker of this process was asked to stop."""
    return _flag[0] == 1


@worker_shutting_down.connect
def leave(**_: Any) -> None:
    """From now on nothing more is claimed here."""
    _flag[0] = 1
