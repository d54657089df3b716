"""The cleaning report counts what is kept back, says how old the list is, and names the newest look at each thing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.cleaning import Report, report
from compliance.models import LookupRun, MailLookup, NumberLookup
from consent.models import Contact, ContactPoint, Import, Suppression, UnsafeMark
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.compliance.registry import looked_up

pytestmark = pytest.mark.django_db


def numbers(found: Report) -> dict[str, int]:
    lines = [*found.lists, *found.taken_out]
    return {line.label: line.number for line in lines}


@pytest.fixture
def clinic() -> Client:
    """Five people with numbers, each with something of their own."""
    clinic = people.clinic()
    with acting_for(clinic.pk):
        at = db_now()
        theirs: list[dict[str, Any]] = [
            {"deceased": True, "last_visit": (at - timedelta(days=800)).date()},
            {"adult_from": date(2099, 1, 1), "last_visit": (at - timedelta(days=800)).date()},
            {"last_visit": at.date()},
            {"last_visit": None},
            {"last_visit": (at - timedelta(days=2000)).date()},
        ]
        made = [
            people.contact(
                clinic, phone=people.a_phone(), email=f"p{number}@example.org", looked=False, **values
            )
            for number, values in enumerate(theirs)
        ]
        texts = list(ContactPoint.objects.filter(channel="sms").order_by("pk"))
        mails = list(ContactPoint.objects.filter(channel="email").order_by("pk"))
        Suppression.objects.create(
            client=clinic, address_id=texts[0].address_id, channel="sms", source="staff"
        )
        Suppression.objects.create(
            client=clinic, address_id=mails[1].address_id, channel="email", source="staff"
        )
        UnsafeMark.objects.create(address_id=texts[1].address_id, reason="wrong_number")
        UnsafeMark.objects.create(address_id=mails[2].address_id, reason="role")
        ContactPoint.objects.filter(pk=mails[4].pk).update(ended_at=at, end_reason="hard bounce")
        run = LookupRun.objects.create(client=clinic, reassigned=True, wanted=2, answered=2, dollars=0)
        for spot, line, owner in ((texts[2], "landline", "no"), (texts[3], "mobile", "yes")):
            NumberLookup.objects.create(
                client=clinic, run=run, address_id=spot.address_id, line_type=line, reassigned=owner,
                good_until=at + timedelta(days=30),
            )  # fmt: skip
        for spot, told in zip(mails, ("no_server", "unknown", "takes"), strict=False):
            MailLookup.objects.create(client=clinic, address_id=spot.address_id, domain=1, told=told)
        people.consent(made[2])
        people.consent(made[3], method="imported")
        Import.objects.create(
            client=clinic, file_name="dentrix.csv", file_sha256="0" * 64, state="done", done_at=at, taken=5, merged=2,
            refused=1, attested_by=people.user("Alice"),
        )  # fmt: skip
    return clinic


def test_it_counts_what_is_kept_back_and_what_was_not_looked_up(clinic: Client) -> None:
    with acting_for(clinic.pk):
        looked_up(clinic, listed=True)
        found = report(clinic, db_now())
    assert found.people == 5
    assert numbers(found) == {
        "Lists brought in": 1, "Lines taken": 5, "Lines merged": 2, "Lines refused": 1, "Deceased": 1,
        "Minors without a guardian": 1, "Households of several": 0, "Opted out of texts": 1,
        "Opted out of mails, complained or bounced": 1, "Wrong numbers and complaints": 1,
        "Shared and throw-away mail addresses": 1, "Addresses given up": 1, "Mail addresses at a domain without a mail server": 1,
        "Mail addresses whose domain could not be checked": 1, "Mail addresses whose domain was not looked at yet": 1,
        "Landlines and others that take no texts": 1,
        "Numbers that somebody else has now": 1, "On the national do-not-call registry": 5,
        "Numbers whose line was not looked up": 3, "Numbers without an answer of the registry that counts": 0,
    }  # fmt: skip
    assert [line.number for line in found.seen] == [1, 2, 1, 1]
    assert [line.number for line in found.consents] == [1, 0, 0, 1, 3, 1]


def test_it_names_the_newest_look_at_each_thing_and_what_was_never_looked_at(clinic: Client) -> None:
    alice = people.sign_in(Browser(), people.alice())
    page = alice.get(reverse("cleaning", args=[clinic.slug])).content.decode()
    assert "5 people on Bright Smiles" in page
    assert "dentrix.csv" in page
    assert "2 of 2 answered" in page
    assert (
        page.count("Never") == 4
    )  # the registry, the mail domains, the list of past opt-outs, the certificate


def test_the_clients_own_people_read_it_and_a_rival_does_not(clinic: Client) -> None:
    bob = people.sign_in(Browser(), people.bob(clinic))
    assert bob.get(reverse("cleaning", args=[clinic.slug])).status_code == 200
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        assert report(rival, db_now()).people == 0
    charlie = people.sign_in(Browser(), people.charlie())
    assert charlie.get(reverse("cleaning", args=[clinic.slug])).status_code == 404


def test_a_longer_list_asks_no_more_questions(clinic: Client) -> None:
    with acting_for(clinic.pk):
        with CaptureQueriesContext(connection) as few:
            report(clinic, db_now())
        for _ in range(5):
            people.contact(clinic, phone=people.a_phone())
        assert Contact.objects.count() == 10
        with CaptureQueriesContext(connection) as more:
            report(clinic, db_now())
    assert len(few) == len(more)
