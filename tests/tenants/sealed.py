"""Audit events written and sealed, and a superuser who tampers with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.db import connection
from psycopg2.extensions import cursor as Cursor

from tenants import audit, sealing
from tenants.models import Client
from tenants.scope import acting_for
from tenants.sealing_check import Checked, check


def deeds(of: Client, *verbs: str) -> None:
    """One event for each verb, each in a transaction of its own."""
    for number, verb in enumerate(verbs):
        with acting_for(of.pk):
            audit.record(verb, f"campaigns.Campaign:{number}", client_id=of.pk, rows=number)


def many(of: Client, count: int) -> None:
    """That many events in one statement."""
    with acting_for(of.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants_auditevent (client_id, verb, what, detail, ip) SELECT %s, 'contact.viewed', "
            "'consent.Contact:' || n, jsonb_build_object('rows', n), '192.0.2.7' FROM generate_series(1, %s) AS n",
            [of.pk, count],
        )


def checked(of: Client, seal: bool = False) -> Checked:
    """What the check finds."""
    if seal:
        sealing.seal(of.pk)
    with acting_for(of.pk):
        return check(of.pk)


@contextmanager
def superuser() -> Iterator[Cursor]:
    """Someone who may do anything to this test's database, past triggers and row-level security; commits."""
    name = urlsplit(os.environ["DATABASE_URL"]).path
    connected = psycopg2.connect(urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=name).geturl())
    try:
        with connected, connected.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # no trigger, no key
            yield cursor
    finally:
        connected.close()


def tamper(statement: str, given: Sequence[Any] = ()) -> int:
    """One statement as superuser; how many rows it touched."""
    with superuser() as cursor:
        cursor.execute(statement, given)
        return cursor.rowcount
