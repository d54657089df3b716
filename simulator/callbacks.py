"""Posting webhooks to the product: a bounded pool, retries with growing waits, faults on request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from simulator.calls import Call, CallLog, milliseconds_since
from simulator.faults import Faults
from simulator.posting import Poster

POOL = 32
PATIENCE = 15.0  # seconds; what Twilio gives a webhook
# Held callbacks wait for their release; the faults about order and copies do not touch inbound messages.
DISTURBED = frozenset({"status", "events", "mail"})


@dataclass(slots=True, eq=False)
class Post:
    """One webhook call; `headers_at` makes the headers at the time of posting, so signatures stay fresh."""

    kind: str
    url: str
    body: bytes
    headers_at: Callable[[bytes], Mapping[str, str]]
    detail: str = ""
    tries: int = 0
    generation: int = 0
    finished: Callable[[], None] | None = None
    again: int | None = (
        None  # times it is tried again after an answer that is no 2xx; None: as often as after none
    )


@dataclass
class Tally:
    posted: int = 0
    failed: int = 0
    retried: int = 0


@dataclass
class Courier:
    """Brings posts to the product. `waits` are the seconds before the second, third, … try."""

    faults: Faults
    log: CallLog
    waits: tuple[float, ...] = (0.5, 2.0, 5.0, 15.0)
    tally: Tally = field(default_factory=Tally)
    held: list[Post] = field(default_factory=list)
    scheduled: int = 0
    generation: int = 0

    async def start(self) -> None:
        self._queue: asyncio.Queue[Post] = asyncio.Queue()
        connector = aiohttp.TCPConnector(limit=POOL, keepalive_timeout=30, ssl=False)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=PATIENCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        self._poster = Poster()
        self._workers = [asyncio.create_task(self._work()) for _ in range(POOL)]

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._poster.close()
        await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pool of connections, without cookies, for other calls a person's mail client makes."""
        return self._session

    def forget(self) -> None:
        """Drop everything not yet posted."""
        self.generation += 1
        self.held.clear()
        self.scheduled = 0
        self.tally = Tally()

    def send(self, post: Post) -> None:
        """Post soon, unless a fault holds it back, delays it or doubles it."""
        post.generation = self.generation
        if post.kind in DISTURBED:
            if self.faults.hits("hold_callbacks"):
                self.held.append(post)
                self._finish(post)
                return
            if self.faults.hits("duplicate_callbacks"):
                self._later(0.05, _copy(post))
            if self.faults.hits("out_of_order"):
                self._later(1.0, _copy(post))
                self._finish(post)
                return
        self._later(0, post)

    def release(self) -> int:
        """Post everything that was held; returns how many."""
        released, self.held = self.held, []
        for post in released:
            self._later(0, post)
        return len(released)

    def _later(self, seconds: float, post: Post) -> None:
        post.generation = self.generation
        self.scheduled += 1
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._queue.put_nowait, post)
        else:
            self._queue.put_nowait(post)

    async def _work(self) -> None:
        while True:
            post = await self._queue.get()
            if post.generation != self.generation:
                continue
            status = await self._attempt(post)
            if post.generation != self.generation:
                continue
            self.scheduled -= 1
            self.tally.posted += 1
            self._finish(post)
            if status is not None and 200 <= status < 300:
                continue
            again = len(self.waits) if status is None or post.again is None else post.again
            if post.tries <= min(again, len(self.waits)):
                self.tally.retried += 1
                self._later(self.waits[post.tries - 1], post)
            else:
                self.tally.failed += 1

    async def _attempt(self, post: Post) -> int | None:
        started = time.monotonic()
        post.tries += 1
        headers = post.headers_at(post.body)
        status, detail = None, post.detail
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._answer(post, headers)
        except (aiohttp.ClientError, TimeoutError, OSError, EOFError, ValueError) as error:
            detail = f"{detail} · no answer: {type(error).__name__}"
        if post.generation != self.generation:
            return status  # on its way when everything was forgotten: the log is about what came after
        if post.tries > 1:
            detail += f" · try {post.tries}"
        self.log.add(
            Call(
                time.time(),
                "out",
                post.kind,
                "POST",
                post.url,
                status,
                milliseconds_since(started),
                _signature(headers),
                detail,
            )
        )
        return status

    async def _answer(self, post: Post, headers: Mapping[str, str]) -> int:
        if post.url.startswith("http:"):
            return await self._poster.post(post.url, post.body, headers)
        # The address is signed as it was given, so it must not be re-quoted on its way out.
        async with self._session.post(
            URL(post.url, encoded=True), data=post.body, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status

    @staticmethod
    def _finish(post: Post) -> None:
        """Tell whoever waits for the first try, once."""
        if post.finished:
            finished, post.finished = post.finished, None
            finished()


def _copy(post: Post) -> Post:
    return Post(post.kind, post.url, post.body, post.headers_at, post.detail, again=post.again)


def _signature(headers: Mapping[str, str]) -> str:
    return next((f"{name}: {value}" for name, value in headers.items() if "Signature" in name), "unsigned")
