"""The gate's queries are written once a process: what one is asked with never stays for the next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least

from campaigns.audience import open_steps, subjects
from campaigns.models import Campaign, Step
from compliance import flight, gate, many, step_queries
from compliance.checks import CHECKS
from compliance.compiled import BIGINTS, INSTANT, OneOf, Text, Written, text_of
from compliance.facts import FACTS
from compliance.models import OwnWindow, SendingWindow
from consent.models import Contact, ContactPoint
from consent.suppressing import suppress
from messaging import answering, contact_pages, judging
from messaging.models import Message
from tenants.clock import db_now
from tenants.models import Client, Location
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed
from tests.messaging.world import MAIL, TEXT, launched

pytestmark = pytest.mark.django_db


def fetched(text: Text) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(text.sql, text.params)
        return [dict(zip(text.columns, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def clinics() -> list[Client]:
    """Two clients of two agencies, each with people of whom everyone is somewhere else or has something else the matter."""
    made = [people.clinic(), people.rival_clinic(covered=Client.Covered.COVERED)]
    made[1].days_between = 3
    made[1].save()
    for number, of in enumerate(made):
        launched(of, TEXT, {**MAIL, "delay_days": 2 + number}, texts=6, name=f"Of {of.name}")
        if number == 0:
            handed(of)
        with acting_for(of.pk):
            place = Location.objects.create(client=of, name="Main", time_zone="America/Chicago")
            gone, dead, young, moved, late, _ = Contact.objects.order_by("pk")
            point = ContactPoint.objects.get(contact=gone, channel="sms")
            suppress(of.pk, point.address_id, "sms", "staff")
            Contact.objects.filter(pk=dead.pk).update(deceased=True, location=place)
            Contact.objects.filter(pk=young.pk).update(adult_from=db_now().date() + timedelta(days=90))
            Contact.objects.filter(pk=moved.pk).update(window_key="TX/America/Chicago", segment="Recall")
            Contact.objects.filter(pk=late.pk).update(last_visit=None, household=moved.household)
            people.campaign(of, TEXT, MAIL, name="For some", segments=["Recall", "Whitening"])
            people.campaign(of, TEXT, name="Since", last_visit_before=date(2025, 1, 1), location=place)
            people.campaign(of, MAIL, name="Between", last_visit_after=date(2023, 1, 1), purpose="care")
    return made


def instants() -> list[datetime]:
    at = db_now()
    return [at, at + timedelta(hours=30), at + timedelta(days=40), at - timedelta(days=2)]


def test_a_message_is_answered_as_if_the_query_were_written_for_it(clinics: list[Client]) -> None:
    answers = set()
    for turn, at in enumerate(instants()):
        for of in clinics:
            with acting_for(of.pk):
                for message in Message.objects.order_by("pk")[turn::7]:
                    rows = gate.judged_with_evidence(Message.objects.filter(pk=message.pk), at)
                    anew = rows.values(*FACTS, *gate.VERDICT).get()
                    assert judging.explained(message, at) == anew
                    assert judging.refusals(of.pk, [message.pk], at) == [
                        (message.step_id, anew["failed_now"])
                    ]
                    answers.add(tuple(anew["failed_now"]))
    assert len(answers) > 4


def test_a_wave_is_answered_as_if_the_query_were_written_for_it(clinics: list[Client]) -> None:
    for at in instants():
        for of in clinics:
            with acting_for(of.pk):
                ids = list(Message.objects.values_list("pk", flat=True))
                found = judging.judge(of.pk, ids, at)
                assert sorted(
                    ({name: row[name] for name in judging.COLUMNS} for row in found), key=itemgetter("id")
                ) == sorted(fetched(text_of(_one_by_one(ids, at))), key=itemgetter("id"))


def test_until_when_a_message_waits_is_no_matter_of_who_it_is_for() -> None:
    assert not [check.code for check in CHECKS if check.opens is not None and check.asks_who]


def _one_by_one(ids: list[int], at: datetime) -> QuerySet[Any]:
    """Every check asked of every message by the gate itself, what many share and what it says of each alike."""
    law = SendingWindow.objects.open_at(at).filter(window_key=OuterRef("window_key")).order_by("closes_at")
    own = OwnWindow.objects.open_at(at).filter(client=OuterRef("client"), window_key=OuterRef("window_key"))
    closes = Least(
        Subquery(law.values("closes_at")[:1]),
        Subquery(own.order_by("closes_at").values("closes_at")[:1]),
        F("expires_at"),
    )
    rows = gate.judged_with_evidence(Message.objects.filter(OneOf(ids), status="queued"), at)
    found: QuerySet[Any] = rows.annotate(closes=closes).values_list(*judging.COLUMNS)
    return found


def test_a_person_is_answered_as_if_the_query_were_written_for_them(clinics: list[Client]) -> None:
    for turn, at in enumerate(instants()):
        for of in clinics:
            with acting_for(of.pk):
                for contact in Contact.objects.order_by("pk")[turn::5]:
                    assert contact_pages._judged(contact, at) == _of_contact(contact, at)


def _of_contact(contact: Contact, at: datetime) -> list[dict[str, Any]]:
    addresses = dict(
        ContactPoint.objects.in_force(at).filter(contact=contact).values_list("channel", "address_id")
    )
    if not addresses:
        return []
    theirs = Message.objects.filter(contact=contact)
    queued = Q(pk__in=theirs.filter(status="queued").values("step"))
    rows = open_steps(contact, addresses, at, queued).exclude(
        pk__in=theirs.exclude(status="queued").values("step")
    )
    asked = gate.judged(rows.annotate(name=F("campaign__name"), until=gate.opens_at(at)), at, few=True)
    shown = asked.values("campaign", "name", "position", "channel", "failed_now", "until")
    return [contact_pages._shown(row) for row in shown.order_by("-campaign", "position")]


def test_a_step_is_answered_as_if_the_query_were_written_for_it(clinics: list[Client]) -> None:
    asked = 0
    for turn, at in enumerate(instants()[:2]):
        for of in clinics:
            with acting_for(of.pk):
                for step in Step.objects.select_related("campaign__client", "sender").order_by("pk")[turn::4]:
                    rows = subjects(step, at)
                    assert sorted(step_queries.groups(step, at)) == sorted(many.groups(rows, at))
                    for point in rows.order_by("pk")[:1]:
                        anew = gate.explain(rows.filter(pk=point.pk), at)
                        assert gate.reasons(step_queries.explained(step, at, point.pk)) == anew
                        asked += 1
    assert asked > 4


def test_the_flight_check_is_answered_as_if_its_queries_were_written_for_it(clinics: list[Client]) -> None:
    for turn, at in enumerate(instants()[:2]):
        for of in clinics:
            with acting_for(of.pk):
                for made in Campaign.objects.select_related("client").order_by("pk")[turn::4]:
                    steps = list(
                        Step.objects.filter(campaign=made).select_related("campaign__client", "sender")
                    )
                    told = {row.check.code: set(row.steps) for row in flight.whole_rows(made, steps, at)}
                    anew: dict[str, set[int]] = {code: set() for code in told}
                    for step in steps:
                        for codes in gate.judged(_step(step, at), at).values_list("failed_now", flat=True):
                            for code in set(codes) & flight.WHOLE_CODES:
                                anew[code].add(step.position)
                    assert told == anew


def _step(step: Step, at: datetime) -> QuerySet[Any]:
    """Any one person of the step's, also of those whom its rule leaves out."""
    everybody = Campaign.objects.get(pk=step.campaign_id)
    everybody.last_visit_before = everybody.last_visit_after = everybody.location = None
    everybody.segments = []
    step.campaign = everybody
    rows: QuerySet[Any] = subjects(step, at).order_by("pk")[:1]
    return rows


