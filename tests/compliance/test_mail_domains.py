"""Domains that take no mail: asked of the DNS once each, believed with care, and asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance import tasks
from compliance.domains.lookups import CouldNotCheck
from compliance.mail_domains import asking, running
from compliance.models import MailDomain, MailLookup, Told
from compliance.models.mail_domains import NO_MAIL
from consent.models import ContactPoint
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for, acting_for_every_client
from tests import people
from tests.compliance.zone import SERVFAIL, Zone, serving

RECORDS = {
    ("takes.example", "MX"): ["10 mx.takes.example."],
    ("bare.example", "A"): ["192.0.2.7"],
    ("null.example", "MX"): ["0 ."],
    ("empty.example", "TXT"): ["nothing for mail"],
    ("broken.example", "MX"): ["10 mx.broken.example."],
}


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        for number in range(3):
            people.contact(clinic, email=f"p{number}@takes.example", looked=False)
        people.contact(clinic, email="one@null.example", looked=False)
    return clinic


class Answers:
    """What the DNS says, domain by domain, and what it was asked."""

    def __init__(self, **told: Told) -> None:
        self.told = {name.replace("_", "."): answer for name, answer in told.items()}
        self.asked: list[str] = []

    def __call__(self, domain: str) -> Told:
        self.asked.append(domain)
        return self.told.get(domain, Told.TAKES)


def told(clinic: Client, address: str) -> list[str]:
    """What was told of this address's domain, oldest first."""
    with acting_for(clinic.pk):
        (spot,) = (each for each in ContactPoint.objects.filter(channel="email") if each.value == address)
        rows = MailLookup.objects.filter(address=spot.address_id).order_by("since", "pk")
        return [row.told for row in rows]


def grown_old(clinic: Client, by: timedelta) -> None:
    with acting_for(clinic.pk):
        for each in MailDomain.objects.all():
            MailDomain.objects.filter(pk=each.pk).update(asked_at=each.asked_at - by)


# -- the DNS -----------------------------------------------------------------------------------------


def test_a_domain_takes_mail_by_an_mx_or_an_address_and_not_by_a_null_mx(settings: Any) -> None:
    zone = Zone(RECORDS)
    zone.broken["broken.example"] = SERVFAIL
    names = ("takes", "bare", "null", "empty", "nowhere", "broken")
    with serving(zone) as address:
        settings.DNS_NAMESERVERS = [address]
        found = [asking.look(f"{name}.example") for name in names]
    assert found == [
        Told.TAKES, Told.TAKES, Told.REFUSES, Told.NO_SERVER, Told.NO_SERVER, Told.UNKNOWN,
    ]  # fmt: skip


class Server:
    """One name server by what it answers: hosts, or silence."""

    def __init__(self, hosts: list[str] | None) -> None:
        self.hosts = hosts

    def mail_hosts(self, _: str) -> list[str]:
        if self.hosts is None:
            raise CouldNotCheck("nobody answered in time")
        return self.hosts

    def addresses(self, _: str) -> list[str]:
        return []


@pytest.mark.parametrize(
    "first, second, told",
    [
        ([], ["mx.here.example"], Told.TAKES),
        (["mx.here.example"], None, Told.TAKES),
        ([], [], Told.NO_SERVER),
        ([], None, Told.UNKNOWN),
        (None, [""], Told.UNKNOWN),
    ],
)
def test_a_no_must_be_said_by_both_name_servers(
    monkeypatch: Any, first: list[str] | None, second: list[str] | None, told: Told
) -> None:
    monkeypatch.setattr(asking, "resolvers", lambda: [Server(first), Server(second)])
    assert asking.look("here.example") == told


def test_no_usable_name_server_is_not_a_no(monkeypatch: Any) -> None:
    def none() -> Any:
        raise OSError

    monkeypatch.setattr(asking, "resolvers", none)
    assert asking.look("takes.example") == Told.UNKNOWN


# -- the list ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_domain_is_asked_about_once_and_each_address_knows_the_answer(clinic: Client) -> None:
    dns = Answers(null_example=Told.REFUSES)
    assert not running.go_on(clinic.pk, dns)
    assert sorted(dns.asked) == ["null.example", "takes.example"]
    assert told(clinic, "p2@takes.example") == ["takes"]
    assert told(clinic, "one@null.example") == ["refuses"]
    with acting_for(clinic.pk):
        people.contact(clinic, email="late@null.example", looked=False)
    running.go_on(clinic.pk, dns)
    assert len(dns.asked) == 2
    assert told(clinic, "late@null.example") == ["refuses"]


