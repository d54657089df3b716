"""Take an import back while nobody it brought has been written to."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from consent.models import Contact, ContactPoint, Import, Touch
from tenants import audit
from tenants.models import User


def may_undo(made: Import) -> bool:
    """Whether the import is done and no message went to anybody whom it brought in, nor lives anybody on in another's record."""
    joined = Contact.objects.filter(client=made.client_id, made_by_import=made, merged_into__isnull=False)
    if made.state != Import.State.DONE or joined.exists():
        return False
    brought = ContactPoint.objects.filter(
        client=made.client_id, contact__made_by_import=made, address=OuterRef("address")
    )
    return not Touch.objects.filter(
        Exists(brought), client=made.client_id, at__gte=made.created_at, voided_at=None
    ).exists()


def undo(made: Import, *, by: User | None) -> bool:
    """Mark it undone: the gate then holds everybody it brought in. What it said no to stays no.

    Inside `acting_for`. False when it is too late, or undone already.
    """
    if not may_undo(made):
        return False
    undone = Import.objects.filter(pk=made.pk, state=Import.State.DONE).update(state=Import.State.UNDONE)
    if undone:
        audit.record("list.undone", made, client_id=made.client_id, by=by)
    return bool(undone)
