"""Lists on a client's SFTP server, a real one in this process: read once, nothing changed there, and no other server spoken to."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from consent.list_sources import looking
from consent.list_sources.looking import mark_of
from consent.list_sources.places import Found
from consent.models import ListFetch, ListSource
from tenants.models import Client
from tenants.scope import acting_for
from tests.consent.importing.lists import a_list
from tests.consent.list_sources.conftest import LINE, a_source, again, found, look

pytestmark = pytest.mark.django_db
KEY = asyncssh.generate_private_key("ssh-ed25519")
OURS = asyncssh.generate_private_key("ssh-ed25519")


class Gate(asyncssh.SSHServer):
    """Lets in `practice` by a password or our key."""

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("practice", "open sesame")

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "practice" and key.public_data == OURS.public_data


class Server:
    """The client's server, and the folder that its users see."""

    def __init__(self, root: Path) -> None:
        self.root, self.loop, self.port = root, asyncio.new_event_loop(), 0
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        listening = self.loop.run_until_complete(
            asyncssh.listen(
                "127.0.0.1", 0, server_factory=Gate, server_host_keys=[KEY],
                sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(self.root).encode()),
            )
        )  # fmt: skip
        self.port = listening.get_port()
        self.ready.set()
        self.loop.run_forever()
        listening.close()
        self.loop.run_until_complete(listening.wait_closed())
        self.loop.close()

    def put(self, name: str, age: float = 300) -> Path:
        file = self.root / name
        file.write_bytes(a_list(LINE))
        os.utime(file, (time.time() - age, time.time() - age))
        return file


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Server]:
    settings.DEMO = True  # or nothing on this machine would be called
    (tmp_path / "out").mkdir()
    made = Server(tmp_path / "out")
    made.thread.start()
    assert made.ready.wait(60)
    yield made
    made.loop.call_soon_threadsafe(made.loop.stop)
    made.thread.join(60)


def on(server: Server, of: Client, **values: Any) -> ListSource:
    given = {
        "kind": "sftp", "host": "127.0.0.1", "port": server.port, "user_name": "practice", "secret": "open sesame",
        "host_key": KEY.export_public_key().decode(),
    }  # fmt: skip
    return a_source(of, **given | values)


@pytest.mark.parametrize(
    "secret", ["open sesame", OURS.export_private_key().decode()], ids=["password", "key"]
)
def test_a_list_is_read_once_and_stays_where_it_is(server: Server, clinic: Client, secret: str) -> None:
    source = on(server, clinic, secret=secret)
    file = server.put("list.csv")
    server.put("half.csv", age=-3600)
    (server.root / "sub").mkdir()
    assert (look(source), again(source).problem) == (1, "")
    assert (look(source), found(source)) == (0, [("list.csv", "waits")])
    assert file.exists()


def test_lists_that_stay_there_hide_no_newer_one(
    server: Server, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_READ", 2)
    source = on(server, clinic)
    old = [server.put(f"{number}.csv", age=90_000 - number) for number in range(201)]
    with acting_for(clinic.pk):
        ListFetch.objects.bulk_create(
            ListFetch(client=clinic, source=source, file_name=each.name, size=each.stat().st_size, state="known",
                      mark=mark_of(Found(each.name, each.stat().st_size, int(each.stat().st_mtime))))
            for each in old
        )  # fmt: skip
    for number in range(3):
        (server.root / f"report{number}.xlsx").write_bytes(b"PK\x03\x04")
        os.utime(server.root / f"report{number}.xlsx", (time.time() - 3600, time.time() - 3600))
    server.put("newest.csv")
    assert (look(source), look(source)) == (0, 1)
    assert found(source)[-1] == ("newest.csv", "waits")


def test_a_server_with_another_key_is_told_nothing(server: Server, clinic: Client) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    source = on(server, clinic, host_key=other)
    server.put("list.csv")
    assert look(source) == 0
    assert "key is not the one that was stated" in again(source).problem


def test_a_wrong_password_and_a_missing_folder_are_said(server: Server, clinic: Client) -> None:
    wrong, nowhere = on(server, clinic, secret="guess"), on(server, clinic, folder="nowhere")
    look(wrong)
    assert "does not take this user name" in again(wrong).problem
    look(nowhere)
    assert "could not be read" in again(nowhere).problem


def test_our_own_network_is_not_called(server: Server, clinic: Client, settings: Any) -> None:
    settings.DEMO = False
    source = on(server, clinic)
    look(source)
    assert "own network" in again(source).problem
