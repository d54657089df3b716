from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import approval, state
from campaigns.fingerprint import refresh
from campaigns.models import Approval, Campaign, Launch, Step
from campaigns.state import State, state_of, states_of
from compliance.models import Stop
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again, asked
from tests.campaigns.test_approval import BOBS

pytestmark = pytest.mark.django_db


def test_the_state_is_read_from_what_happened() -> None:
    case = asked()
    made = case.campaign
    with acting_for(case.client.pk):
        assert state_of(people.campaign(case.client, name="New")) == State.DRAFT
        assert state_of(made) == State.ASKED
        approval.object_to(case.request.pk, case.bob, "No")
        assert state_of(made) == State.DRAFT
        request = ask_again(made, case.alice)
        given = approval.sign(request.pk, case.bob, BOBS)
        assert state_of(made) == State.APPROVED
        Step.objects.filter(campaign=made, position=1).update(body="Other")
        refresh(made)
        assert state_of(made) == State.DRAFT
        request = ask_again(made, case.alice)
        given = approval.sign(request.pk, case.bob, BOBS)
        approval.withdraw(given.pk, case.bob, "")
        assert state_of(made) == State.DRAFT
        Launch.objects.create(client=case.client, campaign=made, version=request.version)
        assert state_of(made) == State.RUNNING
        Stop.objects.create(client=case.client, campaign=made, kind=Stop.Kind.PAUSE, reason="x")
        assert state_of(made) == State.PAUSED
        assert Approval.objects.count() == 2


def test_an_earlier_reader_outweighs_a_later(monkeypatch: pytest.MonkeyPatch) -> None:
    case = asked()
    with acting_for(case.client.pk):
        Launch.objects.create(client=case.client, campaign=case.campaign, version=case.request.version)
        monkeypatch.setattr(state, "_readers", [])
        state.register(lambda ids: dict.fromkeys(ids, State.STOPPED))
        state.register(lambda ids: dict.fromkeys(ids, State.DONE))
        assert state_of(case.campaign) == State.STOPPED


def test_many_campaigns_cost_no_more_queries_than_one() -> None:
    case = asked()
    with acting_for(case.client.pk):
        ids = [people.campaign(case.client, name=f"No {n}").pk for n in range(6)]
        with CaptureQueriesContext(connection) as one:
            states_of(ids[:1])
        with CaptureQueriesContext(connection) as many:
            states_of(ids)
        assert len(one) == len(many)


def test_a_rivals_campaign_has_no_state() -> None:
    case = asked()
    with acting_for(people.rival_clinic().pk):
        assert states_of([case.campaign.pk]) == {}
        assert not Campaign.objects.exists()
