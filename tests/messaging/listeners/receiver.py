"""A receiver on this machine, that answers as it is told and remembers what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Receiver(HTTPServer):
    """Answers `status` to each POST; `got` holds headers and body of each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.got, self.headers = 204, list[tuple[dict[str, str], bytes]](), dict[str, str]()
        self.url = f"http://127.0.0.1:{self.server_port}/hook?key=1"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.got for event in json.loads(body)["events"]]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silent."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running one."""
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
