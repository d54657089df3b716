"""Keywords and their posters: words that mean nothing else, wordings that say everything and never change."""

from __future__ import annotations

from typing import Any

import pytest
import qrcode
from django.test import Client as Browser

from consent import keywords
from consent.models import Keyword
from tenants.models import AuditEvent, Client, Purpose
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
PAGE = "/c/bright-smiles/keywords/"


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.sms_sender(clinic)
    return clinic


@pytest.fixture
def alice(clinic: Client) -> Any:
    return people.sign_in(Browser(), people.alice())


def typed(**other: Any) -> dict[str, Any]:
    return {
        "word": "JOIN", "number": "+15742310600", "purposes": Purpose.values, "language": "en",
        "wording": keywords.starter("Bright Smiles", Purpose.values),
    } | other  # fmt: skip


@pytest.mark.parametrize(
    "word",
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP", "HELP", "INFO",
     "STOPS", "SHOP", "ST0P", "NO", "NOPE", "UNSUB", "RECARE", "PAYMENT", "SURVEY", "HELLO", "THANKS", "REMOVE", "EXIT"],
)  # fmt: skip
def test_no_keyword_stops_starts_helps_or_sounds_like_it(word: str) -> None:
    assert keywords.problem_of(word)


@pytest.mark.parametrize("word", ["JOIN", "SMILE", "RECALL24", "TEXTME"])
def test_a_word_that_means_nothing_else_is_taken(word: str) -> None:
    assert not keywords.problem_of(word)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purposes", [["care"], ["care", "recall"], list(Purpose.values)])
def test_the_wording_to_begin_with_says_everything(purposes: list[str], language: str) -> None:
    said = (
        keywords.starter("Bright Smiles", purposes, language)
        .replace("{keyword}", "JOIN")
        .replace("{number}", "(574) 231-0600")
    )
    assert keywords.problems_of(said, "JOIN", "+15742310600", purposes, "Bright Smiles") == []


def test_a_keyword_is_made_with_its_poster_and_both_are_on_record(clinic: Client, alice: Any) -> None:
    made = alice.post(PAGE, typed(word="join"))
    assert made.status_code == 302
    page = alice.get(made["Location"]).content.decode()
    assert "<svg" in page
    assert "By texting JOIN to (574) 231-0600 you agree that Bright Smiles may text you" in page
    assert "{keyword}" not in page
    with acting_for(clinic.pk):
        assert Keyword.objects.get().word == "JOIN"
        assert AuditEvent.objects.filter(verb="keyword.made").count() == 1


def test_a_spanish_poster_is_spanish_down_to_its_last_line(clinic: Client, alice: Any) -> None:
    answer = alice.post(PAGE, typed(word="UNIRSE", language="es"))
    assert "This wording is English. In Spanish it may be: Al enviar" in answer.content.decode()
    lacking = alice.post(PAGE, typed(word="UNIRSE", language="es", wording="Sí."))
    assert "It does not name the word UNIRSE." in lacking.content.decode()
    said = keywords.starter("Bright Smiles", Purpose.values, "es")
    made = alice.post(PAGE, typed(word="UNIRSE", language="es", wording=said))
    page = alice.get(made["Location"]).content.decode()
    sheet = page[page.index("<article") : page.index("</article>")]
    assert "Envíe <b>UNIRSE</b> al <b>(574) 231-0600</b>" in sheet
    assert "Texto " in sheet
    for english in ("Text <b>", "By texting", "Wording", "A code"):
        assert english not in sheet


def test_the_code_opens_a_text_with_the_word_to_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    make = qrcode.make

    def noted(data: str, **options: Any) -> Any:
        drawn.append(data)
        return make(data, **options)

    monkeypatch.setattr(qrcode, "make", noted)
    code = keywords.code_of(Keyword(word="JOIN", number="+15742310600"))
    assert drawn == ["sms:+15742310600?&body=JOIN"]
    assert "style=" not in code
    assert "<script" not in code


@pytest.mark.parametrize(
    "changed, says",
    [({"word": "STOP"}, "already means something"), ({"word": "J"}, "Three to twelve"),
     ({"wording": "Text {keyword} to {number} for texts from Bright Smiles."}, "does not say that STOP ends it"),
     ({"wording": keywords.starter("Other Practice", Purpose.values)}, "does not name Bright Smiles"),
     ({"wording": keywords.starter("Bright Smiles", Purpose.values).replace("{keyword}", "a word")}, "does not name the word JOIN"),
     ({"number": "+15550001111"}, "Select a valid choice")],
)  # fmt: skip
def test_what_is_no_yes_makes_no_poster(
    clinic: Client, alice: Any, changed: dict[str, Any], says: str
) -> None:
    answer = alice.post(PAGE, typed(**changed))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with acting_for(clinic.pk):
        assert not Keyword.objects.exists()


def test_closed_it_stays_on_record_and_its_word_is_never_used_again(clinic: Client, alice: Any) -> None:
    alice.post(PAGE, typed())
    with acting_for(clinic.pk):
        pk = Keyword.objects.get().pk
    assert alice.post(f"{PAGE}{pk}/close/").status_code == 302
    assert "poster of it may still hang" in alice.post(PAGE, typed()).content.decode()
    assert "This keyword is closed." in alice.get(f"{PAGE}{pk}/").content.decode()
    with acting_for(clinic.pk):
        assert Keyword.objects.get().ended_at is not None


def test_a_practice_without_a_number_is_told_what_to_do() -> None:
    people.clinic()
    page = people.sign_in(Browser(), people.alice()).get(PAGE).content.decode()
    assert "no number to text yet" in page


def test_who_is_no_writer_is_refused_and_a_stranger_meets_nothing(clinic: Client) -> None:
    assert people.sign_in(Browser(), people.fred(clinic)).get(PAGE).status_code == 403
    assert people.sign_in(Browser(), people.charlie()).get(PAGE).status_code == 404
    with acting_for(people.rival_clinic().pk):
        assert not Keyword.objects.exists()
