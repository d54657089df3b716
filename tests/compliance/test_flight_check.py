"""The flight check, the funnel and its people, and laying a campaign before the client."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import ApprovalRequest, AudienceCount, Campaign, CampaignVersion, Step
from compliance import counting, flight
from compliance.checks import CHECKS
from compliance.gate import applies_to
from compliance.models import ContentReview, ListCertificate
from compliance.pages.reasons import behind
from compliance.preview import audience
from compliance.tasks import count_audience
from compliance.windows import draw
from consent.models import Suppression
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Sender
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
NEW_YORK = "IN/America/New_York"


@pytest.fixture
def client() -> Client:
    return people.clinic()


@pytest.fixture
def campaign(client: Client) -> Campaign:
    """Eight people: one without a telephone, one opted out, one without consent, two who share a number, three plain."""
    with acting_for(client.pk):
        made = people.campaign(client, by=people.alice())
        people.ready(client)
        for _ in range(3):
            people.consent(people.contact(client, phone=people.a_phone(), window_key=NEW_YORK))
        people.contact(client, email="only@example.org", first_name="=cmd()")
        gone = people.contact(client, phone=people.a_phone(), first_name="Gone")
        people.consent(gone)
        suppress(client.pk, gone.points.get().address_id, "sms", Suppression.Source.KEYWORD)
        people.contact(client, phone=people.a_phone(), first_name="Silent", window_key=NEW_YORK)
        shared = people.a_phone()
        for _ in range(2):
            people.consent(people.contact(client, phone=shared, window_key=NEW_YORK))
    draw(client)
    return made


@pytest.fixture
def alice(campaign: Campaign) -> Browser:
    return people.sign_in(Browser(), people.user("Alice"))  # type: ignore[no-any-return]


def at(name: str, campaign: Campaign, *more: str) -> str:
    return reverse(name, args=[campaign.client.slug, campaign.pk, *more])


def counts(client: Client, campaign: Campaign) -> dict[str, int]:
    with acting_for(client.pk):
        counted = audience(campaign, db_now())
        return {
            row["label"]: row["count"] for row in flight.funnel(counted, counted.steps[0], lambda code: code)
        }


def test_the_funnel_names_every_drop_and_adds_up(client: Client, campaign: Campaign) -> None:
    found = counts(client, campaign)
    assert found == {
        "Everyone the rule names": 8,
        "No mobile number": 1,
        "Share a number": 1,
        "Opt-outs": 1,
        "Consent": 1,
        "Clear": 4,
    }
    assert found["Everyone the rule names"] == sum(
        number for label, number in found.items() if label != "Everyone the rule names"
    )


@pytest.mark.parametrize(
    "code, number", [("without_address", 1), ("opted_out", 1), ("no_consent", 1), ("clear", 5)]
)
def test_the_people_behind_a_number_are_those_it_counts(
    client: Client, campaign: Campaign, code: str, number: int
) -> None:
    with acting_for(client.pk):
        assert (
            behind(
                campaign, Step.objects.select_related("campaign__client", "sender").get(), code, db_now()
            ).count()
            == number
        )


def test_the_page_groups_every_check_and_says_what_stands_in_the_way(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    page = alice.get(at("flight_check", campaign)).content.decode()
    assert "Ask the client for approval" in page
    funnel = alice.get(at("audience_funnel", campaign), {"full": "1"}).content.decode()
    for check in CHECKS:
        assert not applies_to(check, "sms") or f'id="{check.code}"' in page + funnel, check.code
    assert "How many can be texted" in funnel
    with acting_for(client.pk):
        Sender.objects.update(ended_at=db_now())
    page = alice.get(at("flight_check", campaign)).content.decode()
    assert "Not clear to send yet: Sender&#x27;s purpose" in page


def test_a_signed_campaign_in_order_is_clear(client: Client, campaign: Campaign, alice: Browser) -> None:
    with acting_for(client.pk):
        people.approve(campaign, people.bob(client))
    page = alice.get(at("flight_check", campaign)).content.decode()
    assert "Clear to send: launch it" in page
    assert "Signed by Bob" in page


def test_the_people_of_a_reason_are_listed_and_exported_without_formulas(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    answer = alice.post(at("reasons_file", campaign, "without_address") + "?step=1")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [row[2] for row in rows] == ["First name", "'=cmd()"]
    with acting_for(client.pk):
        assert AuditEvent.objects.get(verb="reasons.exported").detail == {
            "code": "without_address",
            "step": 1,
        }
    assert alice.get(at("reasons", campaign, "nonsense")).status_code == 404
    mail_only = at("reasons", campaign, "domain_not_ready") + "?step=1"  # of a text
    assert alice.get(mail_only).status_code == 404
    assert alice.get(at("reasons", campaign, "clear"), {"step": "9"}).status_code == 404
    bob = people.sign_in(Browser(), people.bob(client))
    assert bob.post(at("reasons_file", campaign, "clear")).status_code == 403


def test_a_count_is_kept_for_a_minute_and_made_anew_when_asked_or_changed(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    page = at("audience_funnel", campaign)
    first = re.search(r"<time[^>]*>", alice.get(page).content.decode())
    assert first
    with acting_for(client.pk):
        people.consent(people.contact(client, phone=people.a_phone()))
    assert first.group(0) in alice.get(page).content.decode()
    assert first.group(0) not in alice.get(page, {"again": "1"}).content.decode()
    with acting_for(client.pk):
        kept = counting.counted(campaign)
        campaign.fingerprint = "f" * 64
        assert kept
        assert counting.counted(campaign) != kept


def test_a_long_list_is_counted_by_a_worker(
    client: Client, campaign: Campaign, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[dict[str, int]] = []
    monkeypatch.setattr(counting, "AT_ONCE", 3)
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task", lambda self, name, kwargs, **_: rung.append(kwargs)
    )
    page = at("audience_funnel", campaign)
    for _ in range(2):
        assert "you can leave and come back" in alice.get(page).content.decode()
    assert rung == [{"client_id": client.pk, "campaign_id": campaign.pk}]  # asked for once
    alice.post(at("ask_approval", campaign))
    with acting_for(client.pk):
        assert not ApprovalRequest.objects.exists()
    count_audience(**rung[0])
    assert "Everyone the rule names" in alice.get(page).content.decode()


def test_asking_freezes_reviews_counts_and_mails_the_compliance_contact(
    client: Client, campaign: Campaign, alice: Browser, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    people.bob(client)
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.post(at("ask_approval", campaign), {"note": "Please look."})
    assert answer["Location"] == reverse("approval_status", args=[client.slug, campaign.pk])
    with acting_for(client.pk):
        request = ApprovalRequest.objects.select_related("count", "version").get()
        assert request.note == "Please look."
        assert request.mailed_at
        assert request.version.fingerprint == request.count.fingerprint == Campaign.objects.get().fingerprint
        assert ContentReview.objects.get(fingerprint=request.version.fingerprint).passed
        # Whom a signature would reach: the signature itself and the hour of asking keep nobody back.
        step = request.count.steps["1"]
        assert (request.count.people, step["total"], step["clear"], step["held"]) == (8, 6, 4, 1)
        assert set(step["codes"]) == {"opted_out", "no_consent", "owner_unknown"}
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"]]


def test_what_was_mended_since_the_last_look_does_not_stand_before_the_signer(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    people.bob(client)
    with acting_for(client.pk):
        certificate = ListCertificate.objects.get()
        ListCertificate.objects.update(ended_at=db_now())
    alice.get(at("audience_funnel", campaign))  # the count is made, and kept
    with acting_for(client.pk):
        ListCertificate.objects.filter(pk=certificate.pk).update(ended_at=None)
    alice.post(at("ask_approval", campaign))
    with acting_for(client.pk):
        step = ApprovalRequest.objects.get().count.steps["1"]
        assert (step["clear"], "list_not_certified" in step["codes"]) == (4, False)


def test_asking_again_replaces_the_open_request(client: Client, campaign: Campaign, alice: Browser) -> None:
    people.bob(client)
    alice.post(at("ask_approval", campaign))
    alice.post(at("ask_approval", campaign))
    with acting_for(client.pk):
        assert list(ApprovalRequest.objects.order_by("pk").values_list("outcome", flat=True)) == [
            "replaced",
            "",
        ]
        assert CampaignVersion.objects.count() == 1


def test_a_letter_that_fails_changes_nothing_and_is_shown(
    client: Client, campaign: Campaign, alice: Browser, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    people.bob(client)
    with django_capture_on_commit_callbacks(execute=True):  # the mail server of the tests does not answer
        alice.post(at("ask_approval", campaign))
    with acting_for(client.pk):
        assert ApprovalRequest.objects.get().mailed_at is None
    assert "The letter has not gone out" in alice.get(at("flight_check", campaign)).content.decode()


def test_words_that_the_review_blocks_are_not_laid_before_anybody(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    people.bob(client)
    with acting_for(client.pk):
        Step.objects.update(body="Bright Smiles: reply YES to book. Reply STOP to opt out")
    answer = alice.post(at("ask_approval", campaign), follow=True).content.decode()
    assert "Approval was not asked for. Replying YES lifts an opt-out" in answer
    assert "1 finding in the words" in answer
    with acting_for(client.pk):
        assert not ApprovalRequest.objects.exists()
        assert not CampaignVersion.objects.exists()
        assert not AudienceCount.objects.exists()


def test_without_a_compliance_contact_nothing_is_asked(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    assert "no compliance contact" in alice.post(at("ask_approval", campaign), follow=True).content.decode()
    with acting_for(client.pk):
        assert not ApprovalRequest.objects.exists()


def test_only_staff_ask(client: Client, campaign: Campaign) -> None:
    bob = people.sign_in(Browser(), people.bob(client))
    assert bob.post(at("ask_approval", campaign)).status_code == 403
    assert bob.get(at("flight_check", campaign)).status_code == 200


def test_findings_are_shown_for_one_step_of_the_saved_draft(
    client: Client, campaign: Campaign, alice: Browser
) -> None:
    with acting_for(client.pk):
        Step.objects.update(body="See bit.ly/x")
    assert "bit.ly" in alice.get(at("content_findings", campaign), {"step": "1"}).content.decode()
    assert "found nothing" in alice.get(at("content_findings", campaign), {"step": "2"}).content.decode()


def test_a_stranger_gets_404(client: Client, campaign: Campaign) -> None:
    charlie = people.sign_in(Browser(), people.charlie())
    for name, more in (
        ("flight_check", []),
        ("audience_funnel", []),
        ("content_findings", []),
        ("reasons", ["clear"]),
        ("reasons_file", ["clear"]),
        ("ask_approval", []),
    ):
        for ask in (charlie.get, charlie.post):
            assert ask(at(name, campaign, *more)).status_code == 404
    rival = people.rival_clinic()
    assert charlie.get(reverse("flight_check", args=[rival.slug, campaign.pk])).status_code == 404
    assert charlie.post(reverse("ask_approval", args=[rival.slug, campaign.pk])).status_code == 404
