"""What is a look at people: one list for the report of who has access and for the accounting of disclosures."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Model
from django.http import HttpRequest

from tenants import audit
from tenants.models import AuditEvent
from tenants.models.base import ClockNow

ONE_LOOK = timedelta(minutes=15)  # what the same reader opens of the same person meanwhile belongs to it
# At one person, on record at them or at what is theirs: what was read, in words of ours.
AT_ONE = {
    "consent.scan_opened": "the paper or the recording that shows a consent of theirs",
    "contact.compared": "their record beside another one that may be the same person",
    "contact.disclosures_exported": "this accounting, as a file",
    "contact.disclosures_viewed": "this accounting",
    "contact.explained": "which messages were planned for the person, and why or why not",
    "contact.previewed": "their name and what else the words of a message call for, as an example",
    "contact.viewed": "the person's page: name, addresses, consents, messages",
    "evidence.taken": "an evidence pack: everything on record about the person",
    "message.explained": "one message: its words, its address, what decided it",
    "picture.opened": "a picture that the person sent",
    "reply.viewed": "what the person wrote, and the answers",
}
# At many, told as a number. Who signs is shown a few of them by name.
AT_MANY = frozenset(
    {"approval.opened", "contact.found", "contact.list_viewed", "contact.lists_shown", "inbox.viewed"}
)


def is_taken(verb: str) -> bool:
    """Whether a deed took data out of the product."""
    return verb.endswith(("exported", "taken"))


def is_look(verb: str) -> bool:
    """Whether people were looked at, and nothing was taken along."""
    return (verb in AT_ONE or verb in AT_MANY) and not is_taken(verb)


def record_part(verb: str, what: Model, *, client_id: int, request: HttpRequest) -> None:
    """Note a look by a part of a page, or a page beside it, that may be asked for alone, unless the reader's look is on record already."""
    name = f"{what._meta.label}:{what.pk}"
    mine = AuditEvent.objects.filter(client=client_id, what=name, verb=verb, actor=request.user.pk)
    if not mine.filter(at__gt=ClockNow() - ONE_LOOK).exists():
        audit.record(verb, name, client_id=client_id, request=request)
