"""Consents that name another practice than the client is called now (rule CONSENT-TRANSFER): after a sale, or a new name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, Func, TextField, Value
from django.db.models.functions import Trim

from consent.models import ConsentRecord


def people_by_client(clients: Iterable[int], at: datetime) -> dict[int, int]:
    """Of each client how many people have a yes in force whose wording does not name it; one query, inside their scope.

    An imported yes has no wording of its own: its list was attested by name."""
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
    rows = (
        ConsentRecord.objects.in_force(at)
        .dated()
        .filter(client__in=list(clients))
        .annotate(said=said, called=called)
        .exclude(said__icontains=F("called"))
    )
    counted = rows.order_by().values("client").annotate(people=Count("contact", distinct=True))
    return {row["client"]: row["people"] for row in counted}
