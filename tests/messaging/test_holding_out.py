"""Who is held out waits like everybody else, is never written to, and ends when another would have been."""

from __future__ import annotations

import pytest

from campaigns.models import Booking
from consent.models import Contact, Pause
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message, Status
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_gate import drawn
from tests.messaging.world import TEXT, launched

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_share_held_out_is_never_written_to_and_ends_in_its_turn() -> None:
    clinic = people.clinic()
    made = launched(clinic, TEXT, texts=40, hold_out=50)
    with acting_for(clinic.pk):
        everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        out = {pk for pk in everybody if drawn(made.hold_out_seed, pk) < 5000}
        assert 0 < len(out) < 40
        paused = min(out)
        pause = Pause.objects.create(client=clinic, contact_id=paused, reason="unsure")
    with Locks() as locks:
        wave = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks)
    assert len(wave.outgoing) == 40 - len(out)
    with acting_for(clinic.pk):
        rows = {row.contact_id: row for row in Message.objects.all()}
        assert {pk for pk, row in rows.items() if row.status == Status.HELD} == out - {paused}
        assert all(
            row.failed == ["held_out"] and row.evidence["held_out"] == [str(made.pk)]
            for pk, row in rows.items()
            if pk in out - {paused}
        )
        assert (rows[paused].status, rows[paused].failed) == (Status.QUEUED, ["paused_person", "held_out"])
        Pause.objects.filter(pk=pause.pk).update(ended_at=db_now())
        Message.objects.filter(contact=paused).update(due_at=db_now())
    with Locks() as locks:
        assert claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing == []
    with acting_for(clinic.pk):
        last = Message.objects.get(contact=paused)
        assert (last.status, last.failed) == (Status.HELD, ["held_out"])


def test_a_booking_between_planning_and_claim_stops_the_message() -> None:

    clinic = people.clinic()
    launched(clinic, TEXT, texts=2)
    with acting_for(clinic.pk):
        first = Contact.objects.order_by("pk")[0]
        Booking.objects.create(
            client=clinic, contact=first, booked_at=db_now(), for_at=db_now(), status="booked"
        )
    with Locks() as locks:
        assert len(claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing) == 1
    with acting_for(clinic.pk):
        row = Message.objects.get(contact=first)
        assert (row.status, row.failed) == (Status.HELD, ["booked"])
