"""A launched campaign that was signed again while its former signature held: withdrawn is withdrawn."""

from __future__ import annotations

import pytest

from campaigns import approval
from campaigns.models import Campaign, Launch
from messaging.models import Message
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.test_evergreen import joined, lapsed, on_its_way, why
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def signed_again_and_withdrawn(made: Campaign) -> None:
    bob = people.user("Bob")
    with acting_for(made.client_id):
        given = people.approve(Campaign.objects.get(pk=made.pk), bob)
        approval.withdraw(given.pk, bob, "Enough")


def test_after_a_withdrawal_a_claim_takes_nothing_though_it_was_signed_twice(clinic: Client) -> None:
    signed_again_and_withdrawn(launched(clinic, texts=1))
    assert claimed(clinic) == []
    with acting_for(clinic.pk):
        assert Message.objects.get().failed == ["not_approved"]


def test_after_a_withdrawal_nobody_joins_though_it_was_signed_twice(clinic: Client) -> None:
    signed_again_and_withdrawn(on_its_way(clinic))
    with acting_for(clinic.pk):
        lapsed(clinic)
    assert joined(clinic) == 0
    assert why(clinic) == Launch.Stopped.UNSIGNED
