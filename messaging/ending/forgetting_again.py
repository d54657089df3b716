"""After a restore: whoever was erased since the backup, and whichever client was deleted, is made forgotten again.

The sequences of a restored database go back, so an id on the list may by now be somebody else's, who came later.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from consent.models import Contact
from messaging.ending.deleting import CannotDelete, delete
from messaging.evidence.erase_list import noted
from messaging.evidence.erasing import CannotErase, erase, is_erased
from tenants.models import Client
from tenants.scope import acting_for


def forget_again(path: Path | None = None) -> tuple[int, list[str]]:
    """Everything on the list that is back, each in a transaction of its own: how many, and what could not be, in words."""
    done, problems = 0, []
    for client_id, contact_id, at in noted(path):
        with acting_for(client_id):
            try:
                with transaction.atomic():
                    done += _client(client_id, at) if contact_id is None else _person(contact_id, at)
            except (CannotErase, CannotDelete) as refused:
                who = f"contact {contact_id}" if contact_id else "everybody"
                problems.append(f"{who} of client {client_id}: {refused}")
    return done, problems


def _person(contact_id: int, at: datetime) -> int:
    contact = Contact.objects.filter(pk=contact_id, created_at__lte=at).first()
    if contact is None or is_erased(contact):
        return 0
    erase(contact_id, None)
    return 1


def _client(client_id: int, at: datetime) -> int:
    client = Client.objects.filter(pk=client_id, closed_at=None, created_at__lte=at).first()
    if client is None:
        return 0
    delete(client, None)
    return 1
