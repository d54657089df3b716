"""What a pause or a missing paper put off goes on as soon as that is over."""

from __future__ import annotations

from typing import Any

import pytest

from compliance import stopping
from compliance.models import ListCertificate, MailLookup, Stop, Told
from consent.models import ConsentRecord
from messaging import reconciling, tasks
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import MAIL, launched

pytestmark = pytest.mark.django_db


def due(of: Client) -> int:
    with acting_for(of.pk):
        return int(Message.objects.filter(status="queued", due_at__lte=db_now()).count())


def test_a_released_pause_lets_messages_go_on_at_once(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr(stopping, "ring", lambda task, **ids: rung.append((task, ids)))
    clinic = people.clinic()
    made = launched(clinic, texts=3)
    with acting_for(clinic.pk):
        stopping.stop(clinic, made, Stop.Kind.PAUSE, None, "Wait")
    assert claimed(clinic) == []
    assert due(clinic) == 0
    assert tasks.wake(clinic.pk) == 0  # still paused
    with django_capture_on_commit_callbacks(execute=True), acting_for(clinic.pk):
        assert stopping.release(clinic, made, people.alice())
    assert rung == [("messaging.tasks.wake", {"client_id": clinic.pk})]
    assert tasks.wake(clinic.pk) == 3
    assert due(clinic) == 3
    assert len(claimed(clinic)) == 3


def test_one_clients_trouble_leaves_the_others_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, rival, swept = people.clinic(), people.rival_clinic(), []

    def troubled(client_id: int) -> None:
        if client_id == clinic.pk:
            raise ConnectionError
        swept.append(client_id)

    monkeypatch.setattr(reconciling, "expire", troubled)
    tasks.sweep()
    assert swept == [rival.pk]


def test_a_paper_that_was_missing_is_noticed_by_the_sweep() -> None:
    clinic = people.clinic()
    launched(clinic, texts=2)
    with acting_for(clinic.pk):
        certificate = ListCertificate.objects.get()
        ListCertificate.objects.update(ended_at=db_now())
    assert claimed(clinic) == []
    tasks.sweep()
    assert due(clinic) == 0
    with acting_for(clinic.pk):
        ListCertificate.objects.filter(pk=certificate.pk).update(ended_at=None)
    tasks.sweep()
    assert due(clinic) == 2


def test_who_waits_for_a_consent_of_their_own_is_not_asked_sooner() -> None:
    clinic = people.clinic()
    made = launched(clinic, texts=1)
    with acting_for(clinic.pk):
        ConsentRecord.objects.update(ended_at=db_now())
        stopping.stop(clinic, made, Stop.Kind.PAUSE, None, "Wait")
    claimed(clinic)
    with acting_for(clinic.pk):
        stopping.release(clinic, made, people.alice())
        Message.objects.update(failed=["no_consent"])
    assert tasks.wake(clinic.pk) == 0


def test_a_mail_that_waited_for_its_domain_goes_on_when_that_is_looked_up() -> None:
    clinic = people.clinic()
    launched(clinic, MAIL, texts=2)
    with acting_for(clinic.pk):
        first, _ = MailLookup.objects.order_by("pk")
        MailLookup.objects.update(told=Told.UNKNOWN)
    assert claimed(clinic, provider="sendgrid") == []
    with acting_for(clinic.pk):
        assert [*Message.objects.values_list("failed", flat=True)] == [["mail_domain_unknown"]] * 2
    assert tasks.wake(clinic.pk) == 0
    with acting_for(clinic.pk):
        MailLookup.objects.filter(pk=first.pk).update(told=Told.TAKES)
    assert tasks.wake(clinic.pk) == 1
    assert len(claimed(clinic, provider="sendgrid")) == 1
