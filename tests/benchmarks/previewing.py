"""The whole audience through every check, before any message exists."""

from __future__ import annotations

from typing import Any
from unittest import mock

from campaigns.audience import subjects
from campaigns.models import Campaign, Step
from compliance import many, preview
from compliance.checks import CHECKS
from compliance.facts import Check
from consent.models import Contact
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks.measuring import Clock


def whole() -> dict[str, Any]:
    """`preview.tallies` of the campaign, beside the same audience read without asking anything.

    A process writes the query once (`compliance/compiled.py`), so its first time is another figure than all later ones.
    """
    with acting_for(Client.objects.get().pk):
        campaign, at = Campaign.objects.get(), db_now()
        _cost((), at)  # the pages of the tables are in memory afterwards, for both
        nothing = min((_cost((), at) for _ in range(2)), key=lambda took: took.database)
        with Clock(helpers=True) as first:
            preview.tallies(campaign, at)
        with Clock(helpers=True) as took:
            ((_, tally),) = preview.tallies(campaign, at)
    return {
        "first_seconds": first.wall,
        "people": tally.total, "clear": tally.clear, "seconds": took.wall, "database_cpu": took.database,
        "without_checks_seconds": nothing.wall, "without_checks_cpu": nothing.database, "codes": tally.codes,
    }  # fmt: skip


def by_check() -> dict[str, Any]:
    """What each check adds: microseconds of the database's CPU a person with this check alone, less those with none."""
    with acting_for(Client.objects.get().pk):
        at = db_now()
        _cost((), at)
        nothing = min(_cost((), at).database for _ in range(3))
        people = Contact.objects.count()
        return {
            check.code: (min(_cost((check,), at).database for _ in range(2)) - nothing) / people * 1e6
            for check in CHECKS
        }


def _cost(checks: tuple[Check, ...], at: Any) -> Clock:
    step = Step.objects.select_related("campaign__client", "sender").get()
    with mock.patch.object(many, "CHECKS", checks), Clock(helpers=True) as took:
        many.groups(subjects(step, at), at)
    return took
