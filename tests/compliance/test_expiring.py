"""Agreements that run out are told of by mail 60, 30 and 7 days ahead, each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from compliance import expiring
from compliance.models import ExpiryWarning
from compliance.tasks import warn_of_expiry
from tenants.clock import db_now
from tenants.models import Agreement, Client, Role
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic(covered="covered")
    people.olive()
    people.bob(clinic)
    people.fred(clinic)
    people.alice()
    return clinic


def runs_out_in(clinic: Client, days: float, **values: Any) -> Agreement:
    with acting_for(clinic.pk):
        return people.agreement(clinic, expires_at=db_now() + timedelta(days=days), **values)


def told() -> list[str]:
    found = sorted(each.to[0] for each in mail.outbox)
    mail.outbox.clear()
    return found


def test_the_owner_and_the_compliance_contact_are_told_once_at_each_distance(clinic: Client) -> None:
    row = runs_out_in(clinic, 59.5)
    assert warn_of_expiry() == 2
    letter = mail.outbox[0]
    assert letter.subject == "An agreement of Bright Smiles runs out within 60 days"
    assert "/c/bright-smiles/readiness/" in letter.body
    assert told() == ["bob@example.org", "olive@example.org"]
    assert warn_of_expiry() == 0
    for days, number in ((40, 0), (29.5, 2), (20, 0), (6.5, 2), (1, 0), (-1, 0)):
        with acting_for(clinic.pk):
            Agreement.objects.filter(pk=row.pk).update(expires_at=db_now() + timedelta(days=days))
        assert warn_of_expiry() == number
    with acting_for(clinic.pk):
        assert sorted(ExpiryWarning.objects.values_list("days", "people")) == [(7, 2), (30, 2), (60, 2)]


def test_one_that_is_filed_late_is_told_of_once_at_the_nearest_distance(clinic: Client) -> None:
    runs_out_in(clinic, 5)
    assert warn_of_expiry() == 2
    assert warn_of_expiry() == 0
    assert "within 7 days" in mail.outbox[0].subject


@pytest.mark.parametrize("days, kind, replaced", [
    (300, "client", True), (None, "client", True), (300, "hosting", False), (3, "client", False),
])  # fmt: skip
def test_nobody_is_told_when_the_next_one_is_on_file(
    clinic: Client, days: int | None, kind: str, replaced: bool
) -> None:
    runs_out_in(clinic, 20)
    with acting_for(clinic.pk):
        until = None if days is None else db_now() + timedelta(days=days)
        people.agreement(clinic, kind=kind, expires_at=until)
        due = [row.expires_at for row, _ in expiring._due(clinic, db_now())]
    assert (len([each for each in due if each and each > db_now() + timedelta(days=10)]) == 0) is replaced


def test_an_agreement_without_an_end_or_withdrawn_is_told_of_by_nobody(clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.agreement(clinic)
    runs_out_in(clinic, 20, kind="hosting", ended_at=db_now())
    assert warn_of_expiry() == 0


def test_a_mail_server_that_takes_nothing_is_asked_again(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_out_in(clinic, 20)

    def down(*_: Any, **__: Any) -> int:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", down)
        assert warn_of_expiry() == 0
    assert warn_of_expiry() == 2


def test_a_rivals_people_hear_nothing(clinic: Client) -> None:
    rival = people.rival_clinic()
    people.member("Rita", Role.APPROVER, client=rival)
    people.charlie()
    runs_out_in(clinic, 20)
    warn_of_expiry()
    assert told() == ["bob@example.org", "olive@example.org"]
