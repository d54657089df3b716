"""Rows into PostgreSQL by COPY: into a temporary table first, because COPY cannot pass row-level security."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import StringIO

from django.db import connection

TABLES = {
    "stage_contact": (
        "id bigint, is_new boolean, external_id text, first_name text, last_name text, name_words bigint[], "
        "language text, state text, adult_from date, deceased boolean, last_visit date, segment text, "
        "location_id bigint, window_key text, filled text[]"
    ),
    "stage_point": "contact_id bigint, is_new boolean, channel text, address_id bigint, value text, ends_others boolean",
    "stage_no": "channel text, address_id bigint",
    "stage_yes": "contact_id bigint, is_new boolean, channel text, address_id bigint, purpose text, last_day date",
    "stage_line": "line integer, outcome text, reason text, contact_id bigint, phone text, email text",
    "stage_ward": "external_id text, guardian text",
}


def clear() -> None:
    """Empty staging tables for this connection, made where they are missing."""
    with connection.cursor() as cursor:
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})")
        cursor.execute(f"TRUNCATE {', '.join(f'pg_temp.{name}' for name in TABLES)}")


def copy(table: str, lines: list[str]) -> bool:
    """Put rows into a staging table, each a line of tab-separated fields in the order of `TABLES`; False for none.

    Fields: numbers and ciphertexts as they are; `text`, `day`, `array` and `flag` below for the rest.
    """
    if lines:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY pg_temp.{table} FROM STDIN", StringIO("\n".join(lines) + "\n"))
    return bool(lines)


def text(value: str) -> str:
    """A text field; COPY gives a meaning to backslashes and control characters."""
    if value.isprintable() and "\\" not in value:
        return value
    return (
        value.replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\0", "")
    )


def day(value: date | None) -> str:
    """A date or NULL."""
    return value.isoformat() if value else "\\N"


def array(values: Iterable[int | str]) -> str:
    """An array of numbers or plain words."""
    return "{" + ",".join(map(str, values)) + "}"


def flag(value: bool) -> str:
    """A boolean."""
    return "t" if value else "f"


def number(value: int | None) -> str:
    """A number or NULL."""
    return "\\N" if value is None else str(value)
