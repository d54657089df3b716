"""Write one audit event in the current transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from tenants.models import AccountEvent, Agency, AuditEvent, User


def record(
    verb: str,
    what: Model | str = "",
    *,
    client_id: int,
    by: User | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> None:
    """Note a deed on a client's data. `detail`: ids, counts and codes only, never personal data."""
    if by is None and request is not None and request.user.is_authenticated:
        by = request.user
    name = what if isinstance(what, str) else f"{what._meta.label}:{what.pk}"
    AuditEvent.objects.create(
        client_id=client_id, actor=by, verb=verb, what=name, detail=detail, ip=_ip(request)
    )


def record_many(verb: str, counts: dict[int, int], *, by: User, request: HttpRequest) -> None:
    """The same deed on several clients' data at once: `counts` says on how many rows of each client."""
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(client_id=client_id, actor=by, verb=verb, detail={"rows": rows}, ip=_ip(request))
            for client_id, rows in counts.items()
        ]
    )


def record_account(
    verb: str,
    *,
    by: User | None,
    agency: Agency | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> None:
    """Note a deed on accounts, invitations or memberships."""
    AccountEvent.objects.create(agency=agency, actor=by, verb=verb, detail=detail, ip=_ip(request))


def _ip(request: HttpRequest | None) -> str | None:
    return request.META.get("REMOTE_ADDR") or None if request is not None else None