@pytest.mark.django_db
def test_a_domain_that_could_not_be_checked_is_neither_yes_nor_no_and_is_asked_again(clinic: Client) -> None:
    dns = Answers(null_example=Told.UNKNOWN)
    running.go_on(clinic.pk, dns)
    assert told(clinic, "one@null.example") == ["unknown"]
    running.go_on(clinic.pk, dns)
    assert len(dns.asked) == 2  # not before twenty minutes are over
    grown_old(clinic, timedelta(minutes=20))
    dns.told["null.example"] = Told.REFUSES
    running.go_on(clinic.pk, dns)
    assert told(clinic, "one@null.example") == ["refuses"]


@pytest.mark.django_db
def test_a_domain_that_is_back_is_mailed_again_and_the_past_keeps_its_row(clinic: Client) -> None:
    dns = Answers(null_example=Told.NO_SERVER)
    running.go_on(clinic.pk, dns)
    before = db_now()
    grown_old(clinic, timedelta(days=1))
    dns.told["null.example"] = Told.UNKNOWN
    running.go_on(clinic.pk, dns)
    assert told(clinic, "one@null.example") == ["no_server"]  # silence takes nothing back
    grown_old(clinic, timedelta(days=1))
    dns.told["null.example"] = Told.TAKES
    running.go_on(clinic.pk, dns)
    assert told(clinic, "one@null.example") == ["no_server", "takes"]
    with acting_for(clinic.pk):
        assert MailLookup.objects.in_force(before).filter(told__in=NO_MAIL).count() == 1
        assert not MailLookup.objects.in_force(db_now()).filter(told__in=NO_MAIL).exists()


@pytest.mark.django_db
def test_a_name_server_that_denies_most_domains_is_not_believed(clinic: Client) -> None:
    with acting_for(clinic.pk):
        for number in range(running.ENOUGH):
            people.contact(clinic, email=f"one@d{number}.example", looked=False)
    running.go_on(clinic.pk, lambda _: Told.NO_SERVER)
    with acting_for(clinic.pk):
        assert set(MailLookup.objects.values_list("told", flat=True)) == {"unknown"}


@pytest.mark.django_db
def test_nothing_more_is_asked_of_name_servers_that_do_not_answer(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    with acting_for(clinic.pk):
        for number in range(2 * running.BATCH):
            people.contact(clinic, email=f"one@d{number}.example", looked=False)
    asked: list[str] = []
    assert not running.go_on(clinic.pk, lambda name: asked.append(name) or Told.UNKNOWN)  # type: ignore[func-returns-value]
    assert len(asked) == running.BATCH


@pytest.mark.django_db
def test_more_people_at_a_domain_ask_no_more_questions_of_the_database(clinic: Client) -> None:
    running.go_on(clinic.pk, Answers())
    counts = []
    for more in (1, 10):
        with acting_for(clinic.pk):
            for number in range(more):
                people.contact(clinic, email=f"m{more}.{number}@takes.example", looked=False)
        with CaptureQueriesContext(connection) as asked:
            running.go_on(clinic.pk, Answers())
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_nothing_is_kept_of_a_domain_that_nobody_uses_any_more(clinic: Client) -> None:
    running.go_on(clinic.pk, Answers())
    with acting_for(clinic.pk):
        ContactPoint.objects.filter(channel="email").update(ended_at=db_now())
    grown_old(clinic, timedelta(days=90))
    running.go_on(clinic.pk, Answers())
    with acting_for(clinic.pk):
        assert not MailDomain.objects.exists()


@pytest.mark.django_db
def test_a_rival_learns_nothing_of_it(clinic: Client) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        people.contact(rival, email="one@null.example", looked=False)
    running.go_on(clinic.pk, Answers(null_example=Told.REFUSES))
    with acting_for(rival.pk):
        assert not MailLookup.objects.exists()
        assert not MailDomain.objects.exists()
    running.go_on(rival.pk, Answers())
    assert told(rival, "one@null.example") == ["takes"]
    with acting_for_every_client():  # and the hash of a domain is another at each client
        hashes = dict(MailDomain.objects.filter(told="takes").values_list("client", "domain"))
    assert len(set(hashes.values())) == 2


@pytest.mark.django_db
def test_the_round_rings_for_every_client_and_the_bell_rings_again_while_some_are_left(
    clinic: Client, monkeypatch: Any
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(tasks.look_at_mail_domains, "apply_async", lambda ids, **_: rung.append(ids))
    assert tasks.tend_mail_domains() == 1
    assert rung == [(clinic.pk,)]
    monkeypatch.setattr(running, "A_WHILE", 0.0)
    assert tasks.look_at_mail_domains(clinic.pk)
    assert rung == [(clinic.pk,)] * 2


@pytest.mark.django_db
def test_who_comes_one_by_one_is_looked_up_at_once_and_nobody_else(clinic: Client) -> None:
    with acting_for(clinic.pk):
        late = people.contact(clinic, email="one@late.example", looked=False)
    dns = Answers()
    running.go_on(clinic.pk, dns, only=[late.pk])
    assert dns.asked == ["late.example"]
    assert told(clinic, "one@late.example") == ["takes"]
    assert told(clinic, "one@null.example") == []
