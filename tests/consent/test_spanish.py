"""Whoever reads Spanish is spoken to in Spanish, on every page and in every mail of ours: from one catalog, with no sentence left out."""

from __future__ import annotations

import re
import string

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import translation
from django.utils.translation import gettext

from config.env import ROOT
from consent import coming_back, confirming_mail, signing_up
from consent.models import Address, ConsentRecord, Contact, PreferenceLink, SignupForm, SignupWording
from consent.preference_links import make_links
from tenants.models import Client, Purpose
from tenants.scope import acting_for
from tests import catalogs, people
from tests.consent.test_signing_up import agree, browser, clinic, form

__all__ = ["browser", "clinic", "form"]
pytestmark = pytest.mark.django_db
ALL = list(Purpose.values)


def test_every_sentence_that_recipients_read_has_its_spanish() -> None:
    known = {each.id: each.string for each in catalogs.catalog() if each.id}
    assert [said for said, _ in catalogs.marked() if not known.get(said)] == [], (
        "python -m tests.catalogs, then translate"
    )


def test_the_catalogs_are_in_step_with_the_code_and_with_each_other() -> None:
    assert catalogs.PO.read_bytes() == catalogs.written(), "python -m tests.catalogs"
    assert catalogs.MO.read_bytes() == catalogs.compiled(), "python -m tests.catalogs"


def test_a_translation_keeps_every_name_that_is_put_in() -> None:
    def names(said: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)s", said)) | {
            name for _, name, _, _ in string.Formatter().parse(said) if name
        }

    assert [
        each.id for each in catalogs.catalog() if each.id and names(str(each.id)) != names(str(each.string))
    ] == []


def test_no_page_of_recipients_says_anything_that_is_not_marked() -> None:
    """What is left of each template without its tags and marked sentences holds no word."""
    pages = ("unsubscribe", "unsubscribed", "stopped_some", "subscribed_again", "confirm_mail", "sign_up", "signed_up", "_kinds",
             "_way_back", "_questions", "_texts")  # fmt: skip
    left = {}
    for name in pages:
        text = (ROOT / "templates" / "consent" / f"{name}.html").read_text()
        text = re.sub(
            r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|<[^>]+>", " ", text, flags=re.S
        )
        if words := re.findall(r"[^\W\d_]{2,}", text):
            left[name] = words
    assert left == {}


@pytest.fixture
def link(clinic: Client) -> str:
    with acting_for(clinic.pk):
        people.contact(clinic, email="ana@example.org", language="es")
        address = Address.objects.resolve("email", ["ana@example.org"])["ana@example.org"]
        return make_links(clinic.pk, [(address, None, None)])[0].removeprefix("http://testserver")


def test_the_unsubscribe_pages_speak_the_language_of_the_person(clinic: Client, link: str) -> None:
    somebody = Browser()
    asked = somebody.get(link).content.decode()
    assert '<html lang="es">' in asked
    assert "¿No recibir más correos de Bright Smiles?" in asked
    done = somebody.post(link, {"only": "recall"}).content.decode()
    assert ("Detenido" in done, "Recordatorios de que le toca una visita" in done) == (True, True)
    left = somebody.post(link).content.decode()
    assert "Su baja está confirmada" in left
    back = somebody.post(link, {"again": "1", "agree": "yes", "signer_name": "Ana Ruiz"}).content.decode()
    assert "puede volver a escribirle" in back
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.get().wording.startswith("Sí, Bright Smiles puede volver a escribirme")
    for page in (asked, done, left, back):
        assert not re.search(
            r">[^<]*\b(?:the|you|your|this|will)\b[^<]*<",
            re.sub(r"<(title|aside).*?</\1>", "", page, flags=re.S),
        )


def test_either_language_is_one_press_away_and_stays_for_the_button(link: str) -> None:
    somebody = Browser()
    assert 'href="?lang=en"' in somebody.get(link).content.decode()
    assert "¿No recibir más correos" in somebody.get(f"{link}?lang=fr").content.decode()
    assert "You are unsubscribed" in somebody.post(f"{link}?lang=en").content.decode()


def test_of_an_unknown_language_english_is_spoken_with_the_way_to_spanish(clinic: Client, link: str) -> None:
    with acting_for(clinic.pk):
        Contact.objects.update(language="fr")
    page = Browser().get(link).content.decode()
    assert ("Stop e-mails from Bright Smiles?" in page, 'href="?lang=es"' in page) == (True, True)


def test_a_spanish_form_its_errors_its_letter_and_its_confirmation_are_spanish(
    browser: Browser, form: SignupForm, clinic: Client
) -> None:
    SignupForm.objects.update(asks_mail=True)
    with acting_for(clinic.pk):
        SignupWording.objects.update(language="es", wording=signing_up.starter(clinic.name, ALL, "es"))
    wrong = agree(browser, form, None, phone="12", email="x", agree_mail="on").content.decode()
    assert ("menos de diez cifras" in wrong, "lleva una @" in wrong) == (True, True)
    assert (
        "Falta un paso"
        in agree(browser, form, None, email="ana@example.org", agree_mail="on").content.decode()
    )
    letter = mail.outbox[0]
    assert letter.subject == "Confirme su dirección de correo para Bright Smiles"
    assert "abra este enlace" in str(letter.body)
    found = re.search(r"(/confirm-mail/\S+)", str(letter.body))
    assert found is not None
    page = browser.get(found[1]).content.decode()
    assert ("¿Correos de Bright Smiles?" in page, "también puede escribirme correos" in page) == (True, True)
    assert "Su dirección está confirmada" in browser.post(found[1]).content.decode()
    with acting_for(clinic.pk):
        assert {each.language for each in Contact.objects.all()} == {"es"}
        assert "también puede escribirme" in ConsentRecord.objects.filter(channel="email")[0].wording


def test_a_page_of_ours_stays_english_afterwards(link: str) -> None:
    Browser().get(link)
    assert gettext("Unsubscribe") == "Unsubscribe"
    with translation.override("es"):
        assert confirming_mail.wording("B", ["care"]).startswith("B también")


def test_what_one_agrees_to_again_is_said_in_the_language_of_the_page(clinic: Client, link: str) -> None:
    Browser().post(link)
    with acting_for(clinic.pk), translation.override("es"):
        assert coming_back.wording(PreferenceLink.objects.select_related("client").get()).startswith(
            "Sí, Bright Smiles"
        )


def test_of_a_stranger_the_link_tells_nothing(link: str) -> None:
    assert Browser().get(f"{link[:-3]}x/").status_code == 404


def test_a_dead_link_says_in_both_languages_how_messages_stop_all_the_same() -> None:
    for path in ("/u/nobody/", "/confirm-mail/nobody/", "/s/nobody/"):
        page = Browser().get(path)
        text = page.content.decode()
        assert page.status_code == 404
        assert "reply STOP to one of them" in text
        assert '<section lang="es">' in text
        assert "responda STOP a uno de ellos" in text
    assert "Este enlace" not in Browser().get("/nothing/").content.decode()
