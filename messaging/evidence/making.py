"""Making the packs that somebody asked for on a page: by a worker, kept encrypted for a day."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta

from celery import shared_task

from consent.importing import uploads
from messaging.ending.exporting import pieces
from messaging.evidence.pack import CannotPack, pack
from messaging.evidence.subject import Subject
from messaging.models import EvidencePack
from tenants.clock import db_now
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
KEPT = timedelta(days=1)
FAILED = "It could not be made. The installation's log says why; ask for it again."


@shared_task
def make_pack(client_id: int, pack_id: int) -> bool:
    """Make one pack; whether it was made now."""
    with acting_for(client_id):
        rows = EvidencePack.objects.select_related("client__agency", "campaign", "contact")
        asked = rows.filter(pk=pack_id, made_at=None, problem="").first()
    if asked is None:
        return False
    try:
        kept = uploads.keep(pieces(asked.client) if asked.whole else [pack(subject_of(asked))])
    except CannotPack as refused:
        return _end(asked, problem=str(refused))
    except Exception:
        log.exception("evidence pack not made", extra={"client": client_id})
        return _end(asked, problem=FAILED)
    with acting_for(client_id):
        mine = EvidencePack.objects.filter(pk=pack_id, made_at=None).update(
            made_at=db_now(), size=kept.size, sha256=kept.sha256, stored_as=kept.name
        )
    if not mine:  # another worker was quicker
        uploads.discard(kept.name)
    return bool(mine)


@shared_task
def tend_packs() -> int:
    """Make what a lost bell left waiting, and delete files older than a day; returns how many were touched."""
    with acting_for_every_client():
        at = db_now()
        waiting = EvidencePack.objects.filter(
            made_at=None, problem="", asked_at__lt=at - timedelta(minutes=1)
        )
        left = list(waiting.values_list("client_id", "pk"))
        old = EvidencePack.objects.filter(made_at__lt=at - KEPT).exclude(stored_as="")
        files = list(old.values_list("stored_as", flat=True))
        old.update(stored_as="")
    for name in files:
        uploads.discard(name)
    return sum(make_pack(client_id, pk) for client_id, pk in left) + len(files)


def subject_of(asked: EvidencePack) -> Subject:
    """What a pack was asked for."""
    since = datetime.combine(asked.since, time.min, UTC) if asked.since else None
    return Subject(asked.client, asked.campaign, asked.contact, since)


def _end(asked: EvidencePack, problem: str) -> bool:
    with acting_for(asked.client_id):
        EvidencePack.objects.filter(pk=asked.pk).update(problem=problem)
    return False
