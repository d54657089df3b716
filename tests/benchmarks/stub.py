"""Twilio, SendGrid and a mail server that take everything: `python -m tests.benchmarks.stub` prints its two ports.

One process for the product and for the peers. It answers after a set latency and counts what it took, each recipient
once: a message that comes twice shows. `GET /_/counts`, `POST /_/begin?latency_ms=100`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from itertools import count
from urllib.parse import parse_qs, urlsplit

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_PHONE = re.compile(rb"(?:^|&)To=([^&]+)")
_PERSON = re.compile(rb'"email": ?"([^"@]+@people[^"]*)"')
_ids = count(1)


class Taken:
    """What arrived since the last `/_/begin`."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency = latency
        self.recipients: set[bytes] = set()
        self.messages = self.calls = 0
        self.first = self.last = 0.0

    def take(self, recipients: list[bytes]) -> None:
        self.calls += 1
        self.last = time.time()
        self.first = self.first or self.last
        self.messages += len(recipients)
        self.recipients.update(recipients)

    def told(self) -> bytes:
        return json.dumps(
            {
                "messages": self.messages, "distinct": len(self.recipients), "calls": self.calls, "first": self.first, "last": self.last,
            }
        ).encode()  # fmt: skip


taken = Taken()


class Http(asyncio.Protocol):
    """As much of HTTP/1.1 as the clients speak here: kept connections, one request at a time, a length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            named = _LENGTH.search(head)
            whole = end + 4 + (int(named[1]) if named else 0)
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self.answer(head.split(b" ", 2)[1].decode(), body)

    def answer(self, target: str, body: bytes) -> None:
        if target.startswith("/_/"):
            self.write(b"200 OK", control(target))
        elif target.endswith("/mail/send"):
            taken.take(_PERSON.findall(body))
            self.later(b"202 Accepted\r\nX-Message-Id: %022d" % next(_ids), b"")
        else:
            taken.take(_PHONE.findall(body))
            account = target.split("/")[3]
            sid = f"SM{next(_ids):032x}"
            self.later(
                b"201 Created", json.dumps({"sid": sid, "account_sid": account, "status": "queued"}).encode()
            )

    def later(self, status: bytes, body: bytes) -> None:
        if taken.latency:
            asyncio.get_running_loop().call_later(taken.latency, self.write, status, body)
        else:
            self.write(status, body)

    def write(self, status: bytes, body: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


class Smtp(asyncio.Protocol):
    """As much of SMTP as smtplib speaks."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.in_data, self.to = transport, b"", False, list[bytes]()
        transport.write(b"220 stub\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            mark = b"\r\n.\r\n" if self.in_data else b"\r\n"
            at = self.buffer.find(mark)
            if at < 0:
                return
            line, self.buffer = self.buffer[:at], self.buffer[at + len(mark) :]
            whole = self.in_data
            told = self.answer(line)
            if whole and taken.latency:  # for a whole mail, as for a request
                asyncio.get_running_loop().call_later(taken.latency, self.transport.write, told)
            else:
                self.transport.write(told)

    def answer(self, line: bytes) -> bytes:
        if self.in_data:
            self.in_data = False
            taken.take(self.to)
            self.to = []
            return b"250 taken\r\n"
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.to.append(line)
        if verb == b"DATA":
            self.in_data = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 stub\r\n"


def control(target: str) -> bytes:
    global taken
    asked = urlsplit(target)
    if asked.path == "/_/begin":
        taken = Taken(float(parse_qs(asked.query)["latency_ms"][0]) / 1000)
    return taken.told()


async def main() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(protocol, "127.0.0.1", 0, backlog=512) for protocol in (Http, Smtp)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
