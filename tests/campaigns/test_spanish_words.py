"""Whoever reads Spanish gets Spanish: the words, the last lines, and a word to those who forgot to write them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from campaigns import editing, own_templates, segments, signed_facts, spanish_words, wordings
from campaigns.differences import differences
from campaigns.fingerprint import derive, signed_content
from campaigns.merge_fields import parts_needed
from campaigns.models import Approval, Campaign, Step
from campaigns.rendering import Person, render
from campaigns.starter_words import STARTERS
from campaigns.starters import begin
from compliance.content.purposes import lowered
from compliance.content.review import review_for
from consent.models import Contact
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.models import Message
from messaging.preparing import prepare
from tenants.models import Channel, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import address
from tests.messaging.world import launched

ENGLISH = "{{ hello }}, Bright Smiles here: time for a visit."
SPANISH = "{{ hello }}, le escribe Bright Smiles: ya toca su visita."
TEXT = {"channel": Channel.SMS, "body": ENGLISH, "spanish_body": SPANISH}
MAIL = {
    "channel": Channel.EMAIL, "subject": "A visit", "body": "Come by.", "spanish_subject": "Una visita", "spanish_body": "Venga a vernos.",
}  # fmt: skip
STARTED = [(key, words) for key, each in STARTERS.items() for words in each.steps]


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.mark.parametrize(
    "key, words", STARTED, ids=[f"{key}-{number}" for number, (key, _) in enumerate(STARTED)]
)
def test_all_that_we_offer_to_begin_with_is_there_in_spanish_with_the_same_fields(
    key: str, words: Any
) -> None:
    subject, body = spanish_words.spanish_of(words.subject, words.body)
    assert set(parts_needed([subject, body])) == set(parts_needed([words.subject, words.body])), key
    assert bool(subject) == bool(words.subject)
    if words.channel == Channel.SMS:
        assert segments.count(body).offenders == ()


def test_what_is_not_ours_has_no_spanish() -> None:
    assert spanish_words.spanish_of("", "Come by.") == ("", "")


@pytest.mark.django_db
def test_our_spanish_passes_the_whole_review_and_is_written_where_somebody_reads_it() -> None:
    of = people.clinic(covered=Client.Covered.COVERED, website="https://brightsmiles.example")
    with acting_for(of.pk):
        people.sms_sender(of)
        people.mail_sender(of)
        people.ready(of)
        people.contact(of, language="es")
        for key, starter in STARTERS.items():
            if starter.steps:
                made = Campaign.objects.create(client=of, name=key, purpose=starter.purpose)
                begin(made, starter)
                content = signed_content(made)
                assert all("spanish" in each for each in content["steps"])
                assert review_for(of, content) == lowered(content), key


@pytest.mark.django_db
def test_a_text_is_read_in_the_language_of_its_reader_to_the_last_line(clinic: Client) -> None:
    with acting_for(clinic.pk):
        content = signed_content(people.campaign(clinic, TEXT))
    jane = Person(1, {"first_name": "Jane", "hello": "Hi Jane"})
    step = content["steps"][0]
    assert wordings.chosen(step, 7, "en") == ""
    assert wordings.chosen(step, 7, "es") == wordings.SPANISH
    assert (
        render(content, 1, jane).text
        == "Hi Jane, Bright Smiles here: time for a visit.\nReply STOP to opt out"
    )
    spanish = render(content, 1, jane, wording=wordings.SPANISH).text
    assert (
        spanish
        == "Hola Jane, le escribe Bright Smiles: ya toca su visita.\nResponda STOP para dejar de recibir mensajes"
    )


@pytest.mark.django_db
def test_a_mail_is_spanish_to_its_unsubscribe_link(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, MAIL, purpose="marketing")
        content = signed_content(made)
    made_ = render(content, 1, Person(1, {}), "https://example.com/u/x", wordings.SPANISH)
    assert made_.subject == "Una visita"
    assert 'lang="es"' in made_.html
    assert "Venga a vernos." in made_.html
    assert "Este mensaje es publicidad." in made_.text
    assert "Darme de baja: https://example.com/u/x" in made_.text
    assert "Unsubscribe" not in made_.html


@pytest.mark.django_db
def test_without_spanish_words_all_read_english_and_what_was_signed_stays_signed(clinic: Client) -> None:
    with acting_for(clinic.pk):
        content = signed_content(people.campaign(clinic))
    assert "spanish" not in content["steps"][0]
    assert wordings.chosen(content["steps"][0], 7, "es") == ""


@pytest.mark.django_db
def test_spanish_words_are_signed_shown_as_changed_and_void_an_approval_when_edited(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TEXT)
        given = people.approve(made, people.bob(clinic))
        told = dict(
            signed_facts.facts(
                Approval.objects.select_related("version", "count", "campaign").get(pk=given.pk)
            )
        )
        before = signed_content(made)
        Step.objects.update(spanish_body="Bright Smiles: hola.")
        assert derive(made) != given.fingerprint
        after = signed_content(made)
    assert SPANISH in told["Message 1, in Spanish"]
    assert "to whoever reads Spanish" in told["Message 1, in Spanish"]
    assert [each.where for each in differences(before, after)] == ["Message 1, in Spanish, words"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said, rule",
    [("limpieza gratis", "TCPA-CLASSIFY"), ("su endodoncia", "HIPAA-CONTENT"), ("cerveza", "SMS-SHAFT")],
)
def test_the_review_reads_spanish_too(clinic: Client, said: str, rule: str) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic, TEXT | {"spanish_body": f"Bright Smiles: {said}."}, purpose="recall")
        found = {each.rule: each.says for each in review_for(clinic, signed_content(made)) if each.step}
    assert found[rule].startswith("In Spanish: ")


@pytest.mark.django_db
def test_whoever_forgot_the_spanish_is_told_where_somebody_reads_it(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = people.campaign(clinic)
        content = signed_content(made)
        before = [each.rule for each in review_for(clinic, content)]
        people.contact(clinic, language="es")
        after = {each.rule: each.blocks for each in review_for(clinic, content)}
    assert "SPANISH-WORDS" not in before
    assert after["SPANISH-WORDS"] is False


@pytest.mark.django_db(transaction=True)
def test_a_claim_hands_each_reader_their_own_words_and_keeps_which(clinic: Client) -> None:
    launched(clinic, TEXT, texts=2)
    with acting_for(clinic.pk):
        reader = Contact.objects.order_by("pk")[0]
        Contact.objects.filter(pk=reader.pk).update(language="es")
    with Locks() as locks:
        outgoing = claim(clinic.pk, prepare(clinic.pk, "twilio", 64), locks).outgoing
    assert sorted("Responda STOP" in each.text for each in outgoing) == [False, True]
    with acting_for(clinic.pk):
        assert dict(Message.objects.values_list("contact_id", "wording"))[reader.pk] == wordings.SPANISH


@pytest.mark.django_db
def test_a_copy_and_an_agencys_template_keep_every_wording(clinic: Client) -> None:
    alice = people.alice()
    both = TEXT | {"other_body": "Bright Smiles: come by.", "split_seed": "seed"}
    with acting_for(clinic.pk):
        made = people.campaign(clinic, both)
        copied = Step.objects.get(campaign=editing.copy(made, alice))
        kept = own_templates.keep(made, "Autumn", alice)
        again = Campaign.objects.create(client=clinic, name="Again", purpose=made.purpose)
        begin(again, own_templates.as_starter(kept))
        begun = Step.objects.get(campaign=again)
    assert copied.spanish_body == SPANISH
    assert begun.spanish_body.endswith("ya toca su visita.")
    assert begun.other_body.endswith("come by.")
    assert len(begun.split_seed) == 32


@pytest.mark.django_db
def test_the_page_offers_our_spanish_saves_shows_and_takes_it_out(clinic: Client) -> None:
    words = STARTERS["recall"].steps[0].body
    with acting_for(clinic.pk):
        made = people.campaign(clinic, {"channel": Channel.SMS, "body": words})
        step = Step.objects.get()
    browser: Any = people.sign_in(Browser(), people.alice())
    there = address("step", clinic, made, step=step.pk)
    page = browser.get(there + "spanish/").content.decode()
    assert "Hace tiempo que no le vemos." in page
    assert "Responda STOP para dejar de recibir mensajes" in page
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert browser.post(there + "spanish/", {"body": words, "seen": seen}).status_code == 422
    assert browser.post(there + "spanish/", {"body": SPANISH, "seen": seen}).status_code == 302
    assert "See the Spanish words" in browser.get(there).content.decode()
    shown = browser.post(there + "preview/", {"body": SPANISH, "wording": "s"}).content.decode()
    assert "Responda STOP" in shown
    viewer: Any = people.sign_in(Browser(), people.member("Val", Role.VIEWER, client=clinic))
    assert viewer.post(there + "spanish/", {"body": "x", "seen": seen}).status_code == 403
    assert browser.post(there + "spanish/remove/").status_code == 302
    with acting_for(clinic.pk):
        step.refresh_from_db()
        assert step.spanish_body == ""
    stranger: Any = people.sign_in(Browser(), people.charlie())
    assert stranger.get(there + "spanish/").status_code == 404
    assert stranger.post(there + "spanish/remove/").status_code == 404
