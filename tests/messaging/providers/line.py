"""A server at the socket's level, which does to a request what no HTTP server would: resets, drips, half answers."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Act = Callable[[socket.socket], bool]  # answers one request; True to go on with the connection


class Line:
    """Keeps every request whole, and answers the n-th with the n-th act (the last one again and again)."""

    def __init__(self, *acts: Act) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._acts = list(acts)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with peer:
                while (request := read_request(peer)) is not None:
                    self.requests.append(request)
                    act = self._acts[min(len(self.requests), len(self._acts)) - 1]
                    if not act(peer):
                        return
        except OSError:
            return

    def close(self) -> None:
        self._server.close()


@contextmanager
def line(*acts: Act) -> Iterator[Line]:
    made = Line(*acts)
    try:
        yield made
    finally:
        made.close()


def read_request(peer: socket.socket) -> bytes | None:
    """One HTTP request with its body; None when the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := peer.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = next(
        (
            int(each.split(b":")[1])
            for each in head.split(b"\r\n")
            if each.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < wanted:
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: int, body: str = "", **headers: str) -> Act:
    def act(peer: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body.encode())}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        peer.sendall("\r\n".join([*lines, "", body]).encode())
        return True

    return act


def truncated(status: int, body: str) -> Act:
    """Promises more than it gives, and closes."""

    def act(peer: socket.socket) -> bool:
        peer.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body) + 50}\r\n\r\n{body}".encode())
        return False

    return act


def reset(peer: socket.socket) -> bool:
    """The request was read; the connection is torn down."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def silent(peer: socket.socket) -> bool:
    """Reads and never answers."""
    peer.settimeout(30)
    peer.recv(1)
    return False


def drips(peer: socket.socket) -> bool:
    """A byte every tenth of a second: no timeout between bytes ever strikes."""
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(300):
        peer.sendall(b"x")
        time.sleep(0.1)
    return False


def garbage(peer: socket.socket) -> bool:
    peer.sendall(b"\x00\x01 this is no HTTP\r\n\r\n")
    return False


def head_and_body(request: bytes) -> tuple[str, dict[str, str], bytes]:
    """(request line, headers in lower case, body)."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return (
        first,
        {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)},
        body,
    )
