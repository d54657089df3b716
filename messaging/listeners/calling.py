"""One request to a listener: to a public address, over TLS, no redirect, bounded in time. What it answers is not read."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from messaging.providers.wall import walled
from tenants.providers import outside

CONNECT, ANSWER, WALL = 3.0, 10.0, 12.0  # seconds


class Outcome(NamedTuple):
    """An HTTP status, or the word for why there is none."""

    status: int | None
    trouble: str = ""
    took_ms: int = 0

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def call(url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """POST `body`; never raises, never logs: address and answer are the client's."""
    begun = time.monotonic()

    def after(status: int | None, trouble: str = "") -> Outcome:
        return Outcome(status, trouble, int((time.monotonic() - begun) * 1000))

    try:
        parts = urlsplit(url)
        connection = _Connection(parts.hostname or "", parts.port, encrypted=parts.scheme == "https")
        connection.connect()
    except Exception as error:
        return after(None, _why(error, "connect"))
    try:
        with walled(connection.sock, WALL) as wall:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
            return after(connection.getresponse().status)
    except Exception as error:
        return after(None, "slow" if wall.hit else _why(error, "broken"))
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Opened by `outside`, so that no name leads into our own network; the certificate is asked for by name."""

    def __init__(self, host: str, port: int | None, *, encrypted: bool) -> None:
        self._encrypted = encrypted
        self.default_port = 443 if encrypted else 80
        super().__init__(host, port)

    def connect(self) -> None:
        opened: socket.socket = outside.opened(self.host, self.port, CONNECT)
        opened.settimeout(ANSWER)
        if self._encrypted:
            try:
                opened = ssl.create_default_context().wrap_socket(opened, server_hostname=self.host)
            except BaseException:
                opened.close()
                raise
        self.sock = opened


def _why(error: Exception, else_: str) -> str:
    if isinstance(error, outside.Inside):
        return "inside"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "slow" if isinstance(error, TimeoutError) else else_
