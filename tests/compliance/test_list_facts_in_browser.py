"""The registry, the look-up and the seed mail, looked at as their users do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from compliance.models import LookupRun, NumberLookup, RegistryFile, SeedMail
from consent.models import ContactPoint
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.browser.looking import Eyes
from tests.compliance.registry import looked_up
from tests.compliance.test_registration_checks import account
from tests.compliance.test_rulebook_in_browser import page

__all__ = ["page"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def known_a_little(clinic: Client) -> None:
    at = db_now()
    with acting_for(clinic.pk):
        account(clinic)
        people.sms_sender(clinic)
        people.mail_sender(clinic)
        for number in range(4):
            people.contact(clinic, first_name=f"N{number}", phone=people.a_phone())
        people.ready(clinic)
        looked_up(clinic)
        RegistryFile.objects.create(
            client=clinic, kind="registry", as_of=at.date(), account="10555-1", file_name="574.xml", file_sha256="0" * 64,
            state="refused", problem="Line 1 is no number of ten digits.",
        )  # fmt: skip
        run = LookupRun.objects.create(
            client=clinic, reassigned=True, wanted=4, dollars="0.112", answered=2, state="done"
        )
        for kind, point in zip(
            ("mobile", "landline"), ContactPoint.objects.filter(channel="sms"), strict=False
        ):
            NumberLookup.objects.create(
                client=clinic, run=run, address_id=point.address_id, line_type=kind, reassigned="no",
                good_until=at + timedelta(days=30),
            )  # fmt: skip


def test_the_registry_the_look_up_and_the_seed_mail_are_plain(page: Page) -> None:  # noqa: F811
    clinic = people.clinic()
    eyes: Any = Eyes(page)
    for path in ("do-not-call", "look-up", "seed-mails"):
        page.goto(f"/c/{clinic.slug}/readiness/{path}/")
        eyes.look(f"{path}-empty")
    known_a_little(clinic)
    page.goto(f"/c/{clinic.slug}/readiness/do-not-call/")
    expect(page.get_by_text("0 of our numbers listed, 0 clear.")).to_be_visible()
    eyes.look("do-not-call")
    page.goto(f"/c/{clinic.slug}/readiness/look-up/")
    expect(page.get_by_role("button", name="Look up 2 for $0.02")).to_be_visible()
    eyes.look("look-up")
    with acting_for(clinic.pk):
        SeedMail.objects.create(client=clinic, domain="mail.brightsmiles.example", code="0a1b2c3d4e5f")
    page.goto(f"/c/{clinic.slug}/readiness/seed-mails/")
    expect(page.get_by_label("Source of the mail")).to_be_visible()
    eyes.look("seed-mails")
    page.goto(f"/c/{clinic.slug}/readiness/")
    eyes.look("readiness-of-a-list")
    page.goto(f"/c/{clinic.slug}/settings/")
    eyes.look("settings-of-a-desk")
