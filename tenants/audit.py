"""Write one audit event in the current transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from tenants.models import AccountEvent, Agency, AuditEvent, User

# Where the request now being answered came from: a deed deep inside it says so without being handed the request.
_from: ContextVar[str | None] = ContextVar("audit_from", default=None)


@contextmanager
def coming_from(request: HttpRequest) -> Iterator[None]:
    """What is recorded inside came from there."""
    token = _from.set(request.META.get("REMOTE_ADDR") or None)
    try:
        yield
    finally:
        _from.reset(token)


def record(
    verb: str,
    what: Model | str = "",
    *,
    client_id: int,
    by: User | None = None,
    request: HttpRequest | None = None,
    **detail: Any,
) -> None:
    """Note a deed on a client's data. `detail`: ids, counts and codes only, never personal data; of a change `before` and `after`."""
    if by is None and request is not None and request.user.is_authenticated:
        by = request.user
    name = what if isinstance(what, str) else f"{what._meta.label}:{what.pk}"
    AuditEvent.objects.create(
        client_id=client_id, actor=by, verb=verb, what=name, detail=detail, ip=_ip(request)
    )


def record_read(verb: str, about: list[str], *, client_id: int, request: HttpRequest, **detail: Any) -> None:
    """The same look at each of these, by a system that has no account here; in one statement."""
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(client_id=client_id, verb=verb, what=each, detail=detail, ip=_ip(request))
            for each in about
        ]
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
    return (request.META.get("REMOTE_ADDR") or None) if request is not None else _from.get()


def reference(value: Any, *, code: bool) -> Any:
    """A value as a record may hold it: figures and codes as they are, other text by a keyed hash, which tells whether it is the same."""
    if value is None or isinstance(value, bool | int) or code:
        return value
    text = str(value)
    if not text:
        return text
    return "#" + salted_hmac("tenants.audit.reference", text, algorithm="sha256").hexdigest()[:16]
