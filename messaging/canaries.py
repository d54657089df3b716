"""A canary from each sender to the agency itself, before anybody else hears of it (rule CANARY).

It goes through the client's own account, and counts when its provider reported it delivered in a webhook whose signature held: so the
credentials work, the number or domain delivers, and opt-outs and bounces find their way to us. A mail server reports nothing
by itself; there it counts when the server took it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from compliance.models import Answer, Canary
from messaging.delivery import hand_over_test
from messaging.models.message import Delivery
from messaging.providers.base import NotConnected, Outcome, Outgoing
from messaging.providers.hooks import Notice
from messaging.test_send import MARK, VALID_FOR, NotPossible, may_send
from tenants.clock import db_now
from tenants.models import Channel, Client, Provider, ProviderAccount, Sender, User

AN_HOUR = 10  # canaries of a client
GOOD_FOR = timedelta(days=30)  # as long as a signature holds
CANARY = ": a canary of Clear to Send to ourselves."
FAILED = frozenset({Delivery.FAILED, Delivery.BOUNCED, Delivery.COMPLAINED})
DECIDED = FAILED | {Delivery.DELIVERED}


def release(client: Client, sender: Sender, who: User) -> tuple[Canary, str]:
    """Hand one over and keep it; returns it and where it went. Raises `NotPossible`. Inside the client's scope."""
    at = db_now()
    to = client.agency.test_phone if sender.channel == Channel.SMS else who.email
    may_send(client, sender, to)
    if Canary.objects.filter(client=client, sent_at__gt=at - timedelta(hours=1)).count() >= AN_HOUR:
        raise NotPossible(f"{AN_HOUR} canaries were sent in the last hour. Wait a little.")
    account = ProviderAccount.objects.in_force(at).filter(client=client, provider=sender.provider).first()
    if account is None:
        raise NotPossible("The sender is not connected to a provider. Readiness says what is missing.")
    canary = Canary(client=client, sender=sender, attempt=uuid.uuid4(), sent_by=who, sent_at=at)
    try:
        receipt = hand_over_test(account, _outgoing(client, sender, to, canary.attempt))
    except NotConnected:
        raise NotPossible(
            "The provider cannot be reached. Nothing was sent; try again in a minute."
        ) from None
    if receipt.outcome is Outcome.NOT_SENT:
        raise NotPossible("The provider did not answer in time. Nothing was sent; try again in a minute.")
    if receipt.outcome is Outcome.REFUSED:
        _decide(canary, Answer.FAIL, at, receipt.code)
    elif receipt.outcome is Outcome.ACCEPTED and sender.provider == Provider.SMTP:
        _decide(canary, Answer.PASS, at)
    canary.save()
    return canary, to


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
