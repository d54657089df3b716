"""A canary from each sender to the agency itself, before anybody else hears of it (rule CANARY).

It goes through the client's own account, and counts when its provider reported it delivered in a webhook whose signature held: so the
credentials work, the number or domain delivers, and opt-outs and bounces find their way to us. A mail server reports nothing
by itself; there it counts when the server took it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from compliance.models import Answer, Canary
from messaging.delivery import hand_over_test
from messaging.models.message import Delivery
from messaging.providers.base import NotConnected, Outcome, Outgoing
from messaging.providers.hooks import Notice
from messaging.test_send import MARK, VALID_FOR, NotPossible, may_send
from tenants.clock import db_now
from tenants.models import Channel, Client, Provider, ProviderAccount, Sender, User
from tenants.scope import acting_for

AN_HOUR = 10  # canaries of a client
GOOD_FOR = timedelta(days=30)  # as long as a signature holds
CANARY = ": a canary of Clear to Send to ourselves."
FAILED = frozenset({Delivery.FAILED, Delivery.BOUNCED, Delivery.COMPLAINED})
DECIDED = FAILED | {Delivery.DELIVERED}
Told = Callable[[Canary | None, str], None]  # the canary, none if nothing was sent; where it went


def release(client: Client, sender: Sender, who: User, told: Told) -> None:
    """Keep one, hand it over once that is committed, and call `told` with what became of it, inside the client's scope.

    So a report that comes at once finds its canary, and no lock waits for a provider. Raises `NotPossible`. Inside the client's scope.
    """
    at = db_now()
    to = client.agency.test_phone if sender.channel == Channel.SMS else who.email
    may_send(client, sender, to)
    if Canary.objects.filter(client=client, sent_at__gt=at - timedelta(hours=1)).count() >= AN_HOUR:
        raise NotPossible(f"{AN_HOUR} canaries were sent in the last hour. Wait a little.")
    account = ProviderAccount.objects.in_force(at).filter(client=client, provider=sender.provider).first()
    if account is None:
        raise NotPossible("The sender is not connected to a provider. Readiness says what is missing.")
    canary = Canary.objects.create(
        client=client, sender=sender, attempt=uuid.uuid4(), sent_by=who, sent_at=at
    )
    transaction.on_commit(lambda: _hand_over(canary.pk, client, account, sender, to, told))


def _hand_over(
    pk: int, client: Client, account: ProviderAccount, sender: Sender, to: str, told: Told
) -> None:
    with acting_for(client.pk):
        kept = Canary.objects.get(pk=pk)
        outgoing = _outgoing(client, sender, to, kept.attempt)
    outcome, code = Outcome.NOT_SENT, ""
    with suppress(NotConnected):
        receipt = hand_over_test(account, outgoing)
        outcome, code = receipt.outcome, receipt.code
    with acting_for(client.pk):
        canary = Canary.objects.select_for_update().get(pk=pk)
        if outcome is Outcome.NOT_SENT:
            canary.delete()
        elif outcome is Outcome.REFUSED:
            _decide(canary, Answer.FAIL, kept.sent_at, code)
            canary.save()
        elif outcome is Outcome.ACCEPTED and sender.provider == Provider.SMTP:
            _decide(canary, Answer.PASS, kept.sent_at)
            canary.save()
        told(canary if outcome is not Outcome.NOT_SENT else None, to)


def hear(client_id: int, notices: Iterable[Notice]) -> set[uuid.UUID]:
    """What verified webhooks say of canaries; returns the attempts that are canaries. Inside the client's scope."""
    told: dict[uuid.UUID, Notice] = {}
    for notice in notices:  # of several about one the verdict counts
        if notice.attempt and (notice.attempt not in told or notice.delivery in DECIDED):
            told[notice.attempt] = notice
    known = list(Canary.objects.filter(client=client_id, attempt__in=list(told)).select_for_update())
    at = db_now()
    for canary in known:
        notice = told[canary.attempt]
        canary.heard_at = canary.heard_at or at
        if notice.delivery in FAILED and canary.answer != Answer.FAIL:
            _decide(canary, Answer.FAIL, at, notice.code)
        elif notice.delivery == Delivery.DELIVERED and not canary.answer:
            _decide(canary, Answer.PASS, at)
    Canary.objects.bulk_update(known, ["heard_at", "answer", "code", "valid_until", "ended_at"])
    return {canary.attempt for canary in known}


def to_ourselves(text: str) -> bool:
    """Whether these are the words of a test or a canary: no message of anybody's campaign, and of no attempt on record."""
    return text.startswith(MARK) or CANARY in text


def _decide(canary: Canary, answer: Answer, at: datetime, code: str = "") -> None:
    """A verdict; whatever it is, it takes the place of the sender's earlier ones."""
    Canary.objects.filter(
        client=canary.client_id, sender=canary.sender_id, ended_at=None, sent_at__lt=canary.sent_at
    ).update(ended_at=at)
    canary.answer, canary.code = answer, code[:40]
    if answer == Answer.PASS:
        canary.heard_at, canary.valid_until = canary.heard_at or at, at + GOOD_FOR


def _outgoing(client: Client, sender: Sender, to: str, attempt: uuid.UUID) -> Outgoing:
    words = f"{client.name}{CANARY} It proves that messages arrive and reports come back."
    if sender.channel == Channel.SMS:
        return Outgoing(
            attempt_id=attempt, to=to, sender_address=sender.address, messaging_service=sender.messaging_service,
            text=f"{words} Reply STOP to opt out.", valid_for=VALID_FOR,
        )  # fmt: skip
    return Outgoing(
        attempt_id=attempt, to=to, sender_address=sender.address, sender_name=sender.display_name,
        subject=f"[Canary] {client.name}", text=words, html="", valid_for=VALID_FOR,
    )  # fmt: skip
