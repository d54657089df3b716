"""The steps of a new client: they say what readiness says, lead to its pages, and are met after "New client"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance.pages.setting_up import _steps
from compliance.readiness import cards
from tenants.clock import db_now
from tenants.models import Client, Invitation, Role
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def answers(client: Client) -> dict[str, str]:
    with acting_for(client.pk):
        return {step.title: step.answer for step in _steps(client, cards(client, db_now()))}


def test_a_bare_client_shows_what_is_open_and_a_prepared_one_that_all_is_done() -> None:
    bare = people.client_of(people.agency(), "Glow Spa", covered="unset", addiction="unset")
    found = answers(bare)
    assert (
        found["HIPAA and what is treated"] == found["Agreements"] == found["The compliance contact"] == "held"
    )
    assert found["The mail domain"] == found["Name, telephone and hours"] == ""
    clinic = people.clinic(covered="covered", legal_name="Bright Smiles PLLC")
    with acting_for(clinic.pk):
        people.mail_sender(clinic, provider="smtp")
        people.ready(clinic)
    assert answers(clinic)["Agreements"] == answers(clinic)["The mail domain"] == "clear"


def test_an_invited_compliance_contact_is_open_until_they_came_in() -> None:
    clinic = people.clinic()
    assert answers(clinic)["The compliance contact"] == "held"
    Invitation.objects.create(
        token_hash=b"1" * 32, email="b@example.org", name="B", role=Role.APPROVER, client=clinic, invited_by=people.alice(),
        expires_at=db_now() + timedelta(days=7),
    )  # fmt: skip
    assert answers(clinic)["The compliance contact"] == ""
    people.bob(clinic)
    assert answers(clinic)["The compliance contact"] == "clear"


def test_the_page_leads_to_where_each_is_done() -> None:
    clinic = people.clinic()
    page = reverse("setting_up", args=[clinic.slug])
    told = people.sign_in(Browser(), people.alice()).get(page).content.decode()
    assert "Setting up Bright Smiles" in told
    for name in ("settings", "postal_address", "list_certificate", "import_new"):
        assert reverse(name, args=[clinic.slug]) in told
    assert "None is needed: the client is not covered by HIPAA." in told
    assert people.sign_in(Browser(), people.bob(clinic)).get(page).status_code == 403
    assert people.sign_in(Browser(), people.charlie()).get(page).status_code == 404
