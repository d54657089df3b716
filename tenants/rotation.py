"""Moving what is encrypted and hashed to the newest keys, while everything runs; may be killed and begun again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from tenants.encryption import StrictEncryption
from tenants.models import Client
from tenants.scope import acting_for

AT_ONCE = 1000


def encrypted_fields() -> dict[type[Model], list[Any]]:
    """Every model with encrypted fields, and those fields."""
    found: dict[type[Model], list[Any]] = {}
    for model in apps.get_models():
        fields = [field for field in model._meta.local_fields if isinstance(field, StrictEncryption)]
        if fields:
            found[model] = fields
    return found


def rewrap_all() -> Iterator[tuple[str, int]]:
    """Re-encrypt every value that is not under the newest key; yields (table, values rewrapped) as each table ends.

    A row is changed only if it still holds the token that was read, so a concurrent edit is never undone.
    Raises `cryptography.fernet.InvalidToken` at a value that no key of ours made, after committing what came before.
    """
    clients = list(Client.objects.values_list("pk", flat=True))
    for model, fields in encrypted_fields().items():
        owned = any(field.name == "client" for field in model._meta.local_fields)
        count = 0
        for scope in [[pk] for pk in clients] if owned else [[]]:
            for field in fields:
                count += _rewrap(model._meta.db_table, model._meta.pk.column, field.column, scope)
        yield model._meta.db_table, count
    yield Authenticator._meta.db_table, _rewrap_second_factors()


def _rewrap_second_factors() -> int:
    """allauth keeps the secrets of authenticator apps and recovery codes as tokens inside JSON (`tenants.sign_in`).

    One row at a time and locked: a recovery code that is being used writes the same JSON.
    """
    count = 0
    for key in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=key).first()
            if row is None:
                continue
            data, changed = _with_new_tokens(row.data)
            if changed:
                Authenticator.objects.filter(pk=key).update(data=data)
                count += changed
    return count


def _with_new_tokens(data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    newest, every = _keys()
    count = 0

    def new(token: str) -> str:
        nonlocal count
        if _is_under(newest, token):
            return token
        count += 1
        return every.rotate(token.encode()).decode()

    given: dict[str, Any] = {name: new(data[name]) for name in ("secret", "seed") if name in data}
    if "migrated_codes" in data:
        given["migrated_codes"] = [new(each) for each in data["migrated_codes"]]
    return data | given, count


def _keys() -> tuple[Fernet, MultiFernet]:
    every = [Fernet(each) for each in settings.FIELD_ENCRYPTION_KEY]
    return every[0], MultiFernet(every)


def _rewrap(table: str, key: str, column: str, scope: list[int]) -> int:
    newest, every = _keys()
    count, last = 0, None
    while True:
        with acting_for(scope), connection.cursor() as cursor:
            after = f'AND "{key}" > %s' if last is not None else ""
            cursor.execute(
                f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL {after} ORDER BY "{key}" LIMIT {AT_ONCE}',  # noqa: S608
                [last] if last is not None else [],
            )
            rows = cursor.fetchall()
            old = [(pk, token) for pk, token in rows if not _is_under(newest, token)]
            if old:
                new = [every.rotate(token.encode()).decode() for _, token in old]
                # What may not be changed after it was signed lets this through, and nothing else.
                cursor.execute("SELECT set_config('app.rewrapping', 'on', true)")
                kind = "uuid" if table == "messaging_attempt" else "bigint"
                cursor.execute(
                    f'UPDATE "{table}" t SET "{column}" = n.new FROM unnest(%s::{kind}[], %s::text[], %s::text[]) AS n(id, old, new) '  # noqa: S608
                    f'WHERE t."{key}" = n.id AND t."{column}" = n.old',
                    [[str(pk) if kind == "uuid" else pk for pk, _ in old], [token for _, token in old], new],
                )
                count += cursor.rowcount
                cursor.execute("SELECT set_config('app.rewrapping', '', true)")
        if len(rows) < AT_ONCE:
            return count
        last = rows[-1][0]


def _is_under(newest: Fernet, token: str) -> bool:
    try:
        newest.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
