"""Of a campaign that was signed and launched anew, the newest launch alone takes people in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Q

from campaigns.models import Campaign, Launch, Step
from messaging import outbox
from messaging.evergreen import stopped_joining
from messaging.greeting import standing
from messaging.models import Message, Status
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_evergreen import clinic, joined, lapsed, on_its_way

__all__ = ["clinic"]
pytestmark = pytest.mark.django_db


def test_launched_anew_the_newest_launch_alone_takes_people_in_and_asks_for_something(clinic: Client) -> None:
    made = on_its_way(clinic, shown=100)
    with acting_for(clinic.pk):
        first = Launch.objects.get()
        Launch.objects.update(stopped_joining=Launch.Stopped.GREW)
        Step.objects.update(body="Come and see us. Reply STOP to opt out.")
        people.approve(Campaign.objects.get(pk=made.pk), people.user("Bob"))
        second = outbox.launch(made, by=None)
        Launch.objects.filter(pk=second.pk).update(planned_at=db_now())
        assert not stopped_joining([clinic.pk])
        for newest, moved in (
            (first, first.at - timedelta(minutes=1)),
            (second, second.at),
        ):  # whichever row is read first
            Launch.objects.filter(pk=second.pk).update(at=moved)
            assert standing(clinic.pk, db_now(), Q(), campaign__joins=True) == {made.pk: newest}
        lapsed(clinic)
    assert joined(clinic) == 1
    with acting_for(clinic.pk):
        assert Message.objects.get(status=Status.QUEUED).campaign_version_id == second.version_id
        Launch.objects.filter(pk=second.pk).update(stopped_joining=Launch.Stopped.GREW)
        Launch.objects.filter(pk=first.pk).update(stopped_joining="")
        assert list(stopped_joining([clinic.pk])) == [second]
