"""Rounds over all clients: what goes wrong with one of them is not the others' trouble."""

from __future__ import annotations

import pytest

from consent.models import Address, Suppression
from consent.suppressing import suppress
from messaging import applying, tasks
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)


def said_no(of: Client, phone: str) -> None:
    address = Address.objects.resolve(Channel.SMS, [phone])[phone]
    with acting_for(of.pk):
        suppress(of.pk, address, Channel.SMS, Suppression.Source.FREE_TEXT)


def enforced(of: Client) -> bool:
    with acting_for(of.pk):
        return Suppression.objects.get().enforced_at is not None


def test_webhooks_that_cannot_be_applied_keep_nobody_from_opt_outs_not_even_at_that_client(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = sorted((people.clinic(), people.rival_clinic()), key=lambda of: int(of.pk))
    said_no(first, "+15742310001")
    said_no(second, "+15742310002")
    apply_pending = applying.apply_pending

    def broken(client_id: int) -> int:
        if client_id == first.pk:
            raise ValueError("a webhook that nobody foresaw")
        return apply_pending(client_id)

    monkeypatch.setattr(applying, "apply_pending", broken)
    tasks.apply_hooks()
    assert enforced(first)
    assert enforced(second)
    assert "a round failed" in caplog.text
