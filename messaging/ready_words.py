"""Texts kept ready for answering: the client's, which everybody there uses, and one's own."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from messaging.models import ReadyWords
from tenants.clock import db_now
from tenants.models import Client, User

MOST = 1_000  # of the client, and of each member: more than anybody wants, fewer than a program gone astray writes
# To begin with: put into the form, changed there, and kept only when somebody says so.
STARTERS = {
    "call-us": (
        "Call us",
        "{{ hello }}, thank you for writing. This is best settled by phone: please call us at {{ practice_phone }}.",
    ),
    "paperwork": (
        "Paperwork",
        "{{ hello }}, please come ten minutes early so that there is time for the paperwork. Questions? {{ practice_phone }}",
    ),
}  # fmt: skip


def of(client: Client, who: User) -> QuerySet[ReadyWords]:
    """What this member may use: the client's first, by name."""
    rows: QuerySet[ReadyWords] = ReadyWords.objects.in_force(db_now()).filter(
        Q(owner=None) | Q(owner=who), client=client
    )
    return rows.order_by(F("owner").asc(nulls_first=True), "name", "pk")
