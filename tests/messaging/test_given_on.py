"""A number that was given to somebody else since the consent (reliability F34): the new owner is not written to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from compliance.models import LookupRun, NumberLookup
from consent.models import Suppression
from consent.suppressing import suppress
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import launched, statuses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Client:
    """Two texts, planned and due."""
    of = people.clinic()
    launched(of, texts=2)
    return of


def hand_over(of: Client) -> int:
    with Locks() as locks:
        return len(claim(of.pk, prepare(of.pk, "twilio", 64), locks).outgoing)


def test_what_the_carrier_says_after_the_planning_holds_the_text_to_that_number_alone(clinic: Client) -> None:
    with acting_for(clinic.pk):
        at, first = db_now(), Message.objects.order_by("pk")[0]
        run = LookupRun.objects.create(client=clinic, reassigned=True, wanted=1, dollars=0)
        NumberLookup.objects.create(
            client=clinic, run=run, address_id=first.address_id, line_type="mobile", reassigned="yes",
            asked_since=at.date(), good_until=at + timedelta(days=30),
        )  # fmt: skip
    assert hand_over(clinic) == 1
    assert statuses(clinic) == ["held", "handing"]
    with acting_for(clinic.pk):
        first.refresh_from_db()
        assert first.failed == ["reassigned"]


def test_wrong_number_holds_it_for_every_client_that_knows_the_number(clinic: Client) -> None:
    rival = people.rival_clinic()
    with acting_for(clinic.pk):
        first = Message.objects.order_by("pk")[0]
    with acting_for(rival.pk):
        suppress(rival.pk, first.address_id, Channel.SMS, Suppression.Source.WRONG_NUMBER)
    assert hand_over(clinic) == 1
    assert statuses(clinic) == ["held", "handing"]
