"""A small HTTP/1.1 client for webhooks: thousands of posts a second to one server over kept connections.

aiohttp's client needs three times the processor time for each post, which would make the simulator,
not the product, the limit of a load test. It still posts to https addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LARGEST_HEAD = 64 * 1024


class Poster:
    """Posts to http addresses; connections are kept by host and port."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[Connection]] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises OSError, EOFError or ValueError when there is none."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url} is no http address.")
        place = (parts.hostname, parts.port or 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        packet = head.encode() + body
        idle = self._idle.setdefault(place, [])
        while idle:
            kept = idle.pop()
            try:
                return await self._ask(place, kept, packet)
            except (EOFError, ConnectionError):
                continue  # The server had closed it while it was idle.
        fresh = await asyncio.open_connection(*place, limit=LARGEST_HEAD)
        return await self._ask(place, fresh, packet)

    async def _ask(self, place: tuple[str, int], connection: Connection, packet: bytes) -> int:
        reader, writer = connection
        reusable = False
        try:
            writer.write(packet)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            status = int(answer.split(b" ", 2)[1])
            length = _length(answer, status)
            if length is not None:
                await reader.readexactly(length)
                reusable = b"\r\nconnection: close" not in answer
            return status
        except asyncio.LimitOverrunError as error:
            raise ValueError("The answer's headers are too long.") from error
        finally:
            if reusable:
                self._idle[place].append(connection)
            else:
                writer.close()

    def close(self) -> None:
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()


def _length(answer: bytes, status: int) -> int | None:
    """Bytes of the answer's body; None when only closing the connection tells."""
    if status in (204, 304):
        return 0
    _, found, rest = answer.partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else None
