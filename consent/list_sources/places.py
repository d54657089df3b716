"""The two places where lists are looked for, asked alike: what lies there, its bytes, and what is done with it afterwards.

A folder of this installation is emptied of what was taken, so that no list lies about in clear. Nothing is changed on a
client's own server: what was read there is remembered.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import asyncssh
from django.conf import settings

from consent.models import ListSource
from tenants.providers import outside

PIECE = 1 << 18  # bytes
STILL = 60  # seconds without a change: nobody is writing it any more
CONNECT, WHOLE = 15.0, 60.0  # seconds: to get in; for one answer
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")


class Found(NamedTuple):
    """A file that lies there and that nobody writes any more."""

    name: str
    size: int
    changed: int


class PlaceFailed(Exception):
    """The place cannot be looked at; the message is a sentence for people."""


class Place(Protocol):
    """What a look needs."""

    def __enter__(self) -> Place: ...
    def __exit__(self, *error: Any) -> None: ...
    def files(self) -> list[Found]:
        """All that may be taken, oldest first: on a client's server also what was taken long ago."""

    def read(self, found: Found) -> Iterator[bytes]:
        """Its bytes, piece by piece."""

    def taken(self, found: Found) -> None:
        """It was taken, or is known."""


def place_of(source: ListSource) -> Place:
    """The place that a source names."""
    return Folder(source) if source.kind == ListSource.Kind.FOLDER else Sftp(source)


def folder_of(source: ListSource) -> Path | None:
    """Where its files are to be put; None when the installation has no such folder."""
    root = settings.LIST_FOLDERS_DIR
    return Path(root) / str(source.client_id) / str(source.pk) if root else None


def empty_folders(client_id: int) -> None:
    """The engagement ended: nothing of the client's lies about."""
    if settings.LIST_FOLDERS_DIR:
        shutil.rmtree(Path(settings.LIST_FOLDERS_DIR) / str(client_id), ignore_errors=True)


def _may_be_taken(name: str, changed: float) -> bool:
    return (
        not name.startswith(".")
        and not name.casefold().endswith(UNFINISHED)
        and changed <= time.time() - STILL
    )


class Folder:
    """A folder under `LIST_FOLDERS_DIR`. Its path is made of ids of ours; links in it are not followed."""

    def __init__(self, source: ListSource) -> None:
        self.path = folder_of(source)

    def __enter__(self) -> Folder:
        if self.path is None:
            raise PlaceFailed(
                "This installation has no folder for lists (LIST_FOLDERS_DIR). Ask whoever runs it."
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o770)
        except OSError:
            raise PlaceFailed("The folder cannot be made here. Ask whoever runs this installation.") from None
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def files(self) -> list[Found]:
        """Plain files only."""
        assert self.path is not None  # noqa: S101 - `__enter__` has seen to it
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode) and _may_be_taken(entry.name, about.st_mtime):
                    found.append(Found(entry.name, about.st_size, int(about.st_mtime)))
        return sorted(found, key=lambda each: (each.changed, each.name))

    def read(self, found: Found) -> Iterator[bytes]:
        """Raises OSError when it went away meanwhile."""
        assert self.path is not None  # noqa: S101 - as above
        with os.fdopen(os.open(self.path / found.name, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def taken(self, found: Found) -> None:
        """Deleted: what was taken lies encrypted in the import, and then nowhere."""
        assert self.path is not None  # noqa: S101 - as above
        (self.path / found.name).unlink(missing_ok=True)


class Sftp:
    """A folder on the client's server. Only the server whose key was stated is spoken to."""

    def __init__(self, source: ListSource) -> None:
        self.source, self.loop = source, asyncio.new_event_loop()
        self.connection: Any = None
        self.client: Any = None

    def __enter__(self) -> Sftp:
        try:
            self._do(self._connect(), CONNECT * 2)
        except outside.Inside:
            self._close()
            raise PlaceFailed(
                "The server’s name leads into this installation’s own network, so it is not called."
            ) from None
        except asyncssh.HostKeyNotVerifiable:
            self._close()
            raise PlaceFailed(
                "The server’s key is not the one that was stated, so nothing was sent to it. Ask the client whether it changed."
            ) from None
        except asyncssh.PermissionDenied:
            self._close()
            raise PlaceFailed("The server does not take this user name with this password or key.") from None
        except (asyncssh.Error, OSError, TimeoutError, UnicodeError, ValueError):
            self._close()
            raise PlaceFailed("The server could not be reached.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def files(self) -> list[Found]:
        """Plain files only; raises PlaceFailed when the folder cannot be read."""
        try:
            names = self._do(self.client.readdir(self.source.folder or "."))
        except (asyncssh.Error, OSError, TimeoutError):
            raise PlaceFailed("The folder on the server could not be read.") from None
        found = [
            Found(str(each.filename), each.attrs.size or 0, int(each.attrs.mtime or 0))
            for each in names
            if each.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR
            and _may_be_taken(str(each.filename), each.attrs.mtime or 0)
        ]
        return sorted(found, key=lambda each: (each.changed, each.name))

    def read(self, found: Found) -> Iterator[bytes]:
        """Raises OSError or asyncssh.Error when it breaks off."""
        file = self._do(self.client.open(f"{self.source.folder or '.'}/{found.name}", "rb"))
        try:
            while piece := self._do(file.read(PIECE)):
                yield piece
        finally:
            self._do(file.close())

    def taken(self, found: Found) -> None:
        """It stays: the server is the client's."""

    async def _connect(self) -> None:
        opened = await asyncio.to_thread(outside.opened, self.source.host, self.source.port, CONNECT)
        key = asyncssh.import_public_key(self.source.host_key)
        secret = self.source.secret
        proof: dict[str, Any] = (
            {"client_keys": [asyncssh.import_private_key(secret)], "password": None}
            if secret.lstrip().startswith("-----BEGIN")
            else {"client_keys": [], "password": secret}
        )
        self.connection = await asyncssh.connect(
            sock=opened, username=self.source.user_name, known_hosts=([key], [], []), config=[], agent_path=None,
            connect_timeout=CONNECT, login_timeout=CONNECT, **proof,
        )  # fmt: skip
        self.client = await self.connection.start_sftp_client()

    def _do(self, wanted: Any, within: float = WHOLE) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(wanted, within))

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.abort()
            self.loop.run_until_complete(self.connection.wait_closed())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
