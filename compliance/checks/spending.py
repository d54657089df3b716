"""What a client lets its messages cost."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from compliance.checks.applying import CONFIRMS, PLANNED, WAIT
from compliance.facts import Facts, Group, forbid
from compliance.models import Spent
from tenants.models import Client


def _with_a_limit(m: Facts) -> QuerySet[Client]:
    return Client.objects.filter(pk=m.client, most_dollars__isnull=False)


@forbid(
    "spend_cap",
    effect=WAIT,
    group=Group.CLIENT,
    cites="the client's own limit",
    fix="settings",
    applies=PLANNED | CONFIRMS,
    among=_with_a_limit,
)
def spend_cap(m: Facts) -> QuerySet[Client]:
    """This month's messages have cost as much as they may; or what they cost is not counted yet."""
    below = Spent.objects.of_now(m.at).filter(client=m.inner.client, dollars__lt=OuterRef("most_dollars"))
    return _with_a_limit(m).filter(~Exists(below))
