"""What is older than its time is thrown away, with a certificate, unless a hold covers it."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Campaign
from messaging.evidence import purging
from messaging.evidence.certifying import is_genuine
from messaging.evidence.purging import WrongTime, purge, purge_all, set_days
from messaging.models import Attempt, Certificate, Inbound, Kind, LegalHold, Message
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import handed, reply
from tests.messaging.world import launched
from tests.tenants.sealed import superuser

pytestmark = pytest.mark.django_db(transaction=True)


class Case:
    """A clinic that texted two people; one answered. Both long ago, as `aged` says."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        self.olive: User = people.olive()
        self.campaign: Campaign = launched(self.clinic, texts=2)
        handed(self.clinic)
        with acting_for(self.clinic.pk):
            self.first, self.second = Message.objects.order_by("pk")
            Attempt.objects.update(content='{"text": "Hi"}')
            reply(self.first, "SM9", body="Who?")

    def aged(self, days: int) -> None:
        with superuser() as cursor:
            for change in ("messaging_message SET claimed_at = claimed_at - {0}, judged_at = judged_at - {0}",
                           "messaging_inbound SET received_at = received_at - {0}"):  # fmt: skip
                cursor.execute("UPDATE " + change.format(f"interval '{days} days'"))

    def words(self) -> list[str]:
        with acting_for(self.clinic.pk):
            return [each.content for each in Attempt.objects.order_by("claimed_at", "pk")]

    def reply(self) -> str:
        with acting_for(self.clinic.pk):
            return str(Inbound.objects.get().body)


@pytest.fixture
def case() -> Case:
    return Case()


def test_the_words_go_after_ninety_days_and_their_hash_stays(case: Case) -> None:
    case.aged(89)
    assert purge_all() == 0
    case.aged(2)
    assert purge_all() == 1
    assert case.words() == ["", ""]
    assert case.reply() == "Who?", "replies are kept six years"
    with acting_for(case.clinic.pk):
        made = Certificate.objects.get()
        assert (made.what, made.counts) == (Kind.WORDS, {"rows": 2})
        assert is_genuine(made)
        assert AuditEvent.objects.filter(verb="data.purged").count() == 1
    assert purge_all() == 0, "what is gone is not thrown away again"


def test_a_client_sets_its_own_time_within_the_law(case: Case) -> None:
    with acting_for(case.clinic.pk):
        set_days(case.clinic, Kind.WORDS, 30, case.olive)
        set_days(case.clinic, Kind.REPLIES, 1461, case.olive)
        for kind, days in ((Kind.WORDS, 29), (Kind.REPLIES, 1460), (Kind.WORDS, 4000)):
            with pytest.raises(WrongTime, match="at least"):
                set_days(case.clinic, kind, days, case.olive)
        times = purging.days_of(case.clinic.pk)
        assert (times[Kind.WORDS], times[Kind.REPLIES], times[Kind.HOOKS]) == (30, 1461, 30)
        first, second = AuditEvent.objects.filter(verb="retention.set").order_by("pk")
        assert first.detail == {"kind": "words", "was": 90, "days": 30}
        assert second.detail == {"kind": "replies", "was": 2190, "days": 1461}
    case.aged(1462)
    assert purge_all() == 2
    assert case.reply() == ""


@pytest.mark.parametrize("over, left", [("contact", 1), ("campaign", 2), ("client", 2)])
def test_a_legal_hold_keeps_what_it_covers(case: Case, over: str, left: int) -> None:
    values: dict[str, Any] = {
        "contact": {"contact_id": case.first.contact_id},
        "campaign": {"campaign": case.campaign},
        "client": {},
    }
    with acting_for(case.clinic.pk):
        LegalHold.objects.create(client=case.clinic, reason="A suit", by=case.olive, **values[over])
    case.aged(3000)
    purge_all()
    assert len([each for each in case.words() if each]) == left
    assert case.reply() == "Who?"
    with acting_for(case.clinic.pk):
        LegalHold.objects.update(ended_at=db_now())
        purge(case.clinic.pk)
    assert case.words() == ["", ""]
    assert case.reply() == ""


def test_what_is_not_settled_keeps_its_words(case: Case) -> None:
    with superuser() as cursor:
        cursor.execute("UPDATE messaging_message SET status = 'unresolved' WHERE id = %s", [case.first.pk])
    case.aged(200)
    purge_all()
    assert sorted(case.words()) == ["", '{"text": "Hi"}']


def test_one_clients_time_touches_no_other(case: Case) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        set_days(rival, Kind.WORDS, 30, people.charlie())
    case.aged(40)
    assert purge_all() == 0
