"""Copying and dropping databases; for tests, and for starting the demo over."""

from __future__ import annotations

from psycopg2 import sql

from config.servers.roles import OWNER, as_superuser


def copy(admin_url: str, template: str, database: str) -> None:
    """Make `database` anew from `template`; whoever is connected to the old one is thrown out."""
    with as_superuser(admin_url) as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
        # By files, not through the log: nothing needs to survive a crash here, and it is faster.
        words = sql.SQL("create database {} template {} owner {} strategy file_copy")
        cursor.execute(
            words.format(sql.Identifier(database), sql.Identifier(template), sql.Identifier(OWNER))
        )


def drop(admin_url: str, database: str) -> None:
    """Remove `database` and everything in it."""
    with as_superuser(admin_url) as cursor:
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
