"""What a signature rests on beside the words: the agreements under which the client's data may be used (rule APPROVAL-FRESH)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Least

from campaigns.models.campaign import Step
from tenants.models import Agreement, Client


def fallen(at: Any) -> QuerySet[Agreement]:
    """Of the approval around this subquery: agreements that ended after it was signed, by `at`, with none in their place then.

    A provider's counts where a message of the campaign goes by it, another company's while that company sees the data. A client
    that HIPAA does not cover needs none. `over`: when it fell.
    """
    used = Step.objects.filter(
        client=OuterRef("client"),
        campaign=OuterRef(OuterRef("campaign")),
        sender__provider=OuterRef("provider"),
    )
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
