"""What PostgreSQL knows of its tables, renewed at once after much was written.

Autovacuum comes within a minute or later; until then everybody who was just brought in is unknown to the planner,
which would look a million people up one by one. Needs PostgreSQL 17 or newer and `GRANT MAINTAIN` on each table
(docs/performance.md); without the right PostgreSQL only warns and leaves a table out.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Model

from tenants.encryption import StrictEncryption

MANY = 20_000  # rows written at once that make it worth a second


def outgrown(model: type[Model], written: int) -> bool:
    """Whether so many new rows are over a tenth of what PostgreSQL believes there are: what autovacuum acts on, a minute later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        return bool(written * 10 > cursor.fetchone()[0])


def gather(*models: type[Model]) -> None:
    """ANALYZE the tables of these models. Call outside a transaction: the tables stay locked against each other's ANALYZE.

    Without their ciphertexts: no query compares them, and sorting thousands of long texts is most of the work.
    """
    quoted = connection.ops.quote_name
    tables = ", ".join(
        f"{quoted(model._meta.db_table)} ({', '.join(map(quoted, _compared(model)))})" for model in models
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _compared(model: type[Model]) -> list[str]:
    return [
        field.column
        for field in model._meta.local_concrete_fields
        if field.column and not isinstance(field, StrictEncryption)
    ]
