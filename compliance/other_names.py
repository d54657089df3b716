"""Consents that name another practice than the client is called now (rule CONSENT-TRANSFER): after a sale, or a new name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Trim

from consent.models import ConsentRecord
from tenants.models import AuditEvent, Client


def people_by_client(clients: Iterable[int], at: datetime) -> dict[int, int]:
    """Of each client how many people have a yes in force whose wording does not name it; one query, inside their scope.

    An imported yes has no wording of its own: its list was attested by name."""
    rows = _naming_another(clients, at)
    counted = rows.order_by().values("client").annotate(people=Count("contact", distinct=True))
    return {row["client"]: row["people"] for row in counted}


def were_renamed(clients: Iterable[int]) -> QuerySet[AuditEvent]:
    """The record of each change of a name, inside their scope."""
    clients = list(clients)
    changed: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        client__in=clients, what__in=[f"{Client._meta.label}:{pk}" for pk in clients], verb="client.changed",
        detail__fields__contains=["name"],
    )  # fmt: skip
    return changed


def wants_a_look(client: Client, at: datetime) -> bool:
    """Whether the practice was renamed and somebody's yes in force names another: then a person says why it may still count."""
    return were_renamed([client.pk]).exists() and _naming_another([client.pk], at).exists()


def _naming_another(clients: Iterable[int], at: datetime) -> QuerySet[ConsentRecord]:
    said, called = (
        Trim(
            Func(
                F(name),
                Value(r"\s+"),
                Value(" "),
                Value("g"),
                function="regexp_replace",
                output_field=TextField(),
            )
        )
        for name in ("wording", "client__name")
    )
    rows: QuerySet[ConsentRecord] = (
        ConsentRecord.objects.in_force(at)
        .dated()
        .filter(client__in=list(clients))
        .annotate(said=said, called=called)
        .exclude(said__icontains=F("called"))
    )
    return rows
