"""What makes words hard to read, filtered or untrue later, and the neutral way to say what tells of somebody's health."""

from __future__ import annotations

from datetime import date

import pytest

from compliance.content.review import review
from tests.compliance.test_content_review import GOOD, content, found, mail, text

HARD_WORDS = (
    "Bright Smiles: comprehensive longitudinal documentation demonstrates unequivocally that individuals discontinuing "
    "periodically recommended professional consultations subsequently experience considerably deteriorating circumstances, "
    "necessitating disproportionately complicated interventions and significant organizational inconvenience for you and us."
)
PLAIN = (
    "Bright Smiles: it has been a while since we saw you. We would like to see you again. Call us to find a time "
    "that is good for you. We are open on most days. We look forward to it."
)


def test_words_that_are_hard_to_read_are_warned_of() -> None:
    assert found(content(mail(body=HARD_WORDS))).get("READING-LEVEL") is False
    assert found(content(text(f"{HARD_WORDS} Reply STOP to opt out"))).get("READING-LEVEL") is False
    assert found(content(mail(body=PLAIN))) == {}
    assert "READING-LEVEL" not in found(content(mail(body="Bright Smiles le recuerda su cita. " * 12)))


@pytest.mark.parametrize("subject, body", [
    ("Come back!!", PLAIN),
    ("We miss you", PLAIN + " Come! Call! Book! Smile!"),
    ("We miss you", PLAIN + " Win $$$ now."),
    ("We miss you", "Bright Smiles: BOOK YOUR VISIT TODAY and smile with us again"),
    ("We miss you", "Bright Smiles: see https://brightsmiles.example/book"),
])  # fmt: skip
def test_what_gets_a_mail_filtered_is_warned_of(subject: str, body: str) -> None:
    assert found(content(mail(subject, body))).get("EMAIL-CONTENT") is False


def test_a_mails_links_lead_to_the_practice_or_its_mail_domain() -> None:
    body = PLAIN + " See [our page]({})."
    for host, warned in (("brightsmiles.example", False), ("b.example", False), ("elsewhere.example", True)):
        assert (
            "EMAIL-LINK-DOMAIN" in found(content(mail(body=body.format(f"https://{host}/book"))))
        ) is warned


@pytest.mark.parametrize("words, instead", [
    ("root canal", "your dental visit"), ("Botox", "your visit with us"), ("test results", "please call us"),
    ("glaucoma", "your eye visit"), ("depression", "your visit"),
])  # fmt: skip
def test_a_health_word_comes_with_a_neutral_way_to_say_it(words: str, instead: str) -> None:
    (says,) = [
        each.says for each in review(content(text(GOOD + f" {words}."))) if each.rule == "HIPAA-CONTENT"
    ]
    assert instead in says


def test_the_words_of_a_clients_speciality_are_kept_out_of_texts_and_subjects() -> None:
    private = ["aligner*", " Invisible Braces ", ""]
    for given, blocking in (
        (text(GOOD + " Your aligners are here."), True),
        (mail("Invisible braces for you"), True),
        (mail(body="Bright Smiles: about your aligners."), False),
    ):
        rules = {each.rule: each.blocks for each in review(content(given), private=private)}
        assert blocking in {rules.get("HIPAA-CONTENT"), rules.get("EMAIL-PHI-SUBJECT")}
        assert found(content(given)) == {}


TODAY = date(2026, 12, 1)


@pytest.mark.parametrize("words, late", [
    ("20% off until December 5", True),
    ("20% off until Friday, Dec 5th, 2026", True),
    ("The offer ends 12/05", True),
    ("Valid through 12/5/26.", True),
    ("20% off until December 11", False),  # the last may leave on the 11th
    ("20% off until 12/31", False),
    ("Expires on January 4", False),  # next year's
    ("Book by June 31", False),  # no such day
    ("We open by 9", False),
])  # fmt: skip
def test_an_offer_is_not_sent_after_the_day_that_its_words_name(words: str, late: bool) -> None:
    given = content(text(f"{GOOD}. {words}", delay_days=3))
    given["schedule"] = {"starts_on": "", "days_valid": 7}
    rules = {each.rule: each.blocks for each in review(given, today=TODAY)}
    assert rules.get("OFFER-ENDS") is (True if late else None)


@pytest.mark.parametrize("kind", ["joins", "newcomers"])
def test_a_campaign_that_goes_on_names_no_day_on_which_an_offer_ends(kind: str) -> None:
    given = content(text(f"{GOOD}. 20% off until 12/31", delay_days=0))
    given |= {"schedule": {"starts_on": "", "days_valid": 7}, "audience": {kind: True}}
    assert "OFFER-ENDS" in {each.rule for each in review(given, today=TODAY)}


def test_a_campaign_that_begins_later_is_held_against_its_own_last_day() -> None:
    given = content(mail(body="20% off until December 31.") | {"delay_days": 0})
    given["schedule"] = {"starts_on": "2026-12-28", "days_valid": 7}
    assert "OFFER-ENDS" in {each.rule for each in review(given, today=TODAY)}


@pytest.mark.parametrize(
    "words",
    ["Ask about whitening.", "New at our practice: LASIK.", "Botox is back.", "Try our membership plan."],
)
def test_more_than_the_visit_that_is_due_needs_a_reason_to_be_a_recall(words: str) -> None:
    assert (
        found(content(text(f"{GOOD} {words}"), purpose="recall"), covered=False).get("TCPA-CLASSIFY") is False
    )
    assert "TCPA-CLASSIFY" not in found(content(text(f"{GOOD} {words}"), purpose="marketing"), covered=False)
    assert "TCPA-CLASSIFY" not in found(content(text(GOOD), purpose="recall"))
