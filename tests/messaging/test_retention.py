"""Webhooks, lists and requests to listeners are kept as they came for a time; what they said is kept as facts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.models import Import, ImportRow, OptOutList, Suppression
from messaging import retention
from messaging.evidence.certifying import is_genuine
from messaging.evidence.purging import set_days
from messaging.models import Certificate, Inbound, Kind, LegalHold, Listener, RawHook, Telling
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


def test_each_clients_own_time_holds_and_a_certificate_says_what_went() -> None:
    ours, theirs = people.clinic(), people.rival_clinic()
    with acting_for(ours.pk):
        set_days(ours, Kind.HOOKS, 7, people.olive())
    for each in (ours, theirs):
        hook(each, "of last week", days=8)
    assert retention.forget_hooks() == 1
    assert (kept(ours), kept(theirs)) == (set(), {"of last week"})
    with acting_for(ours.pk):
        made = Certificate.objects.get()
        assert (made.what, made.counts) == (Kind.HOOKS, {"rows": 1})
        assert is_genuine(made)
    hook(ours, "another", days=8)
    assert retention.forget_hooks() == 0, "one certificate a day"


@pytest.mark.parametrize("whole", [True, False])
def test_while_anything_is_held_for_a_suit_nothing_raw_goes(
    whole: bool, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    clinic, olive, then = people.clinic(), people.olive(), db_now() - timedelta(days=40)
    hook(clinic, "old", days=40)
    with acting_for(clinic.pk):
        her = people.contact(clinic, first_name="Jane")
        hold = LegalHold.objects.create(client=clinic, reason="A suit", contact=None if whole else her)
        listed = Import.objects.create(
            client=clinic,
            file_name="a.csv",
            file_sha256="0" * 64,
            state="done",
            created_at=then,
            done_at=then,
        )
        ImportRow.objects.create(
            client=clinic, of_import=listed, line=1, outcome="taken", phone="+15742310611"
        )
        OptOutList.objects.create(
            client=clinic, file_name="b.csv", file_sha256="0" * 64, stored_as="b.upload", state="uploaded", created_at=then,
            brought_by=olive,
        )  # fmt: skip
        listener = Listener.objects.create(
            client=clinic,
            name="CRM",
            url="https://crm.example.com",
            secret="s",
            kinds=[],
            made_by=olive,
        )
        Telling.objects.create(client=clinic, listener=listener, events=[], made_at=then, taken_at=then)
    assert (retention.forget_hooks(), retention.forget_raw()) == (0, 0)
    with acting_for(clinic.pk):
        assert ImportRow.objects.get().phone == "+15742310611"
        LegalHold.objects.filter(pk=hold.pk).end(db_now())
    assert (retention.forget_hooks(), retention.forget_raw()) == (1, 2)
    with acting_for(clinic.pk):
        assert ImportRow.objects.get().phone == ""
        assert OptOutList.objects.get().stored_as == ""
        assert not Telling.objects.exists()
        told = dict(Certificate.objects.values_list("what", "counts"))
    assert told == {"hooks": {"rows": 1}, "lists": {"files": 1, "lines": 1}, "told": {"rows": 1}}
