"""What Twilio tells about texts: bound at once, in whatever order, as often as it likes."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from compliance.models import Stop
from consent.models import ContactPoint, Suppression
from messaging import telling
from messaging.applying import apply_pending
from messaging.models import Attempt, Event, Message, RawHook, Status
from messaging.providers.base import Outcome
from messaging.providers.twilio.webhook import told
from messaging.recording import record_outcome
from tenants.clock import db_now
from tenants.models import AuditEvent
from tenants.scope import acting_for
from tests.messaging.webhooks.conftest import Office, sid

pytestmark = pytest.mark.django_db


def test_a_status_binds_before_our_own_second_transaction(office: Office) -> None:
    (attempt,) = office.hand_over()
    assert office.status(attempt, "sent").status_code == 200
    assert office.message_of(attempt).status == Status.HANDING  # kept; applied when the bell rings
    assert apply_pending(office.client.pk) == 1
    message = office.message_of(attempt)
    assert (message.status, message.delivery) == (Status.ACCEPTED, "sent")
    with acting_for(office.client.pk):
        assert Attempt.objects.get().provider_id == sid()
        # Our own outcome, when it comes at last, changes nothing.
        assert record_outcome(attempt, Outcome.UNKNOWN) is False
    assert office.message_of(attempt).status == Status.ACCEPTED


def test_a_late_status_settles_what_we_did_not_know(office: Office) -> None:
    (attempt,) = office.hand_over()
    with acting_for(office.client.pk):
        record_outcome(attempt, Outcome.UNKNOWN, code="timeout")
    office.status(attempt, "undelivered", ErrorCode="30003")
    apply_pending(office.client.pk)
    message = office.message_of(attempt)
    assert (message.status, message.delivery, message.delivery_code) == (Status.ACCEPTED, "failed", "30003")


def test_a_status_without_our_attempt_binds_by_twilios_id(office: Office) -> None:
    (attempt,) = office.hand_over()
    with acting_for(office.client.pk):
        record_outcome(attempt, Outcome.ACCEPTED, sid())
    form = office.form(MessageStatus="delivered")
    assert office.twilio(office.path("twilio", "status"), form).status_code == 200
    apply_pending(office.client.pk)
    assert office.message_of(attempt).delivery == "delivered"


STATUSES = [
    ("queued", ""),
    ("sending", ""),
    ("sent", ""),
    ("delivered", ""),
    ("read", ""),
    ("undelivered", "30003"),
]


def test_all_720_orders_of_six_statuses_end_alike(office: Office) -> None:
    attempts = office.hand_over(count=36)
    orders = list(itertools.permutations(STATUSES))
    assert len(orders) == 720
    ends = set()
    with acting_for(office.client.pk):
        for start in range(0, len(orders), len(attempts)):
            # One order a message, step by step, with two of its statuses told again.
            some = [(*order, order[0], order[3]) for order in orders[start : start + len(attempts)]]
            for step in zip(*some, strict=True):
                telling.tell(
                    office.client.pk,
                    [
                        notice
                        for number, (attempt, (status, code)) in enumerate(zip(attempts, step, strict=True))
                        for notice in told(
                            f"a={attempt}\n{_body(start + number, status, code)}", db_now()
                        ).notices
                    ],
                )
            ends |= set(Message.objects.values_list("status", "delivery", "delivery_code"))
            Message.objects.update(delivery="", delivery_code="")
    assert ends == {("accepted", "failed", "30003")}


def _body(number: int, status: str, code: str) -> str:
    return f"MessageSid={sid(number)}&MessageStatus={status}" + (f"&ErrorCode={code}" if code else "")


def test_a_repeated_post_is_one_row_and_one_event(office: Office) -> None:
    (attempt,) = office.hand_over()
    for _ in range(3):
        assert office.status(attempt, "delivered").status_code == 200
        apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        assert RawHook.objects.count() == 1
        assert Event.objects.count() == 1


def test_a_new_status_of_twilios_is_kept_and_breaks_nothing(office: Office) -> None:
    (attempt,) = office.hand_over()
    office.status(attempt, "teleported")
    apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        assert Event.objects.get().kind == "other"
    assert (office.message_of(attempt).status, office.message_of(attempt).delivery) == (Status.ACCEPTED, "")


def test_an_attempt_of_another_client_is_ignored_and_noted(office: Office, rival: Office) -> None:
    (theirs,) = rival.hand_over()
    assert office.status(theirs, "delivered").status_code == 200
    apply_pending(office.client.pk)
    apply_pending(rival.client.pk)
    assert rival.message_of(theirs).status == Status.HANDING
    assert rival.message_of(theirs).delivery == ""
    with acting_for(office.client.pk):
        assert Event.objects.count() == 0
        assert AuditEvent.objects.filter(verb="webhook.named_no_attempt_of_ours").exists()


def test_an_unknown_attempt_is_ignored(office: Office) -> None:
    assert office.status(uuid.uuid4(), "delivered").status_code == 200
    assert apply_pending(office.client.pk) == 1
    with acting_for(office.client.pk):
        assert RawHook.objects.get().applied_at is not None


def test_a_status_that_contradicts_us_is_noted(office: Office) -> None:
    (attempt,) = office.hand_over()
    with acting_for(office.client.pk):
        record_outcome(attempt, Outcome.NOT_SENT, code="connect")
    office.status(attempt, "sent")
    apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        assert AuditEvent.objects.filter(verb="webhook.contradicts_our_record").exists()


@pytest.mark.parametrize(
    "code, source, ended",
    [("30004", "provider", ""), ("21610", "provider", ""), ("30006", None, "landline"), ("30003", None, "")],
)
def test_what_a_failure_tells_about_the_address(
    office: Office, code: str, source: str | None, ended: str
) -> None:
    (attempt,) = office.hand_over()
    office.status(attempt, "undelivered", ErrorCode=code)
    apply_pending(office.client.pk)
    address = office.message_of(attempt).address_id
    with acting_for(office.client.pk):
        assert list(Suppression.objects.values_list("source", flat=True)) == ([source] if source else [])
        assert ContactPoint.objects.get(address=address).end_reason == ended


def test_a_registration_that_fell_pauses_the_campaign(office: Office) -> None:
    (attempt,) = office.hand_over()
    office.status(attempt, "failed", ErrorCode="30034")
    apply_pending(office.client.pk)
    with acting_for(office.client.pk):
        assert Stop.objects.get().campaign_id == office.message_of(attempt).campaign_id


def test_many_at_once_are_applied_in_few_statements(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    attempts = office.hand_over(count=30)
    for number, attempt in enumerate(attempts):
        office.status(attempt, "delivered", MessageSid=sid(number))
    with django_assert_max_num_queries(24):
        assert apply_pending(office.client.pk) == 30
    assert {office.message_of(attempt).delivery for attempt in attempts} == {"delivered"}
