"""One simulator for the tests here, one product-like receiver of webhooks, and the official SDKs."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
from sendgrid import SendGridAPIClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.simulator.world import ACCOUNT, API_KEY, TOKEN, world
from tests.simulators import Simulator, eventually, running_simulator


class Received(NamedTuple):
    """One request that the receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Receiver:
    """A local web server that keeps every POST; `answers` maps a path's beginning to statuses to give in turn."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.answers: dict[str, list[int]] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append(Received(self.path, dict(self.headers), body, time.time()))
                statuses = next((s for p, s in receiver.answers.items() if self.path.startswith(p)), [])
                self.send_response(statuses.pop(0) if statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def at(self, path: str, count: int = 1, within: float = 5.0) -> list[Received]:
        """The requests whose path begins so, once there are that many."""
        return eventually(
            lambda: (
                got if len(got := [r for r in self.requests if r.path.startswith(path)]) >= count else None
            ),
            within,
        )  # type: ignore[no-any-return]


class ToSimulator(TwilioHttpClient):
    """The official client, with scheme and host of every address replaced, as the product does."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self.base = base

    def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
        path = url.split("/", 3)[3]
        return super().request(method, f"{self.base}/{path}", *given, **named)


@pytest.fixture(scope="session")
def receiver_server() -> Generator[Receiver, None, None]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture(scope="session")
def simulator_process() -> Generator[Simulator, None, None]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def receiver(receiver_server: Receiver) -> Receiver:
    receiver_server.requests.clear()
    receiver_server.answers.clear()
    return receiver_server


@pytest.fixture
def simulator(simulator_process: Simulator, receiver: Receiver) -> Simulator:
    simulator_process.reset()
    simulator_process.world(world(receiver.base))
    return simulator_process


@pytest.fixture
def twilio(simulator: Simulator) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=ToSimulator(simulator.base))


@pytest.fixture
def sendgrid(simulator: Simulator) -> SendGridAPIClient:
    return SendGridAPIClient(API_KEY, host=simulator.base)
