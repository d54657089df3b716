"""Whose data may be touched now: the second net (Python) and the switch of the third (row-level security).

Outside `acting_for` a client-owned model yields a query that cannot be compiled, and the database shows
no row. Inside, both are open for the named clients only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction

# None: outside every scope. Empty: a scope of nobody, as in an installation that has no client yet.
_acting: ContextVar[tuple[int, ...] | None] = ContextVar("acting_for", default=None)
SETTING = "app.clients"
M = TypeVar("M", bound=models.Model)


class OutsideTenant(Exception):
    """A client's data was asked for without saying for which client."""


def acting_clients() -> tuple[int, ...]:
    """The ids of the clients the current code acts for; empty outside every scope."""
    return _acting.get() or ()


@contextmanager
def acting_for(client_ids: Iterable[int] | int) -> Iterator[tuple[int, ...]]:
    """Open a transaction in which exactly these clients' rows can be seen and written.

    Nested use narrows or changes the list and puts the former one back on leaving. The setting is local
    to the transaction, so a pooled connection never carries it to the next user.
    """
    ids = (client_ids,) if isinstance(client_ids, int) else tuple(sorted({int(each) for each in client_ids}))
    before = _acting.get()
    with transaction.atomic():
        _tell_database(ids)
        token = _acting.set(ids)
        try:
            yield ids
        except BaseException:
            # Rolling back puts the setting back; a statement now would hide what went wrong.
            _acting.reset(token)
            raise
        _acting.reset(token)
        if not connection.needs_rollback and connection.connection is not None:
            _tell_database(before or ())


@contextmanager
def acting_for_every_client() -> Iterator[tuple[int, ...]]:
    """For the system's own rounds only (what is due, sweeping): every client there is, said aloud."""
    from tenants.models import Client

    with acting_for(list(Client.objects.values_list("pk", flat=True))) as ids:
        yield ids


def _tell_database(ids: tuple[int, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true)", [SETTING, "{" + ",".join(map(str, ids)) + "}" if ids else ""]
        )


class Refuse(models.Expression):
    """A WHERE clause that cannot be compiled: the query fails before it reaches the database."""

    conditional = True

    def __init__(self, model: str) -> None:
        super().__init__(output_field=models.BooleanField())
        self.model = model

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:  # noqa: ARG002
        if compiler.query.is_empty():
            raise EmptyResultSet
        raise OutsideTenant(f"{self.model} was asked for outside acting_for(client)")


class ClientManager(models.Manager[M]):
    """Yields only rows of the clients acted for; outside a scope, a query that refuses to be compiled."""

    def get_queryset(self) -> models.QuerySet[M]:
        rows = super().get_queryset()
        ids = _acting.get()
        if ids is None:
            return rows.filter(Refuse(self.model._meta.label))
        if not ids:
            return rows.none()
        return rows.filter(client_id=ids[0]) if len(ids) == 1 else rows.filter(client_id__in=ids)
