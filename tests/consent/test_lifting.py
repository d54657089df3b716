"""An opt-out ends by the person's own word only: not by a page, not by the API, not by a programmer, not in SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from consent import lifting
from consent.models import ConsentRecord, Contact, PurposeOptOut, Suppression
from consent.models.suppression import LIFTED_BY_START, LIFTED_BY_YES
from consent.suppressing import suppress
from messaging.models import Inbound
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("tenants", "consent", "campaigns", "compliance", "messaging", "config", "simulator")
Source = Suppression.Source


@pytest.fixture
def clinic() -> Iterator[Client]:
    made = people.clinic()
    with acting_for(made.pk):
        yield made


@pytest.fixture
def jane(clinic: Client) -> Contact:
    return people.contact(clinic, email="jane@example.org")


@pytest.fixture
def out(clinic: Client, jane: Contact) -> Suppression:
    return suppress(clinic.pk, jane.points.get().address_id, "email", Source.FREE_TEXT)


def refused(change: Any) -> bool:
    try:
        with transaction.atomic():
            change()
    except Error:
        return True
    return False


def lifts(change: Any) -> bool:
    """Whether it would be let; it is undone."""
    with transaction.atomic():
        done = not refused(change)
        transaction.set_rollback(True)
    return done


def in_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("source", Source.values)
def test_no_source_is_lifted_without_proof(clinic: Client, jane: Contact, source: str) -> None:
    made = suppress(clinic.pk, jane.points.get().address_id, "email", source)
    chosen = PurposeOptOut.objects.create(
        client=clinic, address_id=made.address_id, channel="email", purpose="recall"
    )
    assert refused(lambda: Suppression.objects.filter(pk=made.pk).end(db_now()))
    assert refused(lambda: in_sql("UPDATE consent_suppression SET ended_at = now()"))
    assert refused(lambda: in_sql("UPDATE consent_suppression SET ended_at = now(), lifted_by_reply = 1"))
    assert refused(lambda: in_sql("UPDATE consent_suppression SET ended_at = now(), lifted_by_consent = 1"))
    assert refused(lambda: PurposeOptOut.objects.filter(pk=chosen.pk).end(db_now()))
    assert refused(lambda: in_sql("UPDATE consent_purposeoptout SET ended_at = now(), lifted_by_consent = 1"))


@pytest.mark.parametrize("source", Source.values)
def test_with_proof_only_what_that_proof_can_lift(clinic: Client, jane: Contact, source: str) -> None:
    made = suppress(clinic.pk, jane.points.get().address_id, "email", source)
    start, yes = (
        people.start(clinic, made.address_id),
        people.consent(jane, channel="email", method="preferences").pk,
    )
    rows = Suppression.objects.filter(pk=made.pk)
    by_start = lifts(lambda: rows.end(db_now(), lifted_by_reply=start))
    by_yes = lifts(lambda: rows.end(db_now(), lifted_by_consent=yes))
    assert (by_start, by_yes) == (source in LIFTED_BY_START, source in LIFTED_BY_YES)
    assert refused(lambda: rows.end(db_now(), lifted_by_reply=start, lifted_by_consent=yes))


@pytest.mark.parametrize("source", Source.values)
def test_no_yes_ends_what_was_said_by_text(clinic: Client, source: str) -> None:
    """A START does; the preference page is about mail, and there about kinds of texts."""
    john = people.contact(clinic, phone=people.a_phone())
    made = suppress(clinic.pk, john.points.get().address_id, "sms", source)
    yes = people.consent(john, method="preferences").pk
    assert refused(lambda: Suppression.objects.filter(pk=made.pk).end(db_now(), lifted_by_consent=yes))


@pytest.mark.parametrize("change", [
    {"label": "other"}, {"received_at": "2020-01-01T00:00:00Z"}, {"address": "another"},
])  # fmt: skip
def test_a_reply_that_is_no_start_of_theirs_afterwards_lifts_nothing(
    clinic: Client, out: Suppression, change: dict[str, Any]
) -> None:
    if "address" in change:
        change = {"address": people.contact(clinic, phone=people.a_phone()).points.get().address_id}
    start = people.start(clinic, out.address_id)
    Inbound.objects.filter(pk=start).update(**change)
    assert refused(lambda: lifting.by_reply(clinic.pk, out.address_id, reply=start, before=db_now()))


@pytest.mark.parametrize("change", [
    {"since": "2020-01-01T00:00:00Z"}, {"method": "phone"}, {"method": "web_form"},
    {"recorded_by": "Alice"}, {"ended_at": "now"}, {"contact": "another"},
])  # fmt: skip
def test_a_consent_that_is_no_fresh_yes_of_theirs_lifts_nothing(
    clinic: Client, jane: Contact, out: Suppression, change: dict[str, Any]
) -> None:
    given = {"client": clinic, "contact": jane, "address_id": out.address_id, "channel": "email", "purpose": "marketing",
             "tier": "written", "method": "preferences"}  # fmt: skip
    given |= change
    if "recorded_by" in change:
        given["recorded_by"] = people.alice()
    if "ended_at" in change:
        given["ended_at"] = db_now()
    if "contact" in change:
        john = people.contact(clinic, email="john@example.org")
        given |= {"contact": john, "address_id": john.points.get().address_id}
    record = ConsentRecord.objects.create(**given)
    assert refused(lambda: Suppression.objects.filter(pk=out.pk).end(db_now(), lifted_by_consent=record.pk))


def test_nothing_of_an_opt_out_is_changed(clinic: Client, jane: Contact, out: Suppression) -> None:
    elsewhere = people.point(jane, "sms", people.a_phone()).address_id
    chosen = PurposeOptOut.objects.create(
        client=clinic, address_id=out.address_id, channel="email", purpose="recall"
    )
    moved = {"address": elsewhere, "channel": "sms", "since": db_now() + timedelta(days=1)}
    for change in ({each: value} for each, value in (moved | {"source": "staff"}).items()):
        assert refused(lambda change=change: Suppression.objects.filter(pk=out.pk).update(**change))
    for change in ({each: value} for each, value in (moved | {"purpose": "care"}).items()):
        assert refused(lambda change=change: PurposeOptOut.objects.filter(pk=chosen.pk).update(**change))


def test_what_was_lifted_keeps_its_date_and_proof(clinic: Client, jane: Contact, out: Suppression) -> None:
    yes = people.consent(jane, channel="email", method="preferences")
    rows = Suppression.objects.filter(pk=out.pk)
    assert refused(lambda: rows.end(db_now() - timedelta(days=1), lifted_by_consent=yes.pk))
    assert lifting.by_yes(yes) == 1
    assert refused(lambda: rows.update(ended_at=None, lifted_by_consent=None))
    assert refused(lambda: rows.update(ended_at=db_now()))


def test_a_no_that_is_stored_while_the_yes_is_written_down_stands(clinic: Client, jane: Contact) -> None:
    yes = people.consent(jane, channel="email", method="preferences")
    out = suppress(clinic.pk, yes.address_id, "email", Source.PREFERENCES)
    kind = PurposeOptOut.objects.create(
        client=clinic, address_id=yes.address_id, channel="email", purpose=yes.purpose
    )
    assert (lifting.by_yes(yes), lifting.kind_by_yes(yes)) == (0, 0)
    assert not Suppression.objects.get(pk=out.pk).ended_at
    assert not PurposeOptOut.objects.get(pk=kind.pk).ended_at


def test_no_page_and_no_call_of_the_api_lifts_anything() -> None:
    """Without a proof the database refuses, and only these write one, from the person's own word."""
    users = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts and _names_it(path)
    }
    assert users == {
        "consent/lifting.py",
        "consent/models/suppression.py",
        "consent/coming_back.py",  # the page of an unsubscribe link
        "messaging/replying.py",  # a START that came in
        "messaging/decisions.py",  # a wrong number that a rule took for one, read again by a member
        "consent/models/address.py",  # the mark beside it
    }


def _names_it(path: Path) -> bool:
    text = path.read_text()
    if "lift" not in text:
        return False
    names = ("lifting", "lifted_by_reply", "lifted_by_consent")
    for node in ast.walk(ast.parse(text)):
        said = {getattr(node, "arg", None), getattr(node, "attr", None), getattr(node, "id", None)}
        if isinstance(node, ast.Import | ast.ImportFrom):
            said |= {alias.name.rsplit(".")[-1] for alias in node.names}
        if said & set(names):
            return True
    return False


def test_a_rivals_start_lifts_nothing_here(clinic: Client, out: Suppression) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        start = people.start(rival, out.address_id)
    assert refused(lambda: lifting.by_reply(clinic.pk, out.address_id, reply=start, before=db_now()))
