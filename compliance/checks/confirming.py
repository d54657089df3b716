"""The one text that may follow an opt-out: a confirmation, and only while that opt-out is all there is to confirm."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from compliance.checks.applying import CONFIRMS, HOLD
from compliance.facts import Facts, Group, require
from consent.models import Heard, Suppression
from tenants.models import Channel

CONFIRM_WITHIN = timedelta(
    minutes=5
)  # 47 CFR 64.1200(a)(12); the trigger `confirms_once` of the messages holds it too


@require(
    "unconfirmable",
    effect=HOLD,
    group=Group.PEOPLE,
    cites="47 CFR 64.1200(a)(12); TCPA-CONFIRM-TEXT",
    applies=CONFIRMS,
)
def to_be_confirmed(m: Facts) -> QuerySet[Suppression]:
    """No opt-out by text in the person's own words stands alone here, five minutes old at most, for a client that confirms them."""
    besides = Suppression.objects.in_force(m.inner.at).filter(client=m.inner.client, address=m.inner.address)
    written_since = Heard.objects.filter(
        client=m.inner.client, address=m.inner.address, at__gt=OuterRef("since")
    )
    return Suppression.objects.in_force(m.at).filter(
        ~Exists(besides.exclude(pk=OuterRef("pk"))), ~Exists(written_since),
        client=m.client, pk=m.confirms, address=m.address, channel=Channel.SMS, source=Suppression.Source.FREE_TEXT,
        since__gt=m.at - CONFIRM_WITHIN, client__confirms_opt_outs=True,
    )  # fmt: skip
