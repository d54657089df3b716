"""What names somebody in the rows of those they answer for as a parent or guardian: it goes when they are erased.

The child stays, and with it the proof that a yes was given for it: when, by a guardian, to which wording. A paper or a
recording cannot be cut, so it stays whole as the child's proof; erasing the child empties it.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.db.models import F, Func, QuerySet, Value

from consent.models import ConsentRecord, Contact, ContactPoint
from messaging.locks import address_key
from messaging.models import Answer, Attempt, Message, Status
from tenants.clock import db_now

FIELD = "guardian_first_name"


def wards_of(contact: Contact) -> QuerySet[Contact]:
    """Whom they answer for."""
    found: QuerySet[Contact] = Contact.objects.filter(guardian=contact)
    return found


def hold_back(contact: Contact) -> bool:
    """Keep messages to their wards from being claimed until the erasing is committed; False while one is at it already.

    By the locks that a claim takes first (messaging.claiming). A claim that comes later then begins after the commit, and its
    gate knows that there is no name any more; else one that began a moment before would write down the name after it was
    looked for.
    """
    wards = wards_of(contact).values("pk")
    points = ContactPoint.objects.filter(contact__in=wards).values_list("address", flat=True)
    waiting = Message.objects.filter(contact__in=wards, status=Status.QUEUED).values_list(
        "address", flat=True
    )
    keys = [address_key(each) for each in sorted({*points, *waiting})]
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_and(pg_try_advisory_xact_lock(k)) FROM unnest(%s::bigint[]) AS k", [keys])
        return cursor.fetchone()[0] is not False


def children_of(contact: Contact) -> QuerySet[Contact]:
    """Of these whoever is not known to be of age: written to only at an address of who answers for them, so that such an address is
    no one's but the guardian's."""
    return wards_of(contact).exclude(adult_from__lte=db_now())


def forget(contact: Contact, own: list[int]) -> dict[str, int]:
    """Empty the words their wards were sent and take the name off the consents signed for them, and the addresses that are only
    theirs (`own`) off the children, in the transaction of the erasing."""
    at, wards = db_now(), wards_of(contact).values("pk")
    told = Message.objects.filter(contact__in=wards)
    # An answer is worded when it is written; what a campaign has planned is worded as it goes out, without the name.
    told.filter(campaign=None, status=Status.QUEUED).update(status=Status.CANCELLED, settled_at=at)
    counts = {
        "messages_to_wards": Attempt.objects.filter(message__in=told.values("pk"), emptied_at=None).update(
            content="", emptied_at=at
        ),
        "answers_to_wards": Answer.objects.filter(message__in=told.values("pk"), emptied_at=None).update(
            words="", emptied_at=at
        ),
        "consents_for_wards": _unsign(ConsentRecord.objects.filter(contact__in=wards)),
        "addresses_of_wards": ContactPoint.objects.filter(contact__in=wards, address__in=own).delete()[0],
    }
    Contact.objects.filter(pk__in=wards).update(
        filled=Func(F("filled"), Value(FIELD), function="array_remove"), changed_at=at
    )
    return counts


def _unsign(rows: QuerySet[ConsentRecord]) -> int:
    found = []
    for each in rows.only("pk", "evidence").order_by("pk"):
        said: dict[str, Any] = json.loads(each.evidence or "{}")
        if said.get("signer_relationship") == "guardian" and said.pop("signer_name", None):
            each.evidence = json.dumps(said)
            found.append(each)
    ConsentRecord.objects.bulk_update(found, ["evidence"])
    return len(found)
