"""Webhooks are kept as they came for 30 days; what they said is kept as facts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.models import Suppression
from messaging import retention
from messaging.models import Inbound, RawHook
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def hook(of: Client, name: str, *, days: float, applied: bool = True) -> None:
    with acting_for(of.pk):
        at = db_now() - timedelta(days=days)
        RawHook.objects.create(
            client=of, provider="twilio", kind="inbound", delivery_id=name, body="STOP", received_at=at,
            applied_at=at if applied else None,
        )  # fmt: skip


def kept(of: Client) -> set[str]:
    with acting_for(of.pk):
        return set(RawHook.objects.values_list("delivery_id", flat=True))


def test_applied_webhooks_go_after_30_days_and_waiting_ones_never() -> None:
    ours, theirs = people.clinic(), people.rival_clinic()
    hook(ours, "waits", days=90, applied=False)
    hook(ours, "old", days=30.1)
    hook(theirs, "old", days=31)
    hook(ours, "young", days=29.9)
    hook(theirs, "new", days=0)
    assert retention.forget_hooks() == 2
    assert kept(ours) == {"waits", "young"}
    assert kept(theirs) == {"new"}
    assert retention.forget_hooks() == 0


def test_more_than_one_round_takes_at_once_goes_in_one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    clinic = people.clinic()
    for number in range(7):
        hook(clinic, f"old {number}", days=40, applied=number != 2)
    hook(clinic, "young", days=1)
    assert retention.forget_hooks() == 6
    assert kept(clinic) == {"old 2", "young"}


def test_a_stop_outlives_the_webhook_it_came_in_and_its_repeat_changes_nothing() -> None:
    clinic = people.clinic()
    stop = Answered("SM1", "sms", "+15742310001", "+15742310600", "STOP")
    with acting_for(clinic.pk):
        assert take_reply(clinic.pk, stop, db_now() - timedelta(days=40))
    hook(clinic, "SM1", days=40)
    assert retention.forget_hooks() == 1
    with acting_for(clinic.pk):
        assert Suppression.objects.in_force(db_now()).count() == 1
        assert not take_reply(clinic.pk, stop, db_now())
        assert Inbound.objects.count() == 1
