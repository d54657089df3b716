"""The hosted form: what people agree to there is a signed consent with the wording they saw, and nobody else can agree for them."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser

from consent import signing_up
from consent.finding import word_hashes
from consent.models import ConsentRecord, Contact, ContactPoint, SignupForm, SignupWording, Suppression
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Purpose
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
HERE = {"Origin": "http://testserver", "User-Agent": "Firefox"}
JANE = {"first_name": "Jane", "last_name": "Doe", "phone": "(574) 231-0611", "signer_name": "Jane Doe", "agree": "on",
        "signer_relationship": "self"}  # fmt: skip
ALL = list(Purpose.values)


@pytest.fixture
def clinic() -> Client:
    cache.clear()
    return people.clinic(website="https://brightsmiles.example")


@pytest.fixture
def form(clinic: Client) -> SignupForm:
    made = SignupForm.objects.create(public_id="a" * 22, client=clinic, name="Website")
    with acting_for(clinic.pk):
        SignupWording.objects.create(
            client=clinic, form=made.public_id, number=1, purposes=ALL, wording=signing_up.starter(clinic.name, ALL),
            made_by=people.user("Bob"),
        )  # fmt: skip
    return made


@pytest.fixture
def browser() -> Browser:
    return Browser(enforce_csrf_checks=True)


def shown(browser: Browser, form: SignupForm, **headers: str) -> str:
    answer = browser.get(f"/s/{form.public_id}/", headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found
    return found[1]


def agree(browser: Browser, form: SignupForm, headers: dict[str, str] | None = None, **given: str) -> Any:
    values = JANE | {"ticket": ticket(shown(browser, form))} | given
    return browser.post(
        f"/s/{form.public_id}/",
        {key: value for key, value in values.items() if value},
        headers=headers or HERE,
    )


def known(clinic: Client, **values: Any) -> Contact:
    """Jane, as an import would have brought her."""
    words = sorted(word_hashes(clinic.pk, ("jane", "doe")))
    return people.contact(clinic, phone="+15742310611", name_words=words, **values)


def records(clinic: Client) -> list[ConsentRecord]:
    with acting_for(clinic.pk):
        return list(ConsentRecord.objects.order_by("purpose"))


def test_the_wording_stands_beside_an_empty_box_without_cookie_or_script(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    answer = browser.get(f"/s/{form.public_id}/")
    page = answer.content.decode()
    assert signing_up.starter(clinic.name, ALL) in page
    (box,) = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    assert "checked" not in box
    assert not answer.cookies
    assert "<script" not in page
    assert records(clinic) == []


def test_a_yes_given_there_is_a_signed_consent_with_all_its_proof(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    answer = agree(browser, form)
    assert answer.status_code == 200
    assert "Your yes is on record" in answer.content.decode()
    made = records(clinic)
    assert [(each.purpose, each.tier, each.method, each.missing) for each in made] == [
        (purpose, "written", "web_form", []) for purpose in ("care", "marketing", "recall")
    ]
    assert made[0].wording == signing_up.starter(clinic.name, ALL)
    assert made[0].promised_a_month == 4
    proof = json.loads(made[0].evidence)
    assert proof["ip"] == "127.0.0.1"
    assert proof["user_agent"] == "Firefox"
    assert proof["page_url"].endswith(f"/s/{form.public_id}/")
    assert "version 1, SHA-256" in proof["form_version"]
    with acting_for(clinic.pk):
        assert ContactPoint.objects.get().value == "+15742310611"
        assert Contact.objects.get().name == "Jane Doe"
        assert AuditEvent.objects.filter(verb="consent.recorded").count() == 3


@pytest.mark.parametrize(
    "given",
    [{"agree": ""}, {"signer_name": ""}, {"phone": "12"}, {"first_name": ""}, {"signer_relationship": "dog"}],
)
def test_a_form_that_lacks_something_records_nothing_and_keeps_what_was_typed(
    browser: Browser, form: SignupForm, clinic: Client, given: dict[str, str]
) -> None:
    answer = agree(browser, form, None, **given)
    assert answer.status_code == 422
    assert 'value="Doe"' in answer.content.decode()
    assert "checked" not in "".join(re.findall(r'<input[^>]*type="checkbox"[^>]*>', answer.content.decode()))
    assert records(clinic) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_website_cannot_agree_for_somebody(
    browser: Browser, form: SignupForm, clinic: Client, headers: dict[str, str]
) -> None:
    assert agree(browser, form, headers or {"X-Nothing": "1"}).status_code == 403
    assert records(clinic) == []


def test_a_page_shown_too_long_ago_or_never_is_read_once_more(
    browser: Browser, form: SignupForm, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agree(browser, form, ticket="made-up").status_code == 422
    monkeypatch.setattr(signing_up, "SHOWN_FOR", -1)
    assert "open for too long" in agree(browser, form).content.decode()
    assert records(clinic) == []


def test_two_clicks_are_one_yes(browser: Browser, form: SignupForm, clinic: Client) -> None:
    for _ in range(2):
        assert agree(browser, form).status_code == 200
    assert len(records(clinic)) == 3
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 1


def test_who_read_the_former_wording_agreed_to_that_one(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    seen = ticket(shown(browser, form))
    with acting_for(clinic.pk):
        SignupWording.objects.update(ended_at=db_now())
        SignupWording.objects.create(
            client=clinic, form=form.public_id, number=2, purposes=["care"], made_by=people.user("Bob"),
            wording=signing_up.starter(clinic.name, ["care"]),
        )  # fmt: skip
    agree(browser, form, ticket=seen)
    assert "version 1" in json.loads(records(clinic)[0].evidence)["form_version"]
    assert {each.wording for each in records(clinic)} == {signing_up.starter(clinic.name, ALL)}


def test_a_yes_lifts_no_opt_out_and_the_page_tells_nobody_of_one(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    with acting_for(clinic.pk):
        jane = known(clinic)
        suppress(clinic.pk, ContactPoint.objects.get(contact=jane).address_id, "sms", "keyword")
    answer = agree(browser, form)
    assert "text START" in answer.content.decode()
    assert answer.content == agree(browser, form, phone="5742310612").content
    with acting_for(clinic.pk):
        assert Suppression.objects.in_force(db_now()).exists()
        assert ConsentRecord.objects.filter(contact=jane).count() == 3  # joined with whom we know


def test_nobody_can_change_what_is_known_of_a_person(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    with acting_for(clinic.pk):
        people.contact(clinic, phone="+15742310611", email="jane@example.org")
    agree(browser, form, first_name="Mallory", last_name="Moor")
    with acting_for(clinic.pk):
        assert sorted(each.name for each in Contact.objects.all()) == ["Jane Doe", "Mallory Moor"]


def test_a_child_is_signed_for_by_a_guardian(browser: Browser, form: SignupForm, clinic: Client) -> None:
    with acting_for(clinic.pk):
        known(clinic, adult_from=db_now().date() + timedelta(days=900))
    agree(browser, form)
    assert {each.tier for each in records(clinic)} == {"number_given"}
    with acting_for(clinic.pk):
        ConsentRecord.objects.all().end(db_now())
    agree(browser, form, signer_relationship="guardian", signer_name="Ann Doe")
    assert {each.tier for each in records(clinic) if each.ended_at is None} == {"written"}


def test_too_many_forms_from_one_place_wait_a_minute(
    browser: Browser, form: SignupForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)  # one minute, whatever the clock says meanwhile
    statuses = [agree(browser, form, agree="").status_code for _ in range(signing_up.A_MINUTE["ip"] + 1)]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {422}


def test_it_may_stand_in_the_practices_own_website_only(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    answer = browser.get(f"/s/{form.public_id}/")
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors https://brightsmiles.example https://www.brightsmiles.example" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in answer
    Client.objects.filter(pk=clinic.pk).update(website="")
    answer = browser.get(f"/s/{form.public_id}/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_a_closed_form_and_one_that_names_a_former_name_answer_no_more(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    Client.objects.filter(pk=clinic.pk).update(name="Brighter Smiles")
    assert browser.get(f"/s/{form.public_id}/").status_code == 404
    Client.objects.filter(pk=clinic.pk).update(name="Bright Smiles")
    SignupForm.objects.update(closed_at=db_now())
    assert browser.get(f"/s/{form.public_id}/").status_code == 404
    assert browser.get("/s/unknown/").status_code == 404


def test_a_covered_practice_without_an_agreement_takes_nobody(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    Client.objects.filter(pk=clinic.pk).update(covered="covered")
    assert agree(browser, form).status_code == 422
    assert records(clinic) == []


@pytest.mark.parametrize("purpose", ALL)
def test_the_form_shows_a_text_of_each_kind_that_it_is_about(
    browser: Browser, form: SignupForm, clinic: Client, purpose: str
) -> None:
    with acting_for(clinic.pk):
        SignupWording.objects.update(purposes=[purpose])
    page = shown(browser, form)
    (example,) = signing_up.examples(clinic.name, [purpose])
    assert (example in page, page.count("<blockquote>")) == (True, 1)
    assert (example.startswith("Bright Smiles: "), example.endswith("Reply STOP to opt out")) == (True, True)


def test_a_yes_that_ends_by_itself_says_so_and_does(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    SignupForm.objects.update(asks_mail=True)
    with acting_for(clinic.pk):
        SignupWording.objects.update(lasts_months=12)
    assert shown(browser, form).count("This yes ends by itself after 12 months.") == 2
    agree(browser, form, email="jane@example.org", agree_mail="on")
    link = re.search(r"(/confirm-mail/[\w-]+/)", str(mail.outbox[0].body))
    assert link
    browser.post(link[1])
    made = records(clinic)
    assert {each.channel for each in made} == {"sms", "email"}
    for each in made:
        assert each.wording.endswith("This yes ends by itself after 12 months.")
        assert each.expires_at
        assert timedelta(days=363) < each.expires_at - each.since < timedelta(days=367)
