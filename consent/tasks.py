"""The bells of this room. They carry ids only, may ring twice or never, and cost nothing when nothing is due."""

from __future__ import annotations

from celery import shared_task

from consent.importing import loading
from consent.models import Import
from tenants.scope import acting_for_every_client


@shared_task
def load_import(import_id: int, client_id: int) -> bool:
    """Bring one import to its end; False when another worker is at it or nothing is left to do."""
    return loading.load(import_id, client_id)


@shared_task
def resume_imports() -> int:
    """Ring again for every import whose bell was lost or whose worker died. Returns how many are not done."""
    with acting_for_every_client():
        waiting = list(
            Import.objects.filter(state__in=[Import.State.QUEUED, Import.State.RUNNING]).values_list(
                "pk", "client_id"
            )
        )
    for import_id, client_id in waiting:
        load_import.apply_async((import_id, client_id), expires=55)
    return len(waiting)
