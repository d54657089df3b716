"""Numbers, addresses, names, links and days as nobody means them: refused at their field with a sentence, nothing written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import TestCase
from django.urls import reverse

from campaigns.models import Campaign
from consent.models import ConsentRecord
from messaging.evidence.making import make_pack
from messaging.models import EvidencePack
from tenants.models import Agency, Agreement, Client, Invitation, Sender
from tenants.scope import acting_for
from tests import people
from tests.hostile import strings
from tests.hostile.desk import Desk, desk

pytestmark = pytest.mark.django_db
INTERNAL = [
    "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "https://0x7f.1/", "https://127.1", "https://2130706433/", "http://localhost/",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "ftp://brightsmiles.example/", "javascript:alert(1)", "data:text/html,x",
    "//evil.example", "\\\\evil.example", "https:\\\\evil.example", "https://user:pw@evil.example/", "https://%2f%2fevil.example",
    "https://evil.example\r\nSet-Cookie: x=1", "https://{{ first_name }}.evil.example/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def at() -> Desk:
    return desk()


def refused(at: Desk, form: str, **values: Any) -> str:
    """The page that comes back."""
    answer = at.post(form, values)
    assert answer.status_code == 422, (form, values)
    page: str = answer.content.decode()
    assert strings.ran(page) == []
    return page


NO_NUMBERS = [
    "+1 (555) 010-9999 x12", "12345", "+1 900 234 5678", "+44 20 7946 0958", "+1 416 555 0123", "+1 876 555 0123", "call us", "911",
    "574-231-06", "+1574231069900",
]  # fmt: skip


def test_a_number_that_cannot_send_or_receive_is_refused(at: Desk) -> None:
    for number in NO_NUMBERS:
        refused(at, "sender_sms", address=number)
        refused(at, "team_test_phone", test_phone=number)
    with acting_for(at.clinic.pk):
        assert not Sender.objects.filter(channel="sms").exclude(pk=at.step.sender_id).exists()
    assert not Agency.objects.exclude(test_phone="").exists()


def test_two_ways_of_writing_a_number_are_one_number(at: Desk) -> None:
    assert at.post("sender_sms", {"address": "１５７４２３１０６９９"}).status_code == 302
    for again in ("(574) 231-0699", "tel:+1-574-231-0699", "+1 574.231.0699"):
        assert "already in use" in refused(at, "sender_sms", address=again)


NO_ADDRESSES = [
    '"a b"@brightsmiles.example', "a@b@brightsmiles.example", "a@brightsmiles.example.", "a@brightsmiles", "a@[127.0.0.1]",
    "a" * 320 + "@brightsmiles.example", "a@" + "b" * 64 + ".example", "a@b.example\r\nBcc: c@d.example", "a@b.example\nc@d.example",
    "@b.example", "a b@c.example",
]  # fmt: skip


def test_a_mail_address_that_is_none_is_refused(at: Desk) -> None:
    for address in NO_ADDRESSES:
        refused(at, "sender_email", address=address)
        refused(at, "person", email=address)
    assert mail.outbox == []
    assert not Invitation.objects.exists()
    with acting_for(at.clinic.pk):
        assert not Sender.objects.filter(channel="email").exclude(pk=at.mail.sender_id).exists()


def test_twins_in_case_are_one_address(at: Desk) -> None:
    assert at.post("sender_email", {"address": "Hello+News@News.Brightsmiles.Example"}).status_code == 302
    assert "already in use" in refused(at, "sender_email", address="hello+news@news.brightsmiles.example")


def test_a_from_name_is_plain_words(at: Desk) -> None:
    for name in ("Eve <eve@evil.example>", "a@b", "B\r\nBcc: c@d.example", 'B"', "x" * 10_000, "\x1bB", ""):
        refused(at, "sender_email", display_name=name)


def test_a_name_of_two_lines_adds_no_header_to_a_mail(at: Desk) -> None:
    name = "Jane\r\nBcc: everybody@example.com"
    with TestCase.captureOnCommitCallbacks(execute=True):
        for form in ("person", "team_invite"):
            assert at.post(form, {"name": name, "email": f"{form}@example.net"}).status_code in {302, 422}
        at.post("settings", {"name": name})
        at.post("rule", {"name": name})
        at.post("person", {"name": "Vera", "email": "again@example.net"})
    assert mail.outbox
    for each in mail.outbox:
        sent = each.message()
        assert sent["Bcc"] is None
        assert "everybody@example.com" not in str(sent["To"])
        assert len(each.recipients()) == 1


def test_an_address_that_is_no_named_website_is_refused(at: Desk) -> None:
    findings = reverse("content_findings", args=[at.clinic.slug, at.campaign.pk])
    for target in INTERNAL:
        refused(at, "settings", website=target)
        if target != "//evil.example":  # a browser's short form of https://evil.example, and kept as that
            refused(at, "settings", health_policy=target)
        if "\n" in target:
            continue  # two lines of a mail are words and no link
        answer = at.post("mail", {"body": f"Come by: [book here]({target})"})
        if answer.status_code == 302:  # then the review of the words refuses it
            assert "not a named website" in at.browser.get(findings).content.decode(), target
    assert at.clinic.website == Client.objects.get(pk=at.clinic.pk).website


def test_a_website_is_taken_as_people_write_it(at: Desk) -> None:
    for website in (
        "https://brightsmiles.example",
        "http://www.bright-smiles.example/book?x=1",
        "brightsmiles.example",
        "",
    ):
        assert at.post("settings", {"website": website, "health_policy": website}).status_code == 302, website
        assert Client.objects.get(pk=at.clinic.pk).website == website


DAYS = [
    *strings.DAYS,
    "02/29/2025",
    "29.02.2025",
    "1/2/3",
    "2026-02-30",
    "yesterday",
    "-1",
    "２０２６-０１-０１",
    "2026-01-01T00:00",
    "0001-01-01",
]
DATED: dict[str, list[tuple[str, ...]]] = {
    "agreement": [("signed_on",), ("expires_on",)], "consent": [("day",), ("hour",)], "pack": [("since",)],
    "rule": [("last_visit_before", "last_visit_after", "starts_on")],
}  # fmt: skip


@pytest.mark.parametrize("form", DATED)
def test_a_day_that_cannot_be_is_refused_at_its_field(at: Desk, form: str) -> None:
    for fields in DATED[form]:
        for day in DAYS:
            answer = at.post(form, dict.fromkeys(fields, day))
            assert answer.status_code in {302, 422}, (form, fields, day)
    years = set(range(1990, 2101))
    with acting_for(at.clinic.pk):
        kept = [row.signed_on for row in Agreement.objects.all()]
        kept += [row.expires_at for row in Agreement.objects.all() if row.expires_at]
        kept += [row.since for row in ConsentRecord.objects.all()]
        rule = Campaign.objects.get(pk=at.campaign.pk)
        kept += [day for day in (rule.last_visit_before, rule.last_visit_after, rule.starts_on) if day]
        packs = list(EvidencePack.objects.order_by("since").values_list("pk", flat=True))
    assert {day.year for day in kept} <= years
    for pack in {packs[0], packs[-1]} if packs else ():
        make_pack(client_id=at.clinic.pk, pack_id=pack)
    with acting_for(at.clinic.pk):
        assert not EvidencePack.objects.exclude(problem="").exists()


@pytest.mark.parametrize("day, hour, utc", [
    ("2026-03-08", "02:30", "2026-03-08 07:30"),  # an hour that the clocks skip
    ("2025-11-02", "01:30", "2025-11-02 05:30"),  # an hour that comes twice: the first
    ("2024-02-29", "23:59", "2024-03-01 04:59"),
])  # fmt: skip
def test_hours_at_the_change_of_clocks_are_one_moment(at: Desk, day: str, hour: str, utc: str) -> None:
    assert at.post("consent", {"day": day, "hour": hour}).status_code == 302
    with acting_for(at.clinic.pk):
        assert ConsentRecord.objects.get().since.astimezone(UTC) == datetime.fromisoformat(utc).replace(
            tzinfo=UTC
        )


WRONG_FILTERS = [
    {"segment": "' OR 1=1--"}, {"segment": "tenant__users__password__startswith"}, {"sort": "password"}, {"sort": "-client__agency"},
    {"sort": "?"}, {"state": "opted_out'"}, {"before": "2025-02-29"}, {"segment": "(" * 1000 + ")" * 1000},
    {"segment": "(a+)+$" + "a" * 40 + "!"},
]  # fmt: skip


def test_a_filter_that_is_not_offered_shows_nobody(at: Desk) -> None:
    there, file = (reverse(name, args=[at.clinic.slug]) for name in ("contacts", "contacts_file"))
    jane = reverse("contact", args=[at.clinic.slug, at.contact.pk])
    assert jane in at.browser.get(there).content.decode()
    for query in WRONG_FILTERS:
        assert jane not in at.browser.get(there, query).content.decode(), query
        answer: Any = at.browser.post(file, query)
        taken = b"".join(answer.streaming_content).decode()
        assert "Jane" not in taken, query
    for page in ("inbox", "records", "campaigns"):
        for query in WRONG_FILTERS[::4]:
            assert at.browser.get(reverse(page, args=[at.clinic.slug]), query).status_code == 200, (
                page,
                query,
            )


def test_an_audience_takes_offered_values_only(at: Desk) -> None:
    for segment in ("' OR 1=1--", "tenant__users__password__startswith", "(a+)+$", "(" * 1000):
        refused(at, "rule", segments=[segment])
    refused(at, "rule", segments=["Recall"] * 999 + ["x"])
    with acting_for(at.clinic.pk):
        assert Campaign.objects.get(pk=at.campaign.pk).segments == []


def test_a_person_of_a_rival_agency_meets_none_of_it(at: Desk) -> None:
    charlie = people.sign_in(type(at.browser)(), people.charlie())
    for form in ("settings", "rule", "sender_email"):
        address, given = at.door(form)
        assert charlie.post(address, given).status_code == 404
