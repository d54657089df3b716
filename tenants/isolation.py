"""The third net: row-level security, forced, on every table with a client, and keys that cannot cross clients.

`Isolate(app)` stands last in an app's migrations and is repeated after any migration that adds a table or
a `SameClientKey`; it is idempotent. Measured and argued in docs/tenancy.md.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

from tenants.encryption import StrictEncryption
from tenants.scope import SETTING

APP_ROLE = "cts_app"


class SameClientKey(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key to a row of the same client, held by the database as (client_id, x_id) -> (client_id, id).

    Plain foreign keys are checked past row-level security and would accept a rival's id.
    """

    def __init__(self, to: Any, on_delete: Any, **options: Any) -> None:
        options["db_constraint"] = False
        options.setdefault("related_name", "+")
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class Isolate(Operation):
    """Row-level security, composite keys and the app role's grants for the tables of one app."""

    reduces_to_sql = True
    reversible = True

    def __init__(
        self, app: str, *, open_tables: tuple[str, ...] = (), append_only: tuple[str, ...] = ()
    ) -> None:
        self.app, self.open_tables, self.append_only = app, tuple(open_tables), tuple(append_only)

    def deconstruct(self) -> Any:
        return (
            type(self).__qualname__,
            [self.app],
            {"open_tables": self.open_tables, "append_only": self.append_only},
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: the models do not change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in to_state.apps.get_app_config(self.app).get_models(include_auto_created=True):
            for statement in self._statements(model):
                schema_editor.execute(statement)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave the nets up."""

    def describe(self) -> str:
        return f"Isolate the clients' rows of {self.app}"

    def _statements(self, model: Any) -> list[str]:
        table = model._meta.db_table
        rights = (
            "SELECT, INSERT"
            if model._meta.model_name in self.append_only
            else "SELECT, INSERT, UPDATE, DELETE"
        )
        # Taken first: a table left out of one migration's list and named again by the next must not keep what it got between.
        made = [
            f'REVOKE UPDATE, DELETE ON "{table}" FROM {APP_ROLE}',
            f'GRANT {rights} ON "{table}" TO {APP_ROLE}',
        ]
        # What is only added to takes a new key all the same (tenants.rotation); triggers let nothing else through.
        encrypted: list[Any] = [
            each for each in model._meta.local_fields if isinstance(each, StrictEncryption)
        ]
        made += [f'GRANT UPDATE ("{each.column}") ON "{table}" TO {APP_ROLE}' for each in encrypted]
        if number := model._meta.pk.column:  # none of a key of several columns
            made.append(
                f"DO $$ BEGIN IF pg_get_serial_sequence('\"{table}\"', '{number}') IS NOT NULL THEN "
                f"EXECUTE 'GRANT USAGE, SELECT ON SEQUENCE ' || pg_get_serial_sequence('\"{table}\"', '{number}') "
                f"|| ' TO {APP_ROLE}'; END IF; END $$"
            )
        if (
            not any(f.name == "client" for f in model._meta.local_fields)
            or model._meta.model_name in self.open_tables
        ):
            return made
        mine = (
            f"client_id = ANY ((SELECT nullif(current_setting('{SETTING}', true), '')::bigint[])::bigint[])"
        )
        made += [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'DROP POLICY IF EXISTS of_the_client ON "{table}"',
            f'CREATE POLICY of_the_client ON "{table}" USING ({mine}) WITH CHECK ({mine})',
        ]
        for field in model._meta.local_fields:
            if isinstance(field, SameClientKey):
                made += _composite_key(table, field)
        return made


def _composite_key(table: str, field: SameClientKey) -> list[str]:
    target, column = field.related_model._meta.db_table, field.column  # type: ignore[union-attr]
    unique, key = f"{target}_of_client"[:63], f"{table}_{column}_same_client"[-63:]
    return [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{unique}') THEN "  # noqa: S608 - names of our own tables
        f'ALTER TABLE "{target}" ADD CONSTRAINT "{unique}" UNIQUE (client_id, id); END IF; END $$',
        f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{key}"',
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{key}" FOREIGN KEY (client_id, "{column}") '
        f'REFERENCES "{target}" (client_id, id) DEFERRABLE INITIALLY IMMEDIATE',
    ]
