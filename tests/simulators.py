"""Runs the simulator as a process of its own for a test, and talks to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import requests

ROOT = Path(__file__).resolve().parent.parent


class Simulator:
    """A running simulator. Refusals of its own API raise `requests.HTTPError` with the sentence."""

    def __init__(self, port: int, dns_port: int, smtp_port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.port = port
        self.dns_port = dns_port
        self.smtp_port = smtp_port
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Any call of the API under `/_/`."""
        answer = self._session.request(method, f"{self.base}{path}", json=body, timeout=20)
        if not answer.ok:
            raise requests.HTTPError(f"{answer.status_code}: {answer.text}", response=answer)
        return answer.json()

    def world(self, world: Mapping[str, Any]) -> dict[str, str]:
        """Play this world; returns the verification keys of the event webhooks by api key."""
        return cast(dict[str, str], self.call("PUT", "/_/world", world)["event_public_keys"])

    def reset(self) -> None:
        """Forget everything that happened, and every fault."""
        self.call("POST", "/_/reset")

    def faults(self, **given: Any) -> None:
        """Set these faults and clear the others; without arguments all of them."""
        self.call("PUT", "/_/faults", given)

    def accepted(self, since: int = 0) -> list[dict[str, Any]]:
        """Every message that a provider accepted, oldest first."""
        return cast(list[dict[str, Any]], self.call("GET", f"/_/accepted?since={since}")["accepted"])

    def log(self, limit: int = 200) -> list[dict[str, Any]]:
        """The newest calls, newest first."""
        return cast(list[dict[str, Any]], self.call("GET", f"/_/log?limit={limit}")["calls"])

    def counts(self) -> dict[str, int]:
        """How many texts, mails, replies, callbacks waiting, and so on."""
        return cast(dict[str, int], self.call("GET", "/_/state?size=1")["counts"])

    def phone(self, number: str) -> dict[str, Any]:
        """What a person sees on a phone, and whom they opted out of."""
        return cast(dict[str, Any], self.call("GET", f"/_/phones/{quote(number)}"))

    def reply(self, number: str, body: str, to: str | None = None, media: int = 0) -> str:
        """A person texts `body` to whoever texted them last (or to `to`); returns the message's SID."""
        given = {"body": body, "media": media} | ({"to": to} if to else {})
        return cast(str, self.call("POST", f"/_/phones/{quote(number)}/reply", given)["sid"])

    def mailbox(self, address: str) -> list[dict[str, Any]]:
        """The mails of an address, newest first, in short."""
        return cast(list[dict[str, Any]], self.call("GET", f"/_/mailboxes/{quote(address)}")["messages"])

    def mail(self, address: str, mail: str = "latest") -> dict[str, Any]:
        """One mail in full: subject, text, html, headers, links."""
        return cast(dict[str, Any], self.call("GET", f"/_/mailboxes/{quote(address)}/messages/{mail}"))

    def act(self, address: str, what: str, mail: str = "latest") -> dict[str, Any]:
        """What the person does: unsubscribe, spam, bounce, block or provider-unsubscribe."""
        path = f"/_/mailboxes/{quote(address)}/messages/{mail}/{what}"
        return cast(dict[str, Any], self.call("POST", path))

    def answer(self, address: str, words: str, mail: str = "latest") -> None:
        """The person answers a mail that came by SMTP."""
        self.call("POST", f"/_/mailboxes/{quote(address)}/messages/{mail}/reply", {"body": words})

    def settle(self, within: float = 10.0) -> None:
        """Wait until no callback is on its way and none has been for a moment."""
        quiet = 0
        deadline = time.monotonic() + within
        before: tuple[int, int] | None = None
        while quiet < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
            counts = self.counts()
            now = (counts["callbacks_posted"], counts["calls"])
            quiet = quiet + 1 if now == before and counts["callbacks_waiting"] == 0 else 0
            before = now


def eventually(truth: Callable[[], Any], within: float = 20.0) -> Any:
    """The first true value of `truth()`; fails when there is none in time."""
    deadline = time.monotonic() + within
    while not (value := truth()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still {value!r} after {within} s")
        time.sleep(0.02)
    return value


@contextmanager
def running_simulator(
    world: Mapping[str, Any] | None = None, log: Path | None = None
) -> Generator[Simulator, None, None]:
    """A simulator on free ports of this machine, stopped at the end."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--dns-port", "0", "--smtp-port", "0"]
    if log:
        command += ["--log", str(log)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("The simulator did not start.")
        simulator = Simulator(**json.loads(line))
        if world is not None:
            simulator.world(world)
        yield simulator
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
