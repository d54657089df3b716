"""The two roles and an empty database, on any PostgreSQL server. Repeating it changes nothing.

`cts_owner` owns the database and migrates. `cts_app` is what web and worker connect as: it owns
nothing, may create nothing in the schema, and row-level security binds it. What it may touch,
migrations grant by name.

As a program, for `docker compose` and by hand: `python -m config.servers.roles` with
ADMIN_DATABASE_URL (a superuser), OWNER_DATABASE_URL and DATABASE_URL in the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

OWNER = "cts_owner"
APP = "cts_app"


@contextmanager
def as_superuser(url: str) -> Iterator[Cursor]:
    """A cursor outside any transaction: databases cannot be made inside one."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def prepare(admin_url: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make both roles (or set their passwords) and the database (or leave it as it is)."""
    with as_superuser(admin_url) as cursor:
        for role in (OWNER, APP):
            cursor.execute("select 1 from pg_roles where rolname = %s", [role])
            verb = "alter" if cursor.fetchone() else "create"
            rights = "login nosuperuser nobypassrls nocreatedb nocreaterole password %s"
            change = sql.SQL(f"{verb} role {{}} {rights}").format(sql.Identifier(role))
            cursor.execute(change, [passwords[role]])
        cursor.execute("select 1 from pg_database where datname = %s", [database])
        if not cursor.fetchone():
            make = sql.SQL("create database {} owner {}")
            cursor.execute(make.format(sql.Identifier(database), sql.Identifier(OWNER)))
    with as_superuser(urlsplit(admin_url)._replace(path=f"/{database}").geturl()) as cursor:
        cursor.execute(sql.SQL("revoke create on schema public from public, {}").format(sql.Identifier(APP)))
        cursor.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(APP)))


def main(environ: Mapping[str, str]) -> None:
    """From the addresses in the environment; a missing or unfit one ends it with what to set."""
    for name in ("ADMIN_DATABASE_URL", "OWNER_DATABASE_URL", "DATABASE_URL"):
        if not environ.get(name):
            sys.exit(f"Set {name} in the environment.")
    owner, app = urlsplit(environ["OWNER_DATABASE_URL"]), urlsplit(environ["DATABASE_URL"])
    for name, url, role in (("OWNER_DATABASE_URL", owner, OWNER), ("DATABASE_URL", app, APP)):
        if url.username != role or not url.password:
            sys.exit(f"{name} must connect as {role}, with a password.")
    if owner.path != app.path:
        sys.exit("OWNER_DATABASE_URL and DATABASE_URL must name the same database.")
    passwords = {OWNER: unquote(owner.password or ""), APP: unquote(app.password or "")}
    prepare(environ["ADMIN_DATABASE_URL"], unquote(app.path.lstrip("/")), passwords)


if __name__ == "__main__":
    main(os.environ)
