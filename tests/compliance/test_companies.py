"""Further companies that see a client's data: each is named, and none without its agreement where HIPAA covers the client."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client as Browser
from django.urls import reverse

from compliance.data_plan import plan_of
from compliance.readiness import cards
from tenants.clock import db_now
from tenants.models import Agreement, AuditEvent, Client, Role, SubProcessor
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_filing import PDF

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Night Line LLC", "product": "Telephone answering", "sees": "Names and numbers."}


@pytest.fixture
def clinic() -> Client:
    return people.clinic(covered="covered")


@pytest.fixture
def alice(clinic: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def card(clinic: Client) -> Any:
    with acting_for(clinic.pk):
        return next(each for each in cards(clinic, db_now()) if each.kind == "company")


def name_it(clinic: Client, browser: Browser) -> SubProcessor:
    browser.post(reverse("company_new", args=[clinic.slug]), GIVEN)
    with acting_for(clinic.pk):
        return SubProcessor.objects.get()


def test_a_named_company_is_held_until_its_agreement_is_filed(clinic: Client, alice: Browser) -> None:
    answer = alice.post(reverse("company_new", args=[clinic.slug]), GIVEN)
    row = card(clinic).company
    assert (
        answer["Location"] == reverse("agreement_new", args=[clinic.slug]) + f"?kind=other&company={row.pk}"
    )
    assert card(clinic).answer == "held"
    paper = {
        "kind": "other", "company": row.pk, "parties": "Reach and Night Line", "signed_on": "2026-01-05",
        "file": SimpleUploadedFile("baa.pdf", PDF),
    }  # fmt: skip
    assert alice.post(reverse("agreement_new", args=[clinic.slug]), paper).status_code == 302
    assert card(clinic).answer == "clear"
    assert ("Sees", "Names and numbers.") in card(clinic).facts


def test_an_agreement_with_another_company_names_which(clinic: Client, alice: Browser) -> None:
    name_it(clinic, alice)
    paper = {
        "kind": "other", "parties": "X", "signed_on": "2026-01-05", "file": SimpleUploadedFile("baa.pdf", PDF)
    }  # fmt: skip
    answer = alice.post(reverse("agreement_new", args=[clinic.slug]), paper)
    assert answer.status_code == 422
    assert "Choose the company it was made with" in answer.content.decode()
    with acting_for(clinic.pk), pytest.raises(IntegrityError):
        people.agreement(clinic, kind=Agreement.Kind.OTHER)


def test_one_that_sees_nothing_any_more_is_out_of_the_chain_and_of_the_plan(
    clinic: Client, alice: Browser
) -> None:
    row = name_it(clinic, alice)
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        told = dict(plan_of(made))["Who sees it"]
        assert "Night Line LLC, for Telephone answering, sees: Names and numbers." in told
    alice.post(reverse("company_end", args=[clinic.slug, row.pk]))
    with acting_for(clinic.pk):
        assert not [each for each in cards(clinic, db_now()) if each.kind == "company"]
        assert "Night Line" not in dict(plan_of(made))["Who sees it"]
        assert AuditEvent.objects.filter(verb="company.ended").count() == 1


def test_where_hipaa_covers_nobody_a_company_is_only_named() -> None:
    clinic = people.clinic(covered="not_covered")
    with acting_for(clinic.pk):
        people.company(clinic)
    assert card(clinic).answer == "clear"


def test_the_compliance_contact_reads_and_a_stranger_sees_nothing(clinic: Client, alice: Browser) -> None:
    row = name_it(clinic, alice)
    bob = people.sign_in(Browser(), people.bob(clinic))
    assert "Night Line LLC" in bob.get(reverse("readiness", args=[clinic.slug])).content.decode()
    assert bob.post(reverse("company_end", args=[clinic.slug, row.pk])).status_code == 403
    stranger = people.sign_in(
        Browser(), people.member("Mallory", Role.APPROVER, client=people.rival_clinic())
    )
    assert stranger.post(reverse("company_end", args=[clinic.slug, row.pk])).status_code == 404
    assert stranger.get(reverse("company_new", args=[clinic.slug])).status_code == 404
