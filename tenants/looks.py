"""What is a look at people: one list for the report of who has access and for the accounting of disclosures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

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

# What another system read with a key, by the route: of one person it stands in their accounting, of many as a number.
BY_KEY = "api.read"
ROUTES = {
    "bookings": "appointments of the person",
    "consent": "a consent of the person",
    "consents": "consents of the person",
    "contact": "the person's record: name, addresses, marks",
    "contacts": "the person's record: name, addresses, marks",
    "contacts_find": "the person's record, found by an address or the practice's own number",
    "import_lines": "addresses in a list, and what became of them",
    "message": "a message to the person, and what came of it",
    "messages": "messages to the person, and what came of them",
    "points": "the person's addresses",
    "purpose_opt_outs": "which purposes the person opted out of",
    "replies": "what the person wrote",
    "reply": "what the person wrote",
    "suppression": "an opt-out of the person",
    "suppressions": "opt-outs of the person",
}
# Lists that `?contact=` narrows to one person.
OF_ONE = frozenset({"bookings", "consents", "messages", "replies"})
OF_NOBODY = frozenset({"campaign", "campaigns", "imports", "one_import"})
# Whose row it is, by the name it has in the address.
_ROWS = {
    "contact": "consent.Contact",
    "consent": "consent.ConsentRecord",
    "message": "messaging.Message",
    "reply": "messaging.Inbound",
    "suppression": "consent.Suppression",
}


def read_by_key(
    route: str, asked: Mapping[str, Any], narrowed: str, results: Sequence[Mapping[str, Any]] | None
) -> list[str]:
    """What was read, as the record names it: rows of one person each for itself; [""] for a list.

    `asked`: ids in the address; `narrowed`: the contact a list was narrowed to; `results`: the rows of a list.
    """
    if route == "contacts_find" and results:  # up to 200 whom one address or number leads to
        return [f"consent.Contact:{each['id']}" for each in results]
    if route in OF_ONE and results and narrowed.isdecimal():
        return [f"consent.Contact:{int(narrowed)}"]
    return [f"{model}:{asked[name]}" for name, model in _ROWS.items() if name in asked] or [""]


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
