"""The raw material of imports that is thrown away: files nobody went on with, and the addresses in reports.

How long each client keeps it, and whether a hold forbids it, messaging.retention knows.
"""

from __future__ import annotations

import logging
from datetime import datetime

from celery import shared_task
from django.apps import apps
from django.db.models import Q

from consent.confirming_mail import forget_wishes
from consent.importing import uploads
from consent.models import Import, ImportRow, OptOutList
from tenants import audit
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

LINES = 10_000  # of a report in one transaction
ENDED = (Import.State.DONE, Import.State.FAILED, Import.State.UNDONE)

logger = logging.getLogger(__name__)


@shared_task
def forget_lists() -> int:
    """Delete files that nothing names any more, and mail addresses that nobody confirmed with their links; returns how many files."""
    with acting_for_every_client():
        forget_wishes()
        named = _named()
    orphans = uploads.discard_unnamed(named)
    if orphans:
        logger.info("files that nothing names were deleted", extra={"count": orphans})
    return orphans


def _named() -> set[str]:
    """Every stored file that a row names. Whatever room keeps one has its name in `stored_as`: lists, appointments, the registry,
    packs lie in one folder.
    """
    kinds = [
        kind for kind in apps.get_models() if any(each.name == "stored_as" for each in kind._meta.fields)
    ]
    return {
        name
        for kind in kinds
        for name in kind._default_manager.exclude(stored_as="").values_list("stored_as", flat=True)
    }


def forget_files(client_id: int, before: datetime) -> int:
    """Delete what one client uploaded before and nobody went on with; opens its own scopes, returns how many files."""
    with acting_for(client_id):
        old = Import.objects.filter(client=client_id, created_at__lt=before)
        left_lying = Q(state=Import.State.UPLOADED) | Q(state=Import.State.FAILED) & ~Q(stored_as="")
        imports = list(old.filter(left_lying).values_list("pk", flat=True))
        left = OptOutList.objects.filter(
            client=client_id,
            created_at__lt=before,
            state__in=[OptOutList.State.UPLOADED, OptOutList.State.FAILED],
        ).exclude(stored_as="")
        names = list(left.select_for_update(of=("self",)).values_list("stored_as", flat=True))
        left.update(stored_as="")
    for name in names:
        uploads.discard(name)
    return len(names) + sum(_delete_file(client_id, import_id) for import_id in imports)


def empty_reports(client_id: int, before: datetime) -> int:
    """Empty the addresses in reports of one client's imports that ended before; opens its own scopes, returns how many lines.
    Line, outcome, reason and contact stay.
    """
    with acting_for(client_id):
        ended = Import.objects.filter(
            client=client_id, created_at__lt=before, state__in=ENDED, addresses_emptied_at=None
        )
        reports = list(ended.exclude(done_at__gte=before).values_list("pk", flat=True))
    return sum(_empty_addresses(client_id, import_id) for import_id in reports)


def _delete_file(client_id: int, import_id: int) -> bool:
    with acting_for(client_id):
        made = Import.objects.select_for_update(of=("self",)).get(pk=import_id)
        if made.state not in (Import.State.UPLOADED, Import.State.FAILED):
            return False  # somebody went on with it meanwhile
        name, made.stored_as = made.stored_as, ""
        if made.state == Import.State.UPLOADED:
            made.state = Import.State.UNDONE
        made.save(update_fields=["stored_as", "state"])
        audit.record("list.file_expired", made, client_id=client_id)
    uploads.discard(name)
    return True


def _empty_addresses(client_id: int, import_id: int) -> int:
    last = emptied = 0
    while True:
        with acting_for(client_id):
            rows = ImportRow.objects.filter(of_import=import_id, line__gt=last).order_by("line")
            lines = list(rows.values_list("line", flat=True)[:LINES])
            if lines:
                last = lines[-1]
                of_part = ImportRow.objects.filter(of_import=import_id, line__gte=lines[0], line__lte=last)
                emptied += of_part.update(phone="", email="")
            if len(lines) < LINES:
                Import.objects.filter(pk=import_id).update(addresses_emptied_at=db_now())
                return emptied
