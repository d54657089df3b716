"""Who counts, and how often: one watcher a client at a time, every fifteen seconds at least."""

from __future__ import annotations

import pytest

from config.celery import app
from messaging import tasks
from messaging.breakers.tripping import watch
from messaging.locks import Locks
from messaging.models.message import Delivery
from tenants.hashing import lock_key
from tenants.models import Client
from tests import people
from tests.messaging.breakers.world import mails, queue_one_more, sent, stop_of, told
from tests.messaging.world import MAIL, launched

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def over() -> Client:
    """A clinic with five of twenty mails bounced, and one mail left to send."""
    of = people.clinic()
    launched(of, MAIL, texts=20)
    sent(of, 20)
    queue_one_more(of)
    told(of, mails(of)[:5], Delivery.BOUNCED)
    return of


def test_while_one_worker_counts_another_leaves_the_client_to_it(over: Client) -> None:
    key = lock_key("watch", over.pk)
    with Locks() as another:
        assert another.take([(key, key)]) == [True]
        assert watch(over.pk) == []
        assert stop_of(over) is None
    assert len(watch(over.pk)) == 1
    assert stop_of(over) is not None


def test_what_is_over_a_limit_is_paused_by_the_round_though_nothing_is_sent_or_told(over: Client) -> None:
    assert tasks.watch() == 1
    assert stop_of(over) is not None
    assert tasks.watch() == 0


def test_beat_rings_the_round_every_fifteen_seconds_and_no_bell_outlives_the_next() -> None:
    (rung,) = [each for each in app.conf.beat_schedule.values() if each["task"] == tasks.watch.name]
    assert rung["schedule"] == 15.0
    assert rung["options"]["expires"] < rung["schedule"]
