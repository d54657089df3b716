"""The exchange: everything the parts of the simulator share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator.callbacks import Courier
from simulator.calls import CallLog
from simulator.faults import Faults
from simulator.records import Book
from simulator.world import World, read_world


class Exchange:
    """One world, what happened in it, its faults, and the courier to the product."""

    def __init__(self, log: Path | None = None, keep: int = 500_000) -> None:
        self.world = World()
        self.book = Book(keep)
        self.faults = Faults()
        self.log = CallLog(log)
        self.courier = Courier(self.faults, self.log)
        self.generation = 0
        # Events of mails that wait for the next post, by api key.
        self.events: dict[str, list[dict[str, Any]]] = {}

    def put_world(self, given: Any) -> None:
        """Play another world; what already happened stays. Raises WorldError."""
        self.world = read_world(given, self.world)
        self.courier.waits = self.world.timing.retry_s
        self.book.changed()

    def reset(self) -> None:
        """Forget what happened and every fault; the world stays."""
        self.generation += 1
        self.book.clear()
        self.events.clear()
        self.faults.put({})
        self.courier.forget()
        self.log.clear()

    def later(self, milliseconds: float, act: Callable[..., None], *given: Any) -> None:
        """Act after a delay, unless everything is reset before."""
        asyncio.get_running_loop().call_later(
            milliseconds / 1000, self._unless_reset, self.generation, act, given
        )

    def _unless_reset(self, generation: int, act: Callable[..., None], given: tuple[Any, ...]) -> None:
        if generation == self.generation:
            act(*given)


EXCHANGE: web.AppKey[Exchange] = web.AppKey("exchange", Exchange)


def exchange_of(request: web.Request) -> Exchange:
    """The exchange that serves a request."""
    return request.config_dict[EXCHANGE]
