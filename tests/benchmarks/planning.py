"""One message row for everybody whom a launched campaign addresses."""

from __future__ import annotations

from typing import Any

from campaigns.models import Launch
from messaging import outbox
from tenants.models import Client
from tenants.scope import acting_for
from tests.benchmarks.measuring import Clock


def plan() -> dict[str, Any]:
    """Plan, then once more: nothing may be added."""
    client = Client.objects.get().pk
    with acting_for(client):
        launched = Launch.objects.get()
    with Clock(helpers=True) as took:
        written = outbox.plan(launched)
    launched.progress = {}
    with Clock(helpers=True) as again:
        added = outbox.plan(launched)
    assert added == 0
    return {
        "messages": written, "seconds": took.wall, "database_cpu": took.database, "app_cpu": took.app,
        "us_cpu_a_message": took.cpu / written * 1e6, "again_seconds": again.wall, "again_added": added,
    }  # fmt: skip
