"""Fetch what people sent, from whoever has it: after the reply was taken, never while the provider waits for an answer.

Tried until it is had: each picture is stored before it is deleted there, and stored once.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import timedelta

from django.db.models import F

from messaging.evidence.holding import held, whole_client_held
from messaging.models import Inbound, Picture
from messaging.pictures.drawing import Refused, drawn_anew
from messaging.providers import provider_for
from messaging.providers.base import NotConnected
from messaging.providers.base import Provider as Hands
from tenants import audit
from tenants.clock import db_now
from tenants.models import Channel, Provider, ProviderAccount
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
AT_ONCE = 10  # replies a round and client
LATE = 5  # tries: the provider may list a file later than the reply
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)


def fetch(client_id: int) -> int:
    """Take in the pictures of replies that wait for it; returns how many replies are done. Opens its own scope."""
    with acting_for(client_id):
        waiting = list(
            Inbound.objects.filter(
                channel=Channel.SMS, pictures__gt=0, pictures_done_at=None, pictures_next_at__lte=db_now()
            )
            .order_by("pictures_next_at")
            .only("id", "client_id", "provider_id", "pictures", "pictures_tries")[:AT_ONCE]
        )
        if not waiting:
            return 0
        account = ProviderAccount.objects.in_force(db_now()).filter(provider=Provider.TWILIO).first()
    return sum(_fetch(reply, provider_for(account)) for reply in waiting) if account else 0


def _fetch(reply: Inbound, hands: Hands) -> bool:
    try:
        there = hands.pictures(reply.provider_id)
        with acting_for(reply.client_id):
            had = Picture.objects.filter(reply=reply).exclude(provider_id__in=there).count()
        if len(there) + had < reply.pictures and reply.pictures_tries < LATE:
            raise NotConnected("not_there_yet")
        for provider_id in there:
            _take(reply, provider_id, hands)
    except NotConnected as error:
        pause = min(PAUSE * 2 ** min(reply.pictures_tries, 20), LONGEST_PAUSE)
        logger.warning(
            "a picture could not be fetched", extra={"client": reply.client_id, "code": str(error)}
        )
        with acting_for(reply.client_id):
            Inbound.objects.filter(pk=reply.pk).update(
                pictures_tries=F("pictures_tries") + 1, pictures_next_at=db_now() + pause
            )
        return False
    with acting_for(reply.client_id):
        Inbound.objects.filter(pk=reply.pk).update(pictures_done_at=db_now())
    return True


def _take(reply: Inbound, provider_id: str, hands: Hands) -> None:
    """Store one, then have it deleted there: unless it was not taken in, or somebody holds it for a suit."""
    with acting_for(reply.client_id):
        kept = Picture.objects.filter(reply=reply, provider_id=provider_id).first()
    if kept is None:
        kept = _kept(reply, provider_id, hands.picture(reply.provider_id, provider_id))
    with acting_for(reply.client_id):
        rows = Inbound.objects.filter(pk=reply.pk)
        is_held = (
            whole_client_held(reply.client_id) or rows.filter(held("contact", "message__campaign")).exists()
        )
    if kept.refused or kept.gone_there_at or is_held:
        return
    hands.forget_picture(reply.provider_id, provider_id)
    with acting_for(reply.client_id):
        Picture.objects.filter(pk=kept.pk).update(gone_there_at=db_now())


def _kept(reply: Inbound, provider_id: str, given: bytes | None) -> Picture:
    values: dict[str, object]
    try:
        if given is None:
            raise Refused("gone")
        drawn = drawn_anew(given)
        values = {
            "file": base64.b64encode(drawn.jpeg).decode(), "sha256": hashlib.sha256(drawn.jpeg).hexdigest(),
            "width": drawn.width, "height": drawn.height,
        }  # fmt: skip
    except Refused as refused:
        values = {"refused": str(refused)}
    with acting_for(reply.client_id):
        # Erased while it was on its way: what came of this person is not kept any more.
        if Inbound.objects.filter(pk=reply.pk, emptied_at__isnull=False).exists():
            values = {"refused": "gone"}
        made: Picture
        made, _ = Picture.objects.get_or_create(
            client_id=reply.client_id, reply=reply, provider_id=provider_id, defaults=values
        )
        audit.record("picture.taken_in", made, client_id=reply.client_id, refused=made.refused)
    return made
