"""Opt-outs made here, told to the providers: a second fence around the same people, tried until it is confirmed (F29)."""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from datetime import timedelta

from django.db.models import Exists, OuterRef

from consent.models import ContactPoint, Suppression
from messaging import confirming
from messaging.models import Inbound, ToldOptOut
from messaging.providers import provider_for
from messaging.providers.base import NotOffered
from messaging.providers.halving import CONFIRMED
from tenants.clock import db_now
from tenants.models import Channel, ProviderAccount, Sender
from tenants.scope import acting_for

logger = logging.getLogger(__name__)
AT_ONCE = 500
AGAIN = timedelta(minutes=15)
E164 = re.compile(r"\+[1-9]\d{6,14}")
# The others came from the provider's own lists; or, a bounce, say nothing about a person's wish. A stop word is told too: carriers and
# Twilio know fewer of them than we do, and none in a mail; to be told again of one that they know does no harm.
OURS = (
    Suppression.Source.KEYWORD, Suppression.Source.FREE_TEXT, Suppression.Source.ONE_CLICK, Suppression.Source.PREFERENCES,
    Suppression.Source.STAFF, Suppression.Source.API, Suppression.Source.IMPORT, Suppression.Source.LEGAL,
    Suppression.Source.WRONG_NUMBER,
)  # fmt: skip


def tell(client_id: int) -> int:
    """Tell every account of this client what it has not confirmed yet; returns how many opt-outs were confirmed."""
    with acting_for(client_id):
        accounts = list(ProviderAccount.objects.in_force(db_now()))
    for account in accounts:
        _take_back(account)
    return sum(_tell(account) for account in accounts)


def _take_back(account: ProviderAccount) -> None:
    """What was told of a mail address whose opt-outs were all lifted since, by the person themself."""
    client_id, hands = account.client_id, provider_for(account)
    with acting_for(client_id):
        at = db_now()
        standing = Suppression.objects.in_force(at).filter(
            client=OuterRef("client"), address=OuterRef("suppression__address")
        )
        told = list(
            ToldOptOut.objects.filter(
                ~Exists(standing), provider=account.provider, suppression__channel=Channel.EMAIL,
                suppression__ended_at__lte=at, confirmed_at__isnull=False,
            ).values_list("pk", "suppression__address")[:AT_ONCE]
        )  # fmt: skip
        plain = _addresses([address for _, address in told])
    if not plain:
        return
    try:
        refused = _refused(account, [hands.opt_in(list(plain.values()))])
    except NotOffered:
        return
    let_through = {address for address, value in plain.items() if value not in refused}
    with acting_for(client_id):
        ToldOptOut.objects.filter(pk__in=[pk for pk, address in told if address in let_through]).delete()


def _tell(account: ProviderAccount) -> int:
    client_id, hands = account.client_id, provider_for(account)
    with acting_for(client_id):
        at = db_now()
        done = ToldOptOut.objects.filter(suppression=OuterRef("pk"), provider=account.provider)
        lately = done.filter(confirmed_at=None, tried_at__gt=at - AGAIN)
        waiting = list(
            Suppression.objects.in_force(at)
            .filter(
                ~Exists(done.exclude(confirmed_at=None)),
                ~Exists(lately),
                ~Exists(confirming.under_way(at)),
                channel=hands.channel,
                source__in=OURS,
            )
            .order_by("pk")[:AT_ONCE]
        )
        if not waiting:
            return 0
        plain = _addresses([each.address_id for each in waiting])
        fences = _fences(account)
    known = {each.address_id: to for each in waiting if (to := plain.get(each.address_id))}
    if hands.channel == Channel.SMS:  # who wrote from a short code is no number that a text could go to
        known = {address: to for address, to in known.items() if E164.fullmatch(to)}
    if not fences:
        return 0  # no number that could write to anybody
    try:
        refused = _refused(
            account, [hands.opt_out(each, list(known.values())) for each in fences] if known else []
        )
    except NotOffered:
        return 0
    with acting_for(client_id):
        _note(account, waiting, {address for address, to in known.items() if to in refused})
    return sum(known.get(each.address_id, "") not in {"", *refused} for each in waiting)


def _refused(account: ProviderAccount, said: list[dict[str, str]]) -> set[str]:
    """Whom not every answer has confirmed; how many for which reason is in the log."""
    codes = Counter(code for each in said for code in each.values() if code != CONFIRMED)
    for code, count in codes.items():
        logger.warning(
            "what became of opt-outs was not confirmed",
            extra={"client": account.client_id, "provider": account.provider, "code": code, "count": count},
        )
    return {to for each in said for to, code in each.items() if code != CONFIRMED}


def _note(account: ProviderAccount, waiting: list[Suppression], refused: set[int]) -> None:
    """Each for itself. An address of which nobody knows the plain value any more cannot be told, and cannot be written to either."""
    at = db_now()
    tries = defaultdict(
        int,
        ToldOptOut.objects.filter(suppression__in=waiting, provider=account.provider).values_list(
            "suppression_id", "tries"
        ),
    )
    ToldOptOut.objects.bulk_create(
        [
            ToldOptOut(client_id=account.client_id, suppression=each, provider=account.provider, tries=min(tries[each.pk] + 1, 30_000),
                       tried_at=at, confirmed_at=None if each.address_id in refused else at)
            for each in waiting
        ],
        update_conflicts=True, unique_fields=["client", "suppression", "provider"], update_fields=["tries", "tried_at", "confirmed_at"],
    )  # fmt: skip


def _fences(account: ProviderAccount) -> list[str]:
    """What an opt-out is told about: each Messaging Service, and each number without one. Mail has one list an account."""
    if account.provider != "twilio":
        return [""]
    senders = Sender.objects.in_force(db_now()).filter(channel=Channel.SMS, provider=account.provider)
    return sorted({each.messaging_service or each.address for each in senders})


def _addresses(ids: list[int]) -> dict[int, str]:
    """The plain value of each address, from a contact or from what came from there."""
    found = dict(Inbound.objects.filter(address__in=ids).values_list("address_id", "value"))
    return found | dict(ContactPoint.objects.filter(address__in=ids).values_list("address_id", "value"))
