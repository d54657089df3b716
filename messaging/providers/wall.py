"""A hard end to a call: timeouts count between bytes, so a server that drips one byte a second would never end."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOKS_EVERY = 0.25  # seconds


@dataclass(eq=False)
class Wall:
    """One call's end; `hit` once the time was over and the connection was cut."""

    sock: socket.socket
    ends: float
    hit: bool = False


_walls: set[Wall] = set()
_guard = threading.Lock()
_watching: tuple[int, threading.Thread] | None = None


@contextmanager
def walled(sock: socket.socket | None, seconds: float) -> Iterator[Wall]:
    """Within: `sock` is shut after `seconds`, which ends any reading from it with an error."""
    if sock is None:
        raise ConnectionError("not connected")
    wall = Wall(sock, time.monotonic() + seconds)
    with _guard:
        _walls.add(wall)
        _watch()
    try:
        yield wall
    finally:
        with _guard:
            _walls.discard(wall)


def _watch() -> None:
    """One watching thread a process, also after a fork."""
    global _watching
    if _watching is None or _watching[0] != os.getpid() or not _watching[1].is_alive():
        thread = threading.Thread(target=_look, name="walls", daemon=True)
        _watching = (os.getpid(), thread)
        thread.start()


def _look() -> None:
    while True:
        time.sleep(LOOKS_EVERY)
        now = time.monotonic()
        with _guard:
            over = [wall for wall in _walls if now >= wall.ends and not wall.hit]
            for wall in over:
                wall.hit = True
                try:
                    # Past SSLSocket's own shutdown, which would swap the stream under the reading thread.
                    socket.socket.shutdown(wall.sock, socket.SHUT_RDWR)
                except OSError:
                    continue
