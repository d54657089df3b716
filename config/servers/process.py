"""Starting, finding again and stopping a child process."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


class ServerFailed(Exception):
    """A server could not be started or stopped; the message says what to do."""


def _leave_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel sends `number` when the parent dies, even by SIGKILL (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)

    return ask


def launch(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_with: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """A child in a session of its own: Ctrl-C reaches only us, and we stop the children in order."""
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=log,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_leave_with_parent(stop_with),
        **options,
    )


def alive(pid: int) -> bool:
    """Whether a process with this id runs; a zombie (dead, not yet collected) does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(said.stdout.strip()) and not said.stdout.lstrip().startswith("Z")


def command_of(pid: int) -> str:
    """The command line of a process, or nothing."""
    said = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def end(
    pid: int, popen: subprocess.Popen[bytes] | None, signals: Sequence[tuple[signal.Signals, float]]
) -> None:
    """Send each signal in turn, giving the process its seconds to leave, until it is gone."""

    def gone() -> bool:
        return popen.poll() is not None if popen else not alive(pid)

    for number, patience in signals:
        if gone():
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if gone():
                return
            time.sleep(0.02)
    if not gone():
        raise ServerFailed(f"Process {pid} does not stop. End it by hand: kill -9 {pid}")


def free_port() -> int:
    """A port of 127.0.0.1 that is free for TCP and UDP."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of 127.0.0.1, by TCP or UDP, and we may."""
    with socket.socket() as caller:
        caller.settimeout(0.2)
        if caller.connect_ex(("127.0.0.1", port)) == 0:  # macOS lets us bind beside a wildcard listener
            return False
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def last_line(log: Path) -> str:
    """The last line a process wrote, for a sentence that says why it ended."""
    lines = (
        [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        if log.exists()
        else []
    )
    return lines[-1].strip() if lines else "it wrote nothing"
