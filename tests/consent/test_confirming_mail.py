"""A mail address typed into a form is nobody's until a mailed link confirmed it, and the record keeps both moments."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from consent import confirming_mail
from consent.models import (
    ConsentRecord,
    Contact,
    ContactPoint,
    MailConfirmation,
    MailWish,
    SignupForm,
    Suppression,
)
from consent.retention import forget_lists
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Purpose
from tenants.scope import acting_clients, acting_for
from tests import people
from tests.consent.test_signing_up import ALL, agree, browser, clinic, form, known, shown

__all__ = ["browser", "clinic", "form"]
pytestmark = pytest.mark.django_db
MAIL = {"email": "Jane@Example.org", "agree_mail": "on"}


@pytest.fixture(autouse=True)
def asks_mail(form: SignupForm) -> None:
    SignupForm.objects.update(asks_mail=True)
    form.refresh_from_db()


def link() -> str:
    found = re.search(r"http://testserver(/confirm-mail/[\w-]{43}/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def mailable(clinic: Client) -> list[str]:
    with acting_for(clinic.pk):
        return [each.value for each in ContactPoint.objects.filter(channel="email")]


def yeses(clinic: Client) -> list[ConsentRecord]:
    with acting_for(clinic.pk):
        return list(ConsentRecord.objects.filter(channel="email").order_by("purpose"))


def test_mails_have_an_empty_box_of_their_own_and_only_where_the_form_asks(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    page = shown(browser, form)
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    assert [re.findall(r'name="(\w+)"', box) for box in boxes] == [["agree"], ["agree_mail"]]
    assert "checked" not in "".join(boxes)
    assert confirming_mail.wording(clinic.name, ALL) in page
    SignupForm.objects.update(asks_mail=False)
    assert "agree_mail" not in shown(browser, form)
    agree(browser, form, None, **MAIL)
    assert mail.outbox == []


def test_until_it_is_confirmed_the_address_is_nobodys(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    answer = agree(browser, form, None, **MAIL)
    assert "One more step for e-mails" in answer.content.decode()
    assert (mailable(clinic), yeses(clinic)) == ([], [])
    (letter,) = mail.outbox
    assert letter.to == ["jane@example.org"]
    assert not {"offer", "special", "%", "Jane"} & set(
        re.findall(r"\w+|%", f"{letter.subject} {letter.body}")
    )
    token = link().split("/")[2]
    assert token.encode() not in bytes(MailConfirmation.objects.get().token_hash)
    with acting_for(clinic.pk):
        assert (
            ConsentRecord.objects.filter(channel="sms").count() == 3
        )  # the texts agreed to stand by themselves


def test_opening_the_link_confirms_nothing_and_the_button_does_once(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    agree(browser, form, None, **MAIL)
    for _ in range(2):
        page = browser.get(link())
        assert confirming_mail.wording(clinic.name, ALL) in page.content.decode()
        assert not page.cookies
    assert browser.head(link()).status_code == 200
    assert yeses(clinic) == []
    for _ in range(2):
        assert "is confirmed" in browser.post(link(), REMOTE_ADDR="192.0.2.7").content.decode()
    made = yeses(clinic)
    assert [each.purpose for each in made] == sorted(Purpose.values)
    assert mailable(clinic) == ["jane@example.org"]
    proof = json.loads(made[0].evidence)
    assert proof["ticked_at"] < proof["confirmed_at"] == made[0].since.isoformat()
    assert proof["confirmed_ip"] == "192.0.2.7"
    assert made[0].wording == confirming_mail.wording(clinic.name, ALL)
    with acting_for(clinic.pk):
        assert not MailWish.objects.exists()
        verbs = AuditEvent.objects.filter(verb__startswith="signup.mail").order_by("pk")
        assert list(verbs.values_list("verb", flat=True)) == ["signup.mail_asked", "signup.mail_confirmed"]


def test_after_seven_days_the_link_is_no_longer_good_and_the_address_is_deleted(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    agree(browser, form, None, **MAIL)
    MailConfirmation.objects.update(made_at=db_now() - timedelta(days=7))
    assert browser.post(link()).status_code == 422
    assert "no longer good" in browser.get(link()).content.decode()
    assert yeses(clinic) == []
    with acting_for(clinic.pk):
        MailWish.objects.update(asked_at=db_now() - timedelta(days=7, seconds=1))
    forget_lists()
    with acting_for(clinic.pk):
        assert not MailWish.objects.exists()


def test_a_mailbox_of_ones_own_under_a_strangers_name_is_not_joined_with_the_stranger(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    with acting_for(clinic.pk):
        jane = known(clinic)
    agree(browser, form, None, **MAIL | {"email": "eve@example.org"})
    browser.post(link())
    with acting_for(clinic.pk):
        assert not ContactPoint.objects.filter(contact=jane, channel="email").exists()
        assert Contact.objects.exclude(pk=jane.pk).get().last_visit is None


def test_who_opted_out_gets_no_letter_and_no_confirmation_lifts_it(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    agree(browser, form, None, **MAIL)
    with acting_for(clinic.pk):
        suppress(clinic.pk, MailWish.objects.get().address_id, "email", "preferences")
    browser.post(link())
    with acting_for(clinic.pk):
        assert Suppression.objects.in_force(db_now()).count() == 1
    agree(browser, form, None, **MAIL)
    assert len(mail.outbox) == 1


def test_one_address_gets_three_letters_a_day_at_most(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    for number in range(5):
        agree(browser, form, None, **MAIL | {"phone": f"(574) 231-06{20 + number}"})
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    "given", [{"email": "jane@example.org"}, {"agree_mail": "on"}, MAIL | {"email": "@"}]
)
def test_an_address_and_its_box_belong_together(
    browser: Browser, form: SignupForm, clinic: Client, given: dict[str, str]
) -> None:
    assert agree(browser, form, None, **given).status_code == 422
    assert mail.outbox == []


def test_a_letter_that_cannot_be_sent_leaves_no_address_and_is_told(
    browser: Browser, form: SignupForm, clinic: Client, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # at a port where nobody answers
    assert "could not be sent" in agree(browser, form, None, **MAIL).content.decode()
    with acting_for(clinic.pk):
        assert not MailWish.objects.exists()
        assert not MailConfirmation.objects.exists()
        assert ConsentRecord.objects.count() == 3


def test_the_letter_leaves_once_the_wish_is_committed(
    browser: Browser, form: SignupForm, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_then = list[tuple[int, ...]]()

    def send(_: mail.EmailMessage) -> int:
        open_then.append(acting_clients())  # a scope is a transaction
        return 1

    monkeypatch.setattr(mail.EmailMessage, "send", send)
    agree(browser, form, None, **MAIL)
    assert open_then == [()]


def test_a_practice_that_hipaa_covers_asks_for_no_mail_address(
    client: Any, browser: Browser, form: SignupForm, clinic: Client
) -> None:
    Client.objects.update(covered="covered")
    assert "agree_mail" not in shown(browser, form)
    people.sign_in(client, people.bob(clinic))
    given = {"name": "Website", "purposes": ALL, "language": "en", "asks_mail": "on",
             "wording": "I agree that Bright Smiles may text me."}  # fmt: skip
    client.post(f"/c/{clinic.slug}/sign-up/{form.pk}/", given)
    assert "HIPAA" in client.get(f"/c/{clinic.slug}/sign-up/{form.pk}/").content.decode()


def test_a_link_nobody_was_mailed_is_not_there_and_a_rival_has_nothing_of_it(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    for token in ("x", "A" * 43, "%00", "a" * 5000):
        assert browser.get(f"/confirm-mail/{token}/").status_code == 404
        assert browser.post(f"/confirm-mail/{token}/").status_code == 404
    agree(browser, form, None, **MAIL)
    browser.post(link())
    assert yeses(people.rival_clinic()) == []
