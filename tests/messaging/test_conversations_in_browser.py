"""Answering, lists of opt-outs and the hosted form, looked at as their users do: at both widths, by keyboard, and what a machine sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import FilePayload, Page, expect, sync_playwright

from consent import signing_up
from consent.models import SignupForm, SignupWording
from consent.opt_outs import loading
from messaging.models import Message, ReadyWords
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.browser.looking import Eyes, settled
from tests.chromium import FLAGS, chromium
from tests.messaging.test_answering import wrote

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
JANE = "+15742310001"


@pytest.fixture
def page(live_server: Any, settings: Any) -> Iterator[Page]:
    settings.DEMO = True  # no second factor to type
    settings.PUBLIC_URL = live_server.url
    with sync_playwright() as playwright:
        connections.close_all()
        people.olive()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        opened = browser.new_page(base_url=live_server.url)
        opened.goto("/accounts/login/")
        opened.fill("[name=login]", "olive@example.org")
        opened.fill("[name=password]", people.PASSWORD)
        opened.click("text=Sign in >> nth=-1")
        opened.wait_for_url("**/")
        yield opened
        browser.close()
        connections.close_all()


@pytest.fixture
def clinic(page: Page) -> Client:
    clinic = people.clinic(website="https://brightsmiles.example")
    olive = people.user("Olive")
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
        people.contact(clinic, first_name="Otto", last_name="Out", phone="+15742310002")
        people.sms_sender(clinic)
        people.ready(clinic)
        ReadyWords.objects.create(
            client=clinic,
            name="Directions",
            words="Dear {{ first_name }}, we are next to the library.",
            made_by=olive,
        )
        made = loading.receive(clinic, [b"phone,said\n5742310777,STOP\nabc,\n"], "former provider.csv", olive)
        loading.order(made, made.mapping, olive)
        form = SignupForm.objects.create(public_id="a" * 22, client=clinic, name="Website")
        purposes = ["care", "recall", "marketing"]
        SignupWording.objects.create(
            client=clinic, form=form.public_id, number=1, purposes=purposes, made_by=olive,
            wording=signing_up.starter(clinic.name, purposes),
        )  # fmt: skip
    loading.load(made.pk, clinic.pk)
    return clinic


def test_somebody_is_answered_and_the_conversation_shows_it(page: Page, clinic: Client) -> None:
    eyes = Eyes(page)
    one = wrote(clinic, "When are you open? Can I bring my son?")
    gone = wrote(clinic, "STOP", 2, sender="+15742310002")
    page.goto(f"/c/{clinic.slug}/inbox/?show=all")
    eyes.look("inbox")
    page.goto(f"/c/{clinic.slug}/inbox/{one.pk}/")
    page.select_option("#ready", label="Directions")
    page.click("text=Put in")
    expect(page.locator("#id_words")).to_have_value("Dear Jane, we are next to the library.")
    settled(page)
    eyes.look("answering")
    page.click("text=Send the answer")
    expect(page.get_by_text("Your answer is queued")).to_be_visible()
    expect(page.locator(".talk .ours")).to_contain_text("Dear Jane, we are next to the library.")
    eyes.look("answered")
    page.goto(f"/c/{clinic.slug}/inbox/{gone.pk}/")
    eyes.look("opted-out")
    expect(page.get_by_text("Nobody can write to them")).to_be_visible()
    page.goto(f"/c/{clinic.slug}/ready-words/")
    eyes.look("ready-words")
    with acting_for(clinic.pk):
        message = Message.objects.get().pk
    page.goto(f"/c/{clinic.slug}/why/{message}/")
    eyes.look("why-an-answer")


def test_a_list_of_opt_outs_is_looked_at_before_it_counts(page: Page, clinic: Client) -> None:
    eyes = Eyes(page)
    page.goto(f"/c/{clinic.slug}/opt-outs/")
    eyes.look("opt-outs")
    file: FilePayload = {
        "name": "stops.csv",
        "mimeType": "text/csv",
        "buffer": b"Cell,Date\n5742310711,2024-03-07\n",
    }
    page.set_input_files("#file", files=[file])
    page.click("text=Read it")
    expect(page.get_by_text("Opt them out for good")).to_be_visible()
    eyes.look("opt-out-columns")
    page.goto(f"/c/{clinic.slug}/opt-outs/")
    page.click("text=former provider.csv")
    eyes.look("opt-out-report")


def test_somebody_agrees_on_the_hosted_form(page: Page, clinic: Client) -> None:
    eyes = Eyes(page)
    page.goto(f"/c/{clinic.slug}/sign-up/")
    eyes.look("sign-up-forms")
    page.goto(f"/s/{'a' * 22}/")
    eyes.look("sign-up")
    page.fill("#id_first_name", "Jane")
    page.fill("#id_last_name", "Doe")
    page.fill("#id_phone", "574 231 0699")
    page.fill("#id_signer_name", "Jane Doe")
    eyes.expected.add(422)
    page.click("button:has-text('I agree')")
    expect(page.get_by_text("Tick the box if you agree")).to_be_visible()
    eyes.look("sign-up-unticked")
    page.check("#id_agree")
    page.click("button:has-text('I agree')")
    expect(page.get_by_text("Your yes is on record")).to_be_visible()
    eyes.look("signed-up")
