"""What a signature rests on beside the words: agreements, senders, their registrations and domains (rule APPROVAL-FRESH)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Least

from campaigns.models.campaign import Step
from tenants.models import Agreement, Client, Fault, Sender


def fallen(at: Any) -> Q:
    """Of the approval around it: that something it rested on fell after it was signed, by `at`. It stays ended when that is back."""
    return Q(*(Exists(rows) for rows in kinds(at).values()), _connector=Q.OR)


def kinds(at: Any) -> dict[str, QuerySet[Any]]:
    """By kind, of the approval around this subquery: the rows that fell under it by `at`; `over`: when each did."""
    return {"agreement": _agreements(at), "sender": _senders(at), "fault": _faults(at)}


def _agreements(at: Any) -> QuerySet[Agreement]:
    """Agreements that ended with none in their place then.

    A provider's counts where a message of the campaign goes by it, another company's while that company sees the data. A client
    that HIPAA does not cover needs none.
    """
    used = _steps().filter(sender__provider=OuterRef("provider"))
    in_place = (
        Agreement.objects.in_force(OuterRef("over"))
        .of_use()
        .filter(
            Q(sub_processor=None) | Q(sub_processor=OuterRef("sub_processor")),
            client=OuterRef("client"),
            kind=OuterRef("kind"),
            provider=OuterRef("provider"),
        )
    )
    found: QuerySet[Agreement] = (
        Agreement.objects.of_use()
        .annotate(over=Least("ended_at", "expires_at"))
        .filter(
            Q(sub_processor=None)
            | Q(sub_processor__ended_at=None)
            | Q(sub_processor__ended_at__gt=F("over")),
            Q(provider="") | Exists(used),
            ~Exists(in_place),
            client=OuterRef("client"),
            over__gt=OuterRef("since"),
            over__lte=at,
        )
        .exclude(client__covered=Client.Covered.NOT_COVERED)
    )
    return found


def _senders(at: Any) -> QuerySet[Sender]:
    """Numbers and From addresses of its messages that were ended."""
    rows: QuerySet[Sender] = Sender.objects.annotate(over=F("ended_at")).filter(
        Exists(_steps().filter(sender=OuterRef("pk"))),
        client=OuterRef("client"),
        over__gt=OuterRef("since"),
        over__lte=at,
    )
    return rows


def _faults(at: Any) -> QuerySet[Fault]:
    """Faults of those numbers and of the domains of those addresses, once they were no passing ones."""
    at_domain = ~Q(sender__domain="") & Q(sender__domain=OuterRef("domain"))
    rows: QuerySet[Fault] = (
        Fault.objects.fallen(at)
        .annotate(over=F("falls_at"))
        .filter(
            Exists(_steps().filter(Q(sender=OuterRef("sender")) | at_domain)),
            client=OuterRef("client"),
            over__gt=OuterRef("since"),
        )
    )
    return rows


def _steps() -> QuerySet[Step]:
    """The messages of the approval's campaign, two subqueries in."""
    rows: QuerySet[Step] = Step.objects.filter(
        client=OuterRef("client"), campaign=OuterRef(OuterRef("campaign"))
    )
    return rows
