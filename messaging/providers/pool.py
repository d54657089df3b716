"""The one way out to a provider's HTTP: kept connections, one try, and an exact account of how far a call came.

The official SDKs build every request; this sends it. Their own transports cannot say whether a failure came
before the first byte (then nothing was sent) or after it (then nobody knows), retry or hang for ever
(sendgrid-python #757), or open a connection for every call.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError
from urllib3.util import is_connection_dropped

from messaging.providers.base import LATE, NotConnected
from messaging.providers.wall import walled
from tenants.failpoints import in_pieces, reach

KEPT = 64  # connections kept open
IDLE = 4.0  # seconds after which a kept connection is not trusted any more (reliability F6)
CONNECT = 3.0  # seconds to connect, TLS among them
READ = 10.0  # seconds between bytes
WALL = 12.0  # seconds for the whole call, whatever drips in
LARGEST_REPLY = 8 * 1024 * 1024

_begin_by: ContextVar[float] = ContextVar("begin_by", default=float("inf"))


class NotSent(Exception):
    """Certainly no byte of the request left. `code` says why: dns, connect_timeout, connect, tls, late."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unclear(Exception):
    """The request began and no whole answer came. `code` says where: timeout, broken, too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reply:
    """A whole answer, its content decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@contextmanager
def beginning_by(moment: float) -> Iterator[None]:
    """Within: a call whose first byte would leave after `moment` (time.monotonic()) raises `NotSent(LATE)`."""
    token = _begin_by.set(moment)
    try:
        yield
    finally:
        _begin_by.reset(token)


class Pool:
    """Connections to one base address (scheme://host[:port]). Thread-safe."""

    def __init__(self, base: str) -> None:
        address = urlsplit(base)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("A provider's address reads https://host[:port].")
        self.base = base.rstrip("/")
        self._host, self._port, self._secure = address.hostname, address.port, address.scheme == "https"
        self._kept: deque[tuple[float, HTTPConnection]] = deque()
        self._guard = threading.Lock()

    def connect(self) -> None:
        """Have a connection ready; raises `NotConnected` with the code of what stood in the way."""
        try:
            self._keep(self._taken() or self._connected())
        except NotSent as error:
            raise NotConnected(error.code) from None

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """One request, one answer, no redirect followed. Raises `NotSent` or `Unclear`.

        `path` is the request target, query and all, as the SDK encoded it.
        """
        connection = self._taken() or self._connected()
        try:
            reach("begin.check")
            if time.monotonic() > _begin_by.get():
                self._keep(connection)
                raise NotSent(LATE)
            reply, reusable = self._exchanged(connection, method, path, headers, body)
        except Unclear:
            connection.close()
            raise
        if reusable:
            self._keep(connection)
        else:
            connection.close()
        return reply

    def close(self) -> None:
        """Close what is kept; the pool stays usable."""
        while (connection := self._pop()) is not None:
            connection[1].close()

    def _exchanged(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> tuple[Reply, bool]:
        with walled(connection.sock, WALL) as wall:
            try:
                pieces, told = in_pieces(body, headers)
                connection.request(method, path, body=pieces, headers=told, preload_content=False)
                reach("http.before_read")
                response = connection.getresponse()
                content = response.read(LARGEST_REPLY + 1)
                reach("http.after_read")
            except TimeoutError:
                raise Unclear("timeout") from None
            except Exception:  # resets, half answers, answers that are no HTTP: all the same to us
                raise Unclear("timeout" if wall.hit else "broken") from None
        if wall.hit:  # what was cut off may look like an answer without a length
            raise Unclear("timeout")
        if len(content) > LARGEST_REPLY:
            raise Unclear("too_large")
        reusable = response.headers.get("Connection", "").lower() != "close" and response.version >= 11
        return Reply(response.status, response.headers, content), reusable

    def _connected(self) -> HTTPConnection:
        connection: HTTPConnection
        if self._secure:
            connection = HTTPSConnection(
                self._host, self._port, timeout=CONNECT, cert_reqs=ssl.CERT_REQUIRED, ca_certs=certifi.where()
            )
        else:
            connection = HTTPConnection(self._host, self._port, timeout=CONNECT)
        try:
            connection.connect()
        except Exception as error:
            connection.close()
            raise NotSent(_why(error)) from None
        connection.timeout = READ  # from here on, between bytes
        return connection

    def _taken(self) -> HTTPConnection | None:
        """A kept connection that is fresh and open."""
        while (kept := self._pop()) is not None:
            since, connection = kept
            if time.monotonic() - since <= IDLE and not is_connection_dropped(connection):
                return connection
            connection.close()
        return None

    def _pop(self) -> tuple[float, HTTPConnection] | None:
        with self._guard:
            return self._kept.pop() if self._kept else None

    def _keep(self, connection: HTTPConnection) -> None:
        with self._guard:
            if len(self._kept) < KEPT:
                self._kept.append((time.monotonic(), connection))
                return
        connection.close()


def _why(error: Exception) -> str:
    if isinstance(error, NameResolutionError):
        return "dns"
    if isinstance(error, ConnectTimeoutError | TimeoutError):
        return "connect_timeout"
    if isinstance(error, ssl.SSLError | ssl.CertificateError):
        return "tls"
    return "connect"
