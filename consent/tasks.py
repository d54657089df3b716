"""The bells of this room. They carry ids only, may ring twice or never, and cost nothing when nothing is due."""

from __future__ import annotations

from celery import shared_task

from consent.importing import loading
from consent.list_sources import looking
from consent.models import Import, OptOutList
from consent.opt_outs import loading as opt_outs
from tenants.scope import acting_for_every_client


@shared_task
def load_import(import_id: int, client_id: int) -> bool:
    """Bring one import to its end; False when another worker is at it or nothing is left to do."""
    return loading.load(import_id, client_id)


@shared_task
def look_at_source(source_id: int, client_id: int, now: bool = False) -> int:
    """Look for lists at one source; returns how many were taken. Rung twice it looks once."""
    return looking.look(source_id, client_id, now=now)


@shared_task
def look_at_sources() -> int:
    """Ring for every source whose time has come; returns how many."""
    found = looking.due()
    for source_id, client_id in found:
        look_at_source.apply_async((source_id, client_id), expires=290)
    return len(found)


@shared_task
def load_opt_outs(list_id: int, client_id: int) -> bool:
    """Bring one list of opt-outs to its end; False when another worker is at it or nothing is left to do."""
    return opt_outs.load(list_id, client_id)


@shared_task
def resume_imports() -> int:
    """Ring again for every import and list of opt-outs whose bell was lost or whose worker died. Returns how many are not done."""
    with acting_for_every_client():
        waiting = list(
            Import.objects.filter(state__in=[Import.State.QUEUED, Import.State.RUNNING]).values_list(
                "pk", "client_id"
            )
        )
        states = [OptOutList.State.QUEUED, OptOutList.State.RUNNING]
        lists = list(OptOutList.objects.filter(state__in=states).values_list("pk", "client_id"))
    for import_id, client_id in waiting:
        load_import.apply_async((import_id, client_id), expires=55)
    for list_id, client_id in lists:
        load_opt_outs.apply_async((list_id, client_id), expires=55)
    return len(waiting) + len(lists)