def test_a_rival_is_shown_nothing_whichever_client_is_named(clinics: list[Client]) -> None:
    mine, rival = clinics
    with acting_for(mine.pk):
        (message, *_) = Message.objects.order_by("pk")
        queued = list(Message.objects.filter(status="queued").values_list("pk", flat=True))
        assert judging.judge(mine.pk, queued, db_now())
    with acting_for(rival.pk):
        for named in (mine.pk, rival.pk):
            assert judging.judge(named, queued, db_now()) == []
            assert judging.refusals(named, [message.pk], db_now()) == []
            assert flight.STEPS.rows(client=named, ids=[message.step_id], dues=[db_now()], at=db_now()) == []


def test_nothing_in_a_text_is_made_of_a_value() -> None:
    forms = [step_queries.Form(False, False, False, 0, False), step_queries.Form(True, True, True, 2, True)]
    builds = [(many._about_each, ()), (many._about_some, ("ids",)), (step_queries._about_one, ("ids",))]
    written = [
        judging.WAVE,
        judging.ONE,
        judging.FEW,
        flight.STEPS,
        contact_pages._open_to(("email", "sms")),
        answering.ASKED,
    ]
    written += [step_queries._written(build, form, ids) for form in forms for build, ids in builds]
    assert all(each.alike() for each in written)


def test_a_value_made_of_a_stand_in_is_found() -> None:
    def late(ids: list[int], at: datetime, **_: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = Message.objects.filter(OneOf(ids), due_at__lt=at - timedelta(days=1))
        return rows.values("pk")

    assert not Written(late, ids=BIGINTS, at=INSTANT).alike()
