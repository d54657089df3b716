"""Address and household locks of the hand-over: exclusive, by try, on a connection of their own.

Session locks live exactly as long as the process: death frees them. They cannot sit on Django's connection, which
is closed between tasks and may be pooled (reliability Annex A, decisions 19).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

import psycopg2
import psycopg2.errors
from django.db import connection

from tenants.hashing import lock_key


def keys_of(address_id: int, household: int) -> tuple[int, int]:
    """The two locks a hand-off needs."""
    return address_key(address_id), lock_key("household", household)


def address_key(address_id: int) -> int:
    """The first of them: who holds it keeps every hand-off to this address back."""
    return lock_key("address", address_id)


@contextmanager
def alone(round_of: str) -> Iterator[bool]:
    """Whether no other process is inside a block of this name, as long as the block lasts.

    For rounds that ask providers, which may take long: else each bell would send another worker to wait for the same answers.
    """
    with Locks() as locks:
        key = lock_key(f"round {round_of}", 0)
        ours = locks.take([(key, key)])[0]
        try:
            yield ours
        finally:
            # Closing would free it too, but a moment later, and the next round would think that somebody is in it.
            if ours:
                with suppress(psycopg2.Error):
                    locks.release([key])


class Locks:
    """Advisory locks held by this process. Not for use by several threads at once."""

    def __init__(self) -> None:
        params: dict[str, Any] = connection.get_connection_params()
        params.pop("cursor_factory", None)
        params.pop("context", None)
        # A dead machine sends no FIN: let PostgreSQL notice within about 15 s and free its locks.
        self._connection = psycopg2.connect(
            **{k: v for k, v in params.items() if k in {"dbname", "database", "user", "password", "host", "port"}},
            keepalives=1, keepalives_idle=5, keepalives_interval=3, keepalives_count=3,
            options="-c client_connection_check_interval=1000 -c tcp_keepalives_idle=5 "
            "-c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
        )  # fmt: skip
        self._connection.autocommit = True
        self._refuse_a_pooler()

    def _refuse_a_pooler(self) -> None:
        """A pooler in transaction mode would give the lock to someone else (reliability F16): every statement must meet the
        backend that answered the connecting. An idle pooler may give one and the same each time, but names itself there."""
        pids = {self._connection.get_backend_pid()}
        for _ in range(3):
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.add(cursor.fetchone()[0])
        if len(pids) != 1:
            self._connection.close()
            raise RuntimeError(
                "Workers need a direct database connection: a transaction pooler breaks session locks."
            )

    def take(
        self, pairs: Sequence[tuple[int, int]], shared: Sequence[Collection[int]] | None = None
    ) -> list[bool]:
        """Try each (address, household) pair of keys, and its `shared` ones, which others may hold too; all or none of them.

        Never waits. A shared one is refused while somebody waits to have it alone.
        """
        under = shared if shared is not None else [()] * len(pairs)
        own, common = {key for pair in pairs for key in pair}, {key for keys in under for key in keys}
        if not own:
            return []
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT k, s, CASE WHEN s THEN pg_try_advisory_lock_shared(k) ELSE pg_try_advisory_lock(k) END "
                "FROM unnest(%s::bigint[], %s::bool[]) AS wanted(k, s)",
                _told_apart(own, common),
            )
            got = {(key, is_shared) for key, is_shared, taken in cursor.fetchall() if taken}
        needed = [
            {*((key, False) for key in pair), *((key, True) for key in keys)}
            for pair, keys in zip(pairs, under, strict=True)
        ]
        verdicts = [each <= got for each in needed]
        left = got - {key for each, ok in zip(needed, verdicts, strict=True) if ok for key in each}
        self.release(*({key for key, is_shared in left if is_shared is kind} for kind in (False, True)))
        return verdicts

    def wait(self, key: int, seconds: float) -> bool:
        """Wait until nobody holds this lock, or for so long; True when it was ours for a moment. For the barrier only."""
        if seconds <= 0:
            return False
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, false)", [f"{max(1, int(seconds * 1000))}ms"]
            )
            try:
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            except psycopg2.errors.LockNotAvailable:
                return False
        self.release([key])
        return True

    def release(self, keys: Iterable[int], shared: Iterable[int] = ()) -> None:
        """Let go of these locks."""
        own, common = set(keys), set(shared)
        if own or common:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(CASE WHEN s THEN pg_advisory_unlock_shared(k) ELSE pg_advisory_unlock(k) END) "
                    "FROM unnest(%s::bigint[], %s::bool[]) AS given(k, s)",
                    _told_apart(own, common),
                )

    def hold(self) -> None:
        """Be sure that what was taken and not released is held still; raises when the session is gone."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def release_all(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")

    def close(self) -> None:
        """Closing the session frees whatever is still held."""
        self._connection.close()

    def __enter__(self) -> Locks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _told_apart(own: Collection[int], shared: Collection[int]) -> list[list[int] | list[bool]]:
    """Two arrays of one length: the keys, and whether each is shared."""
    return [[*sorted(own), *sorted(shared)], [False] * len(own) + [True] * len(shared)]
