"""An opt-out is stored once, never lost, and noted without personal data."""

from __future__ import annotations

import threading

import pytest
from django.db import InternalError, connection

from consent import lifting
from consent.models import Address, Suppression, UnsafeMark
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel
from tenants.scope import OutsideTenant, acting_for
from tests import people

STAFF, KEYWORD = Suppression.Source.STAFF, Suppression.Source.KEYWORD


def an_address() -> int:
    number = people.a_phone()
    found: int = Address.objects.resolve(Channel.SMS, [number])[number]
    return found


@pytest.mark.django_db
def test_the_same_opt_out_twice_is_one_row_and_both_are_noted() -> None:
    clinic, alice, address = people.clinic(), people.alice(), an_address()
    with acting_for(clinic.pk):
        first = suppress(clinic.pk, address, Channel.SMS, STAFF, by=alice, note="Called on Monday.")
        again = suppress(clinic.pk, address, Channel.SMS, STAFF, note="Called on Tuesday.")
        assert again.pk == first.pk
        assert Suppression.objects.get().note == "Called on Monday.\nCalled on Tuesday."
        assert Suppression.objects.get().made_by == alice
        noted = list(AuditEvent.objects.order_by("id"))
    assert [each.verb for each in noted] == ["address.opted_out", "address.opted_out_again"]
    assert "Monday" not in str([each.detail for each in noted])


@pytest.mark.django_db
def test_another_source_is_another_fact_and_a_lifted_one_begins_anew() -> None:
    clinic, address = people.clinic(), an_address()
    with acting_for(clinic.pk):
        suppress(clinic.pk, address, Channel.SMS, KEYWORD, message_id=7, campaign_id=3)
        suppress(clinic.pk, address, Channel.SMS, STAFF)
        start = people.start(clinic, address)
        assert lifting.by_reply(clinic.pk, address, reply=start, before=db_now()) == 1
        suppress(clinic.pk, address, Channel.SMS, KEYWORD)
        assert Suppression.objects.count() == 3
        assert Suppression.objects.in_force(db_now()).count() == 2
        assert Suppression.objects.order_by("id")[0].message_id == 7


@pytest.mark.django_db
@pytest.mark.parametrize(
    "source, unsafe",
    [("wrong_number", "wrong_number"), ("complaint", "complaint"), ("staff", None), ("keyword", None)],
)
def test_a_wrong_number_or_a_complaint_is_unsafe_for_everybody(source: str, unsafe: str | None) -> None:
    clinic, address = people.clinic(), an_address()
    with acting_for(clinic.pk):
        suppress(clinic.pk, address, Channel.SMS, source)
        suppress(clinic.pk, address, Channel.SMS, source)
    assert list(UnsafeMark.objects.values_list("reason", flat=True)) == ([unsafe] if unsafe else [])


@pytest.mark.django_db
def test_a_rivals_opt_outs_are_its_own() -> None:
    clinic, rival, address = people.clinic(), people.rival_clinic(), an_address()
    with acting_for(rival.pk):
        suppress(rival.pk, address, Channel.SMS, STAFF)
    with acting_for(clinic.pk):
        assert not Suppression.objects.exists()


@pytest.mark.django_db
def test_no_opt_out_is_ever_deleted() -> None:
    clinic, address = people.clinic(), an_address()
    with acting_for(clinic.pk):
        made = suppress(clinic.pk, address, Channel.SMS, STAFF)
        with pytest.raises((InternalError, Exception), match="append-only"):
            made.delete()


@pytest.mark.django_db
def test_outside_the_clients_scope_nothing_is_written() -> None:
    clinic, rival, address = people.clinic(), people.rival_clinic(), an_address()
    with pytest.raises(Exception, match="row-level security"), acting_for(rival.pk):
        suppress(clinic.pk, address, Channel.SMS, STAFF)
    with pytest.raises(OutsideTenant):
        Suppression.objects.count()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_row() -> None:
    clinic, address = people.clinic(), an_address()

    def say_it() -> None:
        with acting_for(clinic.pk):
            suppress(clinic.pk, address, Channel.SMS, KEYWORD)
        connection.close()

    threads = [threading.Thread(target=say_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with acting_for(clinic.pk):
        assert Suppression.objects.count() == 1
        assert AuditEvent.objects.filter(verb__startswith="address.").count() == 8
