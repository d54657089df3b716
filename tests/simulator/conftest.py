"""One simulator for the tests here, one product-like receiver of webhooks, and the official SDKs."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, cast
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
    """A local web server that keeps every POST; `answers` has statuses to give in turn, by path.

    Each test has an address of its own, so that a late post of the test before is not taken for its. While `answering`
    is clear, nobody gets an answer.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.answers: dict[str, list[int]] = {}
        self.turn = 0
        self.answering = threading.Event()
        self.guard = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                turn, path = self.path[1:].split("/", 1)
                status = receiver.take(turn, Received(f"/{path}", dict(self.headers), body, time.time()))
                receiver.answering.wait(5)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def begin(self) -> None:
        """A new test: nothing of the one before is kept, not even what is arriving at this moment."""
        with self.guard:
            self.turn += 1
            self.requests.clear()
            self.answers.clear()
        self.answering.set()

    def take(self, turn: str, request: Received) -> int:
        """Keep a request of the present test; the status of its answer."""
        with self.guard:
            if turn != str(self.turn):
                return 200
            self.requests.append(request)
            statuses = next((s for p, s in self.answers.items() if request.path.startswith(p)), [])
            return statuses.pop(0) if statuses else 200

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/{self.turn}"

    def at(self, path: str, count: int = 1, within: float = 20.0) -> list[Received]:
        """The requests whose path begins so, once there are that many."""

        def enough() -> list[Received]:
            found = [request for request in self.requests if request.path.startswith(path)]
            return found if len(found) >= count else []

        return cast(list[Received], eventually(enough, within))


class ToSimulator(TwilioHttpClient):  # type: ignore[misc]
    """The official client, with scheme and host of every address replaced, as the product does."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=20)
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
    receiver_server.begin()
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
