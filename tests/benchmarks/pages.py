"""How long the server needs for the pages of the walk, with as many contacts and messages as wanted."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from consent.models import Contact
from messaging.models import Message
from tenants.models import Client, User
from tenants.scope import acting_for
from tests import people
from tests.benchmarks.measuring import Clock, milliseconds
from tests.benchmarks.world import KNOWN_NAME, KNOWN_PHONE

TIMES = 9


def pages() -> dict[str, Any]:
    """Milliseconds (wall and CPU) and queries of each page, signed in as the agency's staff."""
    of = Client.objects.get()
    browser = people.sign_in(Browser(), User.objects.get(name="Alice"))
    with acting_for(of.pk):
        campaign, middle = Campaign.objects.get().pk, Contact.objects.order_by("pk")[50].pk
        message = Message.objects.earliest("pk").pk
    one, person, told = [of.slug, campaign], [of.slug, middle], [of.slug, message]
    search = reverse("contact_search", args=[of.slug])
    asked: dict[str, tuple[str, dict[str, str] | None]] = {
        "overview": (reverse("client", args=[of.slug]), None),
        "contacts": (reverse("contacts", args=[of.slug]), None),
        "contacts, a page far down": (reverse("contacts", args=[of.slug]) + f"?after=~{middle}", None),
        "contacts, one segment": (reverse("contacts", args=[of.slug]) + "?segment=Segment+2", None),
        "search by phone": (search, {"q": KNOWN_PHONE}),
        "search by name": (search, {"q": " ".join(KNOWN_NAME)}),
        "search for nobody": (search, {"q": "Zebedee Nobody"}),
        "campaigns": (reverse("campaigns", args=[of.slug]), None),
        "one campaign": (reverse("campaign", args=one), None),
        "flight check": (reverse("flight_check", args=one), None),
        "flight check, its audience": (reverse("audience_funnel", args=one), None),
        "approval": (reverse("approval_status", args=one), None),
        "launch": (reverse("launch", args=one), None),
        "launch, its numbers": (reverse("launch_numbers", args=one), None),
        "one contact": (reverse("contact", args=person), None),
        "one contact, the gate": (reverse("contact_gate", args=person), None),
        "why, a person": (reverse("why_contact", args=person), None),
        "why, a message": (reverse("why_message", args=told), None),
        "why, now": (reverse("why_now", args=told), None),
        "readiness": (reverse("readiness", args=[of.slug]), None),
        "inbox": (reverse("inbox", args=[of.slug]), None),
        "records": (reverse("records", args=[of.slug]), None),
        "settings": (reverse("settings", args=[of.slug]), None),
        "rates": (reverse("rates", args=[of.slug]), None),
        "rulebook": (reverse("rulebook"), None),
        "live": (reverse("live", args=one), None),
        "usage": (reverse("usage"), None),
        "live, its numbers": (reverse("live_numbers", args=one), None),
    }
    return {name: timed(browser, url, data) for name, (url, data) in asked.items()}


def reports() -> dict[str, Any]:
    """The same of the pages that count what campaigns brought: where five wrote to everybody, and one in ten booked."""
    of = Client.objects.get()
    browser = people.sign_in(Browser(), User.objects.get(name="Alice"))
    with acting_for(of.pk):
        first, *_, last = Campaign.objects.order_by("pk").values_list("pk", flat=True)
    one = [of.slug, last]
    asked = {
        "campaign report": reverse("campaign_report", args=one),
        "campaign report, the file": reverse("campaign_report_pdf", args=one),
        "two campaigns": reverse("campaign_compare", args=[of.slug]) + f"?one={last}&other={first}",
        "usage, with what it brought": reverse("usage"),
    }
    return {name: timed(browser, url) for name, url in asked.items()}


def timed(
    browser: Browser, url: str, data: dict[str, str] | None = None, *, anew: bool = False
) -> dict[str, Any]:
    """One page asked several times; `anew`: each time without what others who looked at it a moment ago have read."""

    def ask() -> Any:
        return (
            browser.get(url, headers={"HX-Request": "true"} if "numbers" in url else {})
            if data is None
            else browser.post(url, data)
        )

    answer = ask()
    assert answer.status_code in (200, 302), (url, answer.status_code)
    walls, cpus = [], []
    for _ in range(TIMES):
        if anew:
            cache.clear()
        with Clock() as took:
            ask()
        walls.append(took.wall)
        cpus.append(took.cpu)
    with CaptureQueriesContext(connection) as captured:
        ask()
    slowest = max(
        captured.captured_queries, key=lambda query: float(query["time"]), default={"time": "0", "sql": ""}
    )
    return {
        "wall_ms": milliseconds(walls),
        "cpu_ms": milliseconds(cpus),
        "queries": len(captured),
        "slowest": slowest["sql"][:200],
    }
