"""Bookings and the report, looked at as their readers do: at a desk, on a phone, on paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.bookings import loading
from campaigns.models import BookingFile
from consent.models import Contact, Suppression
from messaging.models import Message
from tenants.scope import acting_for
from tests import people
from tests.browser.looking import Eyes
from tests.campaigns.bookings.files import HEAD, hours
from tests.compliance.test_rulebook_in_browser import page
from tests.messaging.flight import address
from tests.messaging.reports.counted import booked, ran
from tests.messaging.world import TEXT

__all__ = ["page"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_appointments_are_brought_and_the_report_tells_what_they_mean(page: Page) -> None:  # noqa: F811
    clinic = people.clinic()
    made = ran(clinic, TEXT, texts=120, hold_out=40, hold_out_seed="seed", name="Autumn recall", days_ago=9)
    eyes: Any = Eyes(page)
    page.goto(address("bookings", clinic))
    eyes.look("bookings-empty")
    with acting_for(clinic.pk):
        for number, contact in enumerate(Contact.objects.order_by("pk")):
            Contact.objects.filter(pk=contact.pk).update(external_id=f"P-{number}")
        for row in Message.objects.filter(status="accepted").order_by("pk")[:20]:
            booked(row.contact_id, row.claimed_at + timedelta(hours=row.pk % 50), status="kept", cents=14_500)
        for row in Message.objects.filter(status="held").order_by("pk")[:2]:
            booked(row.contact_id, row.settled_at + timedelta(hours=5))
        out = Message.objects.filter(status="accepted").order_by("-pk")[0]
        Suppression.objects.create(
            client=clinic, address_id=out.address_id, channel="sms", source="keyword",
            since=out.claimed_at + timedelta(days=2), enforced_at=out.claimed_at + timedelta(days=2, seconds=2),
        )  # fmt: skip
    page.get_by_role("main").get_by_role("link", name="Bring appointments").first.click()
    eyes.look("booking-new")
    lines = [
        HEAD + ",Procedure",
        f"P-1,A-1,{hours(-3)},{hours(50)},Scheduled,$120.00,Crown",
        f"P-999,,{hours(-3)},{hours(50)},,,",
    ]
    page.set_input_files(
        "#file", {"name": "appointments.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    )
    page.get_by_role("button", name="Bring it").click()
    expect(page.get_by_text("The file is being read.")).to_be_visible()
    with acting_for(clinic.pk):
        brought = BookingFile.objects.get().pk
    loading.load(clinic.pk, brought)
    expect(page.get_by_text("Nobody of this client has this patient number")).to_be_visible()
    eyes.look("booking-file")
    page.get_by_role("link", name="See the bookings").click()
    eyes.look("bookings")
    page.goto(address("live", clinic, made))
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_text("more of every 100 people booked")).to_be_visible()
    eyes.look("report")
    assert b"/Count 1" in page.pdf(format="Letter")  # one sheet of paper
    page.goto(address("campaign", clinic, made))
    eyes.look("editor-measured")
