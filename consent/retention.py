"""How long the raw material of imports is kept: files nobody went on with, and the addresses in reports."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from consent.confirming_mail import forget_wishes
from consent.importing import uploads
from consent.models import Import, ImportRow, OptOutList
from tenants import audit
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

KEPT = timedelta(days=30)
LINES = 10_000  # of a report in one transaction
ENDED = (Import.State.DONE, Import.State.FAILED, Import.State.UNDONE)

logger = logging.getLogger(__name__)


@shared_task
def forget_lists() -> int:
    """After 30 days delete what was uploaded and never imported, and empty the addresses in reports; mail addresses that nobody
    confirmed go with their links. Returns how many
    imports this touched. Line, outcome, reason and contact of a report stay.
    """
    with acting_for_every_client():
        forget_wishes()
        before = db_now() - KEPT
        old = Import.objects.filter(created_at__lt=before)
        left_lying = Q(state=Import.State.UPLOADED) | Q(state=Import.State.FAILED) & ~Q(stored_as="")
        files = list(old.filter(left_lying).values_list("client_id", "pk"))
        reports = list(
            old.filter(state__in=ENDED, addresses_emptied_at=None)
            .exclude(done_at__gte=before)
            .values_list("client_id", "pk")
        )
        named = set(Import.objects.exclude(stored_as="").values_list("stored_as", flat=True))
        left = OptOutList.objects.filter(
            created_at__lt=before, state__in=[OptOutList.State.UPLOADED, OptOutList.State.FAILED]
        )
        left.exclude(stored_as="").update(
            stored_as=""
        )  # nobody names the file any more: it goes with the orphans
        named |= set(OptOutList.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    for client_id, import_id in files:
        _delete_file(client_id, import_id)
    for client_id, import_id in reports:
        _empty_addresses(client_id, import_id)
    orphans = uploads.discard_unnamed(named)
    if files or reports or orphans:
        logger.info(
            "raw material of imports was deleted", extra={"count": len(files) + len(reports) + orphans}
        )
    return len({*files, *reports})


def _delete_file(client_id: int, import_id: int) -> None:
    with acting_for(client_id):
        made = Import.objects.select_for_update(of=("self",)).get(pk=import_id)
        if made.state not in (Import.State.UPLOADED, Import.State.FAILED):
            return  # somebody went on with it meanwhile
        name, made.stored_as = made.stored_as, ""
        if made.state == Import.State.UPLOADED:
            made.state = Import.State.UNDONE
        made.save(update_fields=["stored_as", "state"])
        audit.record("list.file_expired", made, client_id=client_id)
    uploads.discard(name)


def _empty_addresses(client_id: int, import_id: int) -> None:
    last = 0
    while True:
        with acting_for(client_id):
            rows = ImportRow.objects.filter(of_import=import_id, line__gt=last).order_by("line")
            lines = list(rows.values_list("line", flat=True)[:LINES])
            if lines:
                last = lines[-1]
                of_part = ImportRow.objects.filter(of_import=import_id, line__gte=lines[0], line__lte=last)
                of_part.update(phone="", email="")
            if len(lines) < LINES:
                Import.objects.filter(pk=import_id).update(addresses_emptied_at=db_now())
                return
