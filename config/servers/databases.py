"""Roles and databases on a server that `postgres.start` runs.

`cts_owner` owns the database and migrates. `cts_app` is what web and worker connect as: it owns
nothing, may create nothing in the schema, and row-level security binds it. What it may touch,
migrations grant by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from config.servers.postgres import APP, OWNER, SUPERUSER, Postgres


@contextmanager
def _as_superuser(url: str) -> Iterator[Cursor]:
    connection = psycopg2.connect(url)
    connection.autocommit = True  # databases cannot be made inside a transaction
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def prepare(server: Postgres, database: str) -> None:
    """The two roles and an empty database owned by `cts_owner`; what is there already stays."""
    with _as_superuser(server.url(SUPERUSER, "postgres")) as cursor:
        for role in (OWNER, APP):
            cursor.execute("select 1 from pg_roles where rolname = %s", [role])
            verb = "alter" if cursor.fetchone() else "create"
            rights = "login nosuperuser nobypassrls nocreatedb nocreaterole password %s"
            cursor.execute(
                sql.SQL(f"{verb} role {{}} {rights}").format(sql.Identifier(role)), [server.passwords[role]]
            )
        cursor.execute("select 1 from pg_database where datname = %s", [database])
        if not cursor.fetchone():
            cursor.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(OWNER))
            )
    with _as_superuser(server.url(SUPERUSER, database)) as cursor:
        cursor.execute(sql.SQL("revoke create on schema public from public, {}").format(sql.Identifier(APP)))
        cursor.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(APP)))


def copy(admin_url: str, template: str, database: str) -> None:
    """Make `database` anew from `template`; whoever is connected to the old one is thrown out."""
    with _as_superuser(admin_url) as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
        cursor.execute(
            sql.SQL("create database {} template {} owner {} strategy file_copy").format(
                sql.Identifier(database), sql.Identifier(template), sql.Identifier(OWNER)
            )
        )


def drop(admin_url: str, database: str) -> None:
    """Remove `database` and everything in it."""
    with _as_superuser(admin_url) as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
