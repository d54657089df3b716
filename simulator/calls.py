"""The log of calls: who called whom, how it was signed, what the answer was."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any


@dataclass(slots=True)
class Call:
    """One call. `signature` is what proves the caller: credentials in short, or a signature header.

    `direction` is `in` (the product called the provider) or `out` (the provider called the product).
    """

    at: float
    direction: str
    kind: str
    method: str
    url: str
    status: int | None
    ms: float
    signature: str
    detail: str = ""


class CallLog:
    """The newest calls in memory, every call in a file when one is named."""

    def __init__(self, path: Path | None = None, keep: int = 1000) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None
        self.total = 0

    def add(self, call: Call) -> None:
        self._calls.append(call)
        self.total += 1
        if self._file:
            self._file.write(json.dumps(asdict(call)) + "\n")
            self._file.flush()

    def newest(self, limit: int) -> Iterator[dict[str, Any]]:
        """The last calls, newest first."""
        for call in itertools.islice(reversed(self._calls), limit):
            yield asdict(call)

    def clear(self) -> None:
        self._calls.clear()
        self.total = 0

    def close(self) -> None:
        if self._file:
            self._file.close()


def milliseconds_since(started: float) -> float:
    """Milliseconds since a `time.monotonic()` reading."""
    return round((time.monotonic() - started) * 1000, 2)
