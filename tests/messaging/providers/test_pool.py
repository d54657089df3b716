"""The transport knows how far a call came: before the first byte nothing was sent, after it nobody knows."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from urllib3.util import is_connection_dropped

from messaging.providers import pool as pool_module
from messaging.providers.base import NotConnected
from messaging.providers.pool import NotSent, Pool, Unclear, beginning_by
from tests.messaging.providers.line import (
    Act,
    answer,
    drips,
    garbage,
    line,
    reset,
    silent,
    truncated,
)
from tests.simulators import eventually


def call(pool: Pool) -> Any:
    return pool.exchange("POST", "/x?y=1", {"X-A": "b"}, b"body")


def test_a_refused_connection_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="connect"):
        call(Pool(f"http://127.0.0.1:{port}"))
    with pytest.raises(NotConnected, match="connect"):
        Pool(f"http://127.0.0.1:{port}").connect()


def test_a_name_that_does_not_exist_sent_nothing() -> None:
    with pytest.raises(NotSent, match="dns"):
        call(Pool("http://no-such-host.invalid"))


def test_a_server_without_tls_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def plainly() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(100)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=plainly, daemon=True).start()
        with pytest.raises(NotSent, match="tls"):
            call(Pool(f"https://127.0.0.1:{server.getsockname()[1]}"))


def test_a_connection_that_is_not_taken_up_is_given_up_and_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "CONNECT", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # fill the queue of a server that never accepts
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        with pytest.raises(NotSent, match="connect_timeout"):
            call(Pool(f"http://127.0.0.1:{full.getsockname()[1]}"))
        for each in waiting:
            each.close()


@pytest.mark.parametrize(
    "act", [reset, garbage, truncated(201, '{"sid": "SM')], ids=["reset", "garbage", "truncated"]
)
def test_whatever_breaks_after_the_request_began_is_unclear(act: Act) -> None:
    with line(act) as server, pytest.raises(Unclear, match="broken"):
        call(Pool(server.base))


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "READ", 0.3)
    began = time.monotonic()
    with line(silent) as server, pytest.raises(Unclear, match="timeout"):
        call(Pool(server.base))
    assert time.monotonic() - began < 8  # the wall alone would let it hang for twelve


def test_a_server_that_drips_meets_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "WALL", 0.8)
    began = time.monotonic()
    with line(drips) as server, pytest.raises(Unclear, match="timeout"):
        call(Pool(server.base))
    assert time.monotonic() - began < 8  # without the wall of its own it would be twelve


def test_a_redirect_is_an_answer_like_any_other() -> None:
    with line(answer(307, Location="http://127.0.0.1:1/elsewhere")) as server:
        assert call(Pool(server.base)).status == 307
    assert len(server.requests) == 1


def test_an_endless_answer_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "LARGEST_REPLY", 1000)
    with line(answer(200, "x" * 2000)) as server, pytest.raises(Unclear, match="too_large"):
        call(Pool(server.base))


def test_connections_are_kept_and_used_again() -> None:
    with line(answer(200, "ok")) as server:
        pool = Pool(server.base)
        pool.connect()
        assert [call(pool).body for _ in range(3)] == [b"ok"] * 3
        assert server.connections == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_not_used() -> None:
    def once(peer: socket.socket) -> bool:
        answer(200, "ok")(peer)
        return False

    with line(once) as server:
        pool = Pool(server.base)
        call(pool)
        eventually(lambda: is_connection_dropped(pool._kept[0][1]))
        assert call(pool).body == b"ok"
        assert server.connections == 2


def test_a_kept_connection_gets_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "IDLE", 0.05)
    with line(answer(200, "ok")) as server:
        pool = Pool(server.base)
        call(pool)
        time.sleep(0.1)
        call(pool)
        assert server.connections == 2


def test_nothing_begins_after_its_moment_even_when_connecting_took_the_time() -> None:
    with line(answer(200, "ok")) as server:
        pool = Pool(server.base)
        connect: Callable[[], Any] = pool._connected

        def slowly() -> Any:
            time.sleep(0.2)
            return connect()

        pool._connected = slowly  # type: ignore[method-assign]
        with beginning_by(time.monotonic() + 0.1), pytest.raises(NotSent, match="late"):
            call(pool)
        assert server.requests == []
        assert call(pool).body == b"ok"  # the moment was that call's alone


def test_sixty_four_threads_call_at_once() -> None:
    def slow(peer: socket.socket) -> bool:
        time.sleep(0.1)
        return answer(200, "ok")(peer)

    with line(slow) as server:
        pool = Pool(server.base)
        bodies: list[bytes] = []
        threads = [threading.Thread(target=lambda: bodies.append(call(pool).body)) for _ in range(64)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [b"ok"] * 64
        assert time.monotonic() - began < 6  # one after the other it would be more
        assert len(pool._kept) <= 64
