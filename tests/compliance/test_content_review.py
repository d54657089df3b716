"""The review of the words: what it blocks, what it warns of, what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.fingerprint import derive, signed_content
from campaigns.rendering import text_of
from campaigns.starter_words import STARTERS
from compliance.content.review import blocks, review, store
from compliance.models import ContentReview
from tenants.models import PostalAddress
from tenants.scope import acting_for
from tests import people

BRAND = "Bright Smiles"


def content(
    *steps: dict[str, Any], purpose: str = "marketing", address: str = "1 Main St, South Bend, IN 46601"
) -> dict[str, Any]:
    return {
        "brand": {"practice_name": BRAND, "practice_phone": "(574) 231-0600", "practice_website": "https://brightsmiles.example",
                  "postal_address": address},
        "purpose": purpose,
        "steps": [{"position": n} | step for n, step in enumerate(steps, 1)],
    }  # fmt: skip


def text(body: str, **more: Any) -> dict[str, Any]:
    return {
        "channel": "sms",
        "subject": "",
        "body": body,
        "text": body,
        "sender": {"name": "", "address": "+15742310600"},
    } | more


def mail(
    subject: str = "Your check-up", body: str = "Bright Smiles: time for a visit.", name: str = BRAND
) -> dict[str, Any]:
    return {
        "channel": "email",
        "subject": subject,
        "body": body,
        "sender": {"name": name, "address": "a@b.example"},
    }


def found(given: dict[str, Any], *, covered: bool = True) -> dict[str, bool]:
    """Each rule found, and whether it blocks."""
    answer: dict[str, bool] = {}
    for finding in review(given, covered=covered):
        answer[finding.rule] = answer.get(finding.rule, False) or finding.blocks
    return answer


GOOD = "Bright Smiles: it is time for your cleaning, {{ first_name }}. Call (574) 231-0600 to book. Reply STOP to opt out"


def test_a_proper_recall_text_and_mail_pass_without_a_finding() -> None:
    assert found(content(text(GOOD), mail(), purpose="recall")) == {}


@pytest.mark.parametrize("body, rule", [
    ("Bright Smiles: time for a visit. Reply when you like.", "SMS-FIRST-MSG"),
    ("Time for a visit. Reply STOP to opt out", "TCPA-SENDER-ID"),
    (GOOD + " bit.ly/abc", "SMS-NO-SHORTENER"),
    (GOOD + " http://192.168.1.7/x", "SMS-NO-SHORTENER"),
    (GOOD + " https://0x7f.1/", "SMS-NO-SHORTENER"),
    (GOOD + " http://[::1]/", "SMS-NO-SHORTENER"),
    (GOOD + " //evil.example/a", "SMS-NO-SHORTENER"),
    (GOOD + " \\\\evil.example", "SMS-NO-SHORTENER"),
    (GOOD + " gopher://brightsmiles.example", "SMS-NO-SHORTENER"),
    (GOOD + " Reply RECARE to opt out.", "SMS-FIRST-MSG"),
    (GOOD.replace("STOP", "UNSUB"), "SMS-FIRST-MSG"),
    (GOOD + " Text “PAYMENT” to unsubscribe", "SMS-FIRST-MSG"),
    (GOOD + " Reply YES to book.", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Text CANCEL to cancel your visit.", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Reply “HELP” to reach Dr. Lee.", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Reply CANCEL to cancel your visit, or STOP to opt out", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " or YES to book", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Reply BOOK to pick a time or yes to confirm", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Reply: YES, or STOP to opt out", "TEMPLATE-KEYWORD-COLLISION"),
    (GOOD + " Half off Ozempic.", "SMS-SHAFT"),
    (GOOD + " Wine and hookah night!", "SMS-SHAFT"),
    (GOOD + " Do not reply to this number.", "TCPA-NOREPLY-CHANNEL"),
    (GOOD + " Free CBD gummies!", "SMS-SHAFT"),
    (GOOD + " Your test results are in.", "HIPAA-CONTENT"),
    (GOOD + " D\u200bepression help.", "HIPAA-CONTENT"),
    (GOOD + " {{ diagnosis }}", "MERGE-FIELDS"),
    (GOOD + " {{ first_name | upper }}", "MERGE-FIELDS"),
    (GOOD + " {% if x %}", "MERGE-FIELDS"),
    (GOOD + " x" * 500, "SMS-SEGMENTS"),
    (GOOD + " x" * 900, "SMS-SEGMENTS"),
])  # fmt: skip
def test_a_text_is_blocked(body: str, rule: str) -> None:
    assert found(content(text(body))).get(rule) is True


@pytest.mark.parametrize("body, rule", [
    (GOOD + " x" * 150, "SMS-SEGMENTS"),
    (GOOD + " It’s time for you and all of your family to come in again soon.", "SMS-SEGMENTS"),
    (GOOD + " https://elsewhere.example/book", "A2P-CONTENT-MATCH"),
    (GOOD + " Ask about Viagra.", "SMS-RX"),
])  # fmt: skip
def test_a_text_is_warned_of(body: str, rule: str) -> None:
    assert found(content(text(body))).get(rule) is False


@pytest.mark.parametrize("body", [
    GOOD + " https://www.brightsmiles.example/book",
    GOOD + " Or reply UNSUBSCRIBE to opt out",
    GOOD + " Text us to stop by any time",
    GOOD.replace("Reply STOP to opt out", "Reply STOP to unsubscribe, HELP for help."),
    GOOD + " Reply BOOK to pick a time.",
    GOOD + ". Call or text us to cancel a visit.",
    "{{ practice_name }}: see you at 9.30? Reply STOP to end.",
    GOOD + ". Reply STOP, END or QUIT to opt out",
    "BRIGHT SMILES: PLEASE CALL US. REPLY STOP TO STOP TEXTS",
    GOOD + ". Call us.We are open.",
])  # fmt: skip
def test_what_is_right_is_let_pass(body: str) -> None:
    assert found(content(text(body))) == {}


@pytest.mark.parametrize("name", [name for name, each in STARTERS.items() if each.steps])
def test_every_starter_passes_the_review_it_will_meet(name: str) -> None:
    starter = STARTERS[name]
    steps = [
        text(f"{words.body} Reply STOP to opt out")
        if words.channel == "sms"
        else mail(words.subject, words.body)
        for words in starter.steps
    ]
    given = content(*steps, purpose=starter.purpose) | {"audience": {"newcomers": starter.greets}}
    assert found(given) == {}


@pytest.mark.parametrize(
    "gone", ["Reply HELP for help.", "Up to 4 msgs a month.", "Msg & data rates may apply."]
)
def test_the_first_text_of_a_welcome_says_frequency_rates_and_help(gone: str) -> None:
    whole = f"{BRAND}: welcome. Up to 4 msgs a month. Msg & data rates may apply. Reply HELP for help. Reply STOP to opt out"
    later = text(GOOD)
    for newcomers, body, blocked in (
        (True, whole, None),
        (True, whole.replace(gone, ""), True),
        (False, GOOD, None),
    ):
        given = content(text(body), later) | {"audience": {"newcomers": newcomers}}
        assert found(given).get("SMS-FIRST-MSG") is blocked


@pytest.mark.parametrize("segments", [(1, 160, False), (2, 161, False), (3, 307, None)])
def test_segments_are_counted_at_their_edges(segments: tuple[int, int, Any]) -> None:
    count, length, _ = segments
    stem = "Bright Smiles: reply STOP to opt out. ".replace("reply", "Reply")
    rules = found(content(text(stem + "x" * (length - len(stem)))))
    assert ("SMS-SEGMENTS" in rules) is (count > 2)


@pytest.mark.parametrize(
    "word",
    [
        "20% off",
        "$49 exam",
        "a special",
        "free whitening",
        "refer a friend",
        "Save now",
        "ＦＲＥＥ",
        "Half off",
        "ten dollars off",
        "limited spots",
        "50 dollars",
        "$ave",
        "BOGO",
        "a rebate",
        "New prices",
        "50 off of your next cleaning",
        "take 50 off the exam",
        "25off",
    ],
)
def test_an_offer_is_never_care_or_recall(word: str) -> None:
    given = text(GOOD + f" {word}!")
    assert found(content(given, purpose="recall")).get("TCPA-CLASSIFY") is True
    assert found(content(given, purpose="care")).get("TCPA-CLASSIFY") is True
    assert "TCPA-CLASSIFY" not in found(content(given, purpose="marketing"))


@pytest.mark.parametrize("subject, rule, blocking", [
    ("RE: your visit", "CANSPAM-SUBJECT", True),
    ("Fwd: news", "CANSPAM-SUBJECT", True),
    ("Last chance to book", "WA-CEMA-SUBJECT", True),
    ("Whitening ends today", "WA-CEMA-SUBJECT", True),
    ("Offer ends Friday", "WA-CEMA-SUBJECT", True),
    ("Ends Sunday", "WA-CEMA-SUBJECT", True),
    ("24 hours left", "WA-CEMA-SUBJECT", True),
    ("Hurry, expires soon", "WA-CEMA-SUBJECT", True),
    ("Last chance, ends March 31", "WA-CEMA-SUBJECT", True),
    ("Ends June 31", "WA-CEMA-SUBJECT", True),
    ("Whitening ends March 31", "WA-CEMA-SUBJECT", None),
    ("It has been a while since your last visit", "WA-CEMA-SUBJECT", None),
    ("Final notice", "CANSPAM-SUBJECT", False),
    ("COME AND SEE US AGAIN", "CANSPAM-SUBJECT", False),
    ("Your test results", "EMAIL-PHI-SUBJECT", True),
    ("From your oncology team", "EMAIL-PHI-SUBJECT", True),
    ("Hello\r\nBcc: all@example.org", "CANSPAM-HEADERS", True),
    ("x" * 90, "CANSPAM-SUBJECT", False),
])  # fmt: skip
def test_subjects_are_judged(subject: str, rule: str, blocking: bool | None) -> None:
    assert found(content(mail(subject))).get(rule) is blocking


def test_health_words_warn_only_where_hipaa_does_not_apply_and_in_the_body_of_a_mail() -> None:
    assert found(content(text(GOOD + " Botox is back.")), covered=False).get("HIPAA-CONTENT") is False
    assert found(content(mail("Botox is back")), covered=False).get("EMAIL-PHI-SUBJECT") is False
    assert found(content(mail(body="About your treatment plan."))).get("HIPAA-CONTENT") is False


@pytest.mark.parametrize("name, words, rule", [
    ("Freeman Dental", "Free whitening", "TCPA-CLASSIFY"), ("Prestige Clinic", "STI checks", "HIPAA-CONTENT"),
    ("Free Spirit Yoga", "It is free", "TCPA-CLASSIFY"),
])  # fmt: skip
def test_a_part_of_the_practices_name_spares_no_word(name: str, words: str, rule: str) -> None:
    given = content(text(f"{name}: {words}. Reply STOP to opt out"), purpose="recall")
    given["brand"]["practice_name"] = name
    assert found(given).get(rule) is True
    given["steps"][0]["text"] = given["steps"][0]["body"] = f"{name}: time for a visit. Reply STOP to opt out"
    assert found(given) == {}


@pytest.mark.parametrize("words", ["We are off on Monday.", "Drop off the form.", "Just off Main Street."])
def test_off_is_not_always_an_offer(words: str) -> None:
    assert "TCPA-CLASSIFY" not in found(content(text(f"{GOOD} {words}"), purpose="recall"))


def test_the_practices_own_name_is_no_health_word() -> None:
    given = content(
        text("Lakeside Dermatology: time for a visit. Reply STOP to opt out"),
        mail("Lakeside Dermatology misses you", name="Lakeside Dermatology"),
    )
    given["brand"]["practice_name"] = "Lakeside Dermatology"
    assert found(given) == {"EMAIL-PHI-SUBJECT": False}  # that the mailbox shows it wants a reason by name


def test_a_from_name_that_tells_a_speciality_is_blocked() -> None:
    assert found(content(mail(name="Bright Smiles Oncology"))).get("EMAIL-PHI-SUBJECT") is True


def test_a_mail_needs_a_postal_address_and_links_to_named_websites() -> None:
    assert found(content(mail(), address="")).get("CANSPAM-ADDRESS") is True
    assert found(content(mail(body="See https://bit.ly/x"))).get("EMAIL-LINKS") is True
    assert found(content(mail(body="See https://10.0.0.1/x"))).get("EMAIL-LINKS") is True
    assert found(content(mail(body="See [us](http://brightsmiles.example)"))).get("EMAIL-LINKS") is True


def test_a_from_name_that_is_an_address_blocks_and_a_strange_one_warns() -> None:
    assert found(content(mail(name="ceo@bank.example"))).get("CANSPAM-HEADERS") is True
    assert found(content(mail(name="Reach Agency"))).get("CANSPAM-HEADERS") is False


def test_an_empty_campaign_or_step_blocks() -> None:
    assert blocks(review(content()))
    assert found(content(text("  "))) == {"CAMPAIGN-EMPTY": True}


def test_hostile_words_are_reviewed_in_no_time() -> None:
    review(content(text("a." * 20_000), mail("RE" * 5000, "!" * 50_000 + "https://" * 3000)))


@pytest.mark.django_db
def test_a_review_is_stored_for_exactly_these_words_and_made_again_without_a_second_row() -> None:
    client = people.clinic()
    with acting_for(client.pk):
        campaign = people.campaign(client, {"channel": "sms"}, {"channel": "email"})
        row = store(campaign, derive(campaign), signed_content(campaign))
        assert not row.passed
        assert {finding["rule"] for finding in row.findings if finding["blocks"]} == {"CANSPAM-ADDRESS"}
        PostalAddress.objects.create(
            client=client, line="1 Main St", city="South Bend", state="IN", zip_code="46601"
        )
        fixed = store(campaign, derive(campaign), signed_content(campaign))
        assert fixed.passed
        assert store(campaign, derive(campaign), signed_content(campaign)).pk == fixed.pk
        assert ContentReview.objects.count() == 2
        assert not ContentReview.objects.get(pk=row.pk).passed


def test_the_line_the_product_appends_satisfies_the_review() -> None:
    assert found(content(text("Come and see us.", text=text_of("Come and see us.", BRAND)))) == {}
