"""The front desk: how many people a day it can answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import Step
from compliance.checks.applying import WAIT
from compliance.facts import Facts, Group, forbid
from consent.models import Touch
from tenants.models import Client

A_DAY = timedelta(hours=24)


def _with_a_limit(m: Facts) -> QuerySet[Client]:
    return Client.objects.filter(pk=m.client, first_a_day__isnull=False)


def contacted(client: Any, until: Any) -> QuerySet[Any]:
    """One row: `people`, the households contacted in the 24 hours up to `until`. Whoever was, may reply or book."""
    touches = Touch.objects.filter(client=client, voided_at=None, at__gt=until - A_DAY, at__lte=until)
    counted: QuerySet[Any] = (
        touches.order_by().values("client").annotate(people=Count("household", distinct=True))
    )
    return counted.values("people")


@forbid(
    "front_desk_full",
    effect=WAIT,
    group=Group.CLOCK,
    cites="the client's own limit",
    fix="settings",
    among=_with_a_limit,
)
def front_desk_full(m: Facts) -> QuerySet[Client]:
    """As many people were contacted in the last 24 hours as the front desk can answer; this first message waits."""
    first = Step.objects.filter(client=m.inner.client, pk=m.inner.step, position=1)
    today = Coalesce(Subquery(contacted(m.inner.client, m.inner.when)), 0)
    return _with_a_limit(m).filter(Exists(first), first_a_day__lte=today)
