"""What people write to say no, and what must never be taken for a yes (reliability B1 to B9)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.quoted import own_words
from consent.replies import (
    BOOKED,
    UPSET,
    WRONG_NUMBER,
    Label,
    Reply,
    channels_named,
    classify,
    classify_mail,
    may_be_an_emergency,
)
from tests.consent.written import DRAWN, NEITHER, ONE_WORD, ORDINARY, SAID, SPANISH, STOPS, UNCLEAR


@pytest.mark.parametrize("text", [*STOPS, *SPANISH, *DRAWN, *ONE_WORD])
def test_a_no_in_clear_words_is_an_opt_out(text: str) -> None:
    assert classify(text).label is Label.OPT_OUT


def test_every_word_and_every_phrase_of_the_rules_is_an_opt_out() -> None:
    assert [text for text in SAID if classify(text).label is not Label.OPT_OUT] == []


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_negative_or_doubtful_waits_for_a_person(text: str) -> None:
    assert classify(text).label is Label.UNSURE


@pytest.mark.parametrize("text", [*NEITHER, *ORDINARY])
def test_an_ordinary_reply_is_just_a_reply(text: str) -> None:
    assert classify(text).label is Label.OTHER


@pytest.mark.parametrize("text", ["START", "start.", "Yes", "YES!", "unstop"])
def test_a_start_word_alone_is_an_opt_in(text: str) -> None:
    assert classify(text).label is Label.OPT_IN


@pytest.mark.parametrize("text", ["yes I want to book", "start over", "YES stop", "yes, wrong number"])
def test_a_start_word_among_others_is_none(text: str) -> None:
    assert classify(text).label is not Label.OPT_IN


@pytest.mark.parametrize("text", ["HELP", "info", "Help!"])
def test_help(text: str) -> None:
    assert classify(text).label is Label.HELP


def test_a_picture_without_words_waits_for_a_person() -> None:
    assert classify("", pictures=1).label is Label.UNSURE


def test_every_label_says_by_which_rule() -> None:
    assert all(0 < len(classify(text).rule) <= 60 for text in [*STOPS, *UNCLEAR, *NEITHER])


def test_a_thread_quoted_below_a_mail_is_not_the_persons_words() -> None:
    assert (
        own_words("STOP\n\nOn Mon, Nov 16, 2026 Bright Smiles wrote:\n> Hi Jane\n> Unsubscribe here").strip()
        == "STOP"
    )
    assert own_words("Sounds good\n> Reply STOP to opt out") == "Sounds good"


QUOTED = "On Mon, Nov 16, 2026 at 9:00 AM Bright Smiles <hello@bright.example>\nwrote:\n\n> Hi Jane\n> Unsubscribe here\n"
OUTLOOK = "From: Bright Smiles <hello@bright.example>\nSent: Monday\nTo: Jane\nSubject: Time\n\nHi Jane\nUnsubscribe\n"


@pytest.mark.parametrize(
    "mail, label",
    [
        (f"{QUOTED}\nSTOP", Label.OPT_OUT), (f"STOP\n\n{QUOTED}", Label.OPT_OUT),
        (f"> Hi\nplease stop texting me\n> {QUOTED}", Label.OPT_OUT),
        (f"See you\n\n{QUOTED}", Label.OTHER), (f"See you\n\n{OUTLOOK}", Label.OTHER), (f"STOP\n\n{OUTLOOK}", Label.OPT_OUT),
        (f"See you\n\n{OUTLOOK}\nSTOP", Label.UNSURE), (f"{OUTLOOK}\nThanks", Label.UNSURE),
        ("El lun, 16 nov 2026, Bright (<a@b.c>) escribió:\n> Hola\n\nALTO", Label.OPT_OUT), ("On Monday I wrote: STOP", Label.UNSURE),
    ],
)  # fmt: skip
def test_a_no_above_among_or_below_a_quoted_thread_counts_and_the_thread_does_not(
    mail: str, label: Label
) -> None:
    assert classify_mail(mail).label is label


@pytest.mark.parametrize(
    "mail, label",
    [
        ("Great!\n\nPlease think of the trees and do not print this email.", Label.UNSURE),
        ("Sure\n\nJane Doe\nAttorney at Law", Label.UNSURE),
        ("Yes\n\nCONFIDENTIALITY NOTICE: if it is not for you,\ndo not use this message.", Label.UNSURE),
        ("See you\n\nJane's Bakery\nTo unsubscribe from our letter click here", Label.UNSURE),
        ("Please take me off your list.\n\nDo not print this email", Label.OPT_OUT),
        ("Do not email me. My attorney will write", Label.OPT_OUT),
        ("I want to unsubscribe from this, your click here is broken", Label.OPT_OUT),
    ],
)  # fmt: skip
def test_what_stands_below_every_mail_of_theirs_ends_nothing_for_good(mail: str, label: Label) -> None:
    assert classify_mail(mail).label is label


@pytest.mark.parametrize(
    "text, label",
    [
        ('👍 to "Hi Jane. Reply STOP to opt out"', Label.OTHER), ("\u200b👍\u200b to “\u200aReply STOP\u200a”", Label.OTHER),
        ("Removed a heart from “Hi Jane. Reply STOP”", Label.OTHER), ("Reacted 👍 to “Reply STOP”", Label.OTHER),
        ("Le encantó “Reply STOP”", Label.OTHER), ("Eliminó un corazón de “Reply STOP”", Label.OTHER),
        ("👍 a “Responda ALTO”", Label.OTHER),
        ("No le gusta “Hola”", Label.UNSURE), ('👎 to "Hi Jane"', Label.UNSURE), ("Liked “a” stop texting me ”", Label.UNSURE),
    ],
)  # fmt: skip
def test_a_reaction_quotes_our_words_and_not_theirs(text: str, label: Label) -> None:
    assert classify(text).label is label


@pytest.mark.parametrize(
    "text",
    [
        "wrong number",
        "Sorry, wrong number!",
        "I think you have the wrong person",
        "You texted the wrong number",
        "Wrong #",
        "You got the wrong #",
        "Incorrect number",
        "Nobody by that name",
        "not me",
        "Sorry, that's not me",
        "This isn't Jane",
        "this is not janes number anymore",
        "I'm not her",
        "No soy yo",
        "Persona equivocada",
        "Se equivocó de número",
        "número equivocado",
    ],
)
def test_a_wrong_number_said_outright_is_one(text: str) -> None:
    assert classify(text) == Reply(Label.UNSURE, WRONG_NUMBER)


@pytest.mark.parametrize(
    "text",
    ["I think I booked the wrong one", "I don't know a good time", "Is this the wrong number?", "I gave you the wrong number",
     "not a wrong number", "maybe you have the wrong person", "this is no longer his number", "who is this", "Is this not me?",
     "this isn't working", "This is not Tuesday", "this is not appreciated", "This isn't affordable", "THIS IS NOT APPRECIATED",
     "this isn't jane", "you have the wrong number on file for my wife", "That is the wrong number for billing",
     "Why not me", "It was not me"],
)  # fmt: skip
def test_what_only_sounds_like_a_wrong_number_waits_for_a_person(text: str) -> None:
    reply = classify(text)
    assert (reply.label, reply.rule != WRONG_NUMBER) == (Label.UNSURE, True)


def test_an_opt_out_names_the_channels_it_means() -> None:
    assert channels_named("stop emailing me") == {"email"}
    assert channels_named("stop all texts and e-mails") == {"sms", "email"}
    assert channels_named("remove me from everything") == {"sms", "email"}
    assert channels_named("STOP") == frozenset()


@pytest.mark.parametrize(
    "text, named",
    [
        ("Don't text me, email me", set()), ("please do not call, email only", set()), ("No more texts, please email", {"sms"}),
        ("stop texting me and e-mail me instead", {"sms"}), ("stop emailing me, text me instead", set()),
        ("do not text or email me", {"sms", "email"}), ("stop texting and please email no more", {"sms", "email"}),
        ("stop contacting me by email", {"email"}), ("don't text me. don't email me", {"sms", "email"}),
    ],
)  # fmt: skip
def test_a_channel_asked_for_instead_is_none_that_they_stop(text: str, named: set[str]) -> None:
    assert channels_named(text) == named


WORDS = [*STOPS, *SPANISH, *DRAWN, *SAID]
AS_A_REACTION = ['(a"LTo?"', '-a"nular suscripción"', '*a "lto"', '(dé"jenme tranquila"', "’a “lto”"]


@pytest.mark.parametrize("text", AS_A_REACTION)
def test_marks_make_no_reaction_of_a_no(text: str) -> None:
    assert classify(text).label is Label.OPT_OUT


NOISE = " .,!?-_/\"'’*~()\t\u00a0\u200b\u200d\ufeff\u2060\u202e\u00ad"


@given(st.sampled_from(WORDS), st.randoms(use_true_random=False), st.integers(0, 12))
def test_case_spaces_marks_and_invisible_characters_never_undo_a_no(
    text: str, chance: random.Random, times: int
) -> None:
    changed = "".join(chance.choice([c.upper(), c.lower()]) for c in text)
    for _ in range(times):
        at = chance.randrange(len(changed) + 1)
        changed = changed[:at] + chance.choice(NOISE) + changed[at:]
    assert classify(changed).label is Label.OPT_OUT, changed


@given(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(NOISE), max_size=6),
    st.lists(st.sampled_from(NOISE), max_size=6),
)
def test_around_the_words_they_change_nothing_at_all(text: str, before: list[str], after: list[str]) -> None:
    assert classify("".join(before) + text + "".join(after)).label is classify(text).label


@given(st.text(max_size=200), st.integers(0, 3))
def test_any_text_at_all_gets_a_label(text: str, pictures: int) -> None:
    assert classify(text, pictures).label in Label


@pytest.mark.parametrize(
    "text",
    ["I have chest pain since this morning", "can't breathe", "Can’t breathe!!", "cant breath", "I want to die", "I'll end my life",
     "she had a seizure", "an allergic reaction to the pills", "tengo dolor en el pecho", "dolor de pecho", "Quiero morir",
     "my tooth won't stop bleeding", "Call 911",
     "I want to kill myself", "She took an overdose", "EMERGENCY", "no puedo respirar", "trouble swallowing since the visit"],
)  # fmt: skip
def test_what_may_be_an_emergency_waits_for_a_person(text: str) -> None:
    assert (classify(text).label, classify(text).rule) == (Label.UNSURE, "may be an emergency")


def test_angry_words_that_are_no_opt_out_are_told_apart_and_wait_for_a_person() -> None:
    angry = [
        "This is ridiculous!",
        "I am so upset with you",
        "worst service ever",
        "fuck you",
        "😡",
        "see you 🤬",
        "estoy enojada",
    ]
    assert {classify(each) for each in angry} == {Reply(Label.UNSURE, UPSET)}
    for others in ("I hate this, stop texting me", "You scammers, take me off your list"):
        assert classify(others).label is Label.OPT_OUT
    assert classify("I have an upset stomach, see you at 3").rule != UPSET


def test_a_mark_before_a_lone_word_changes_nothing() -> None:
    assert [
        classify(each).label for each in ("cancel. thanks", "_ cancel. thanks", "\u200b*cancel. thanks")
    ] == [Label.OPT_OUT] * 3


def test_a_no_stays_a_no_and_is_an_emergency_too() -> None:
    text = "Stop texting me, I am in the hospital with chest pains"
    assert classify(text).label is Label.OPT_OUT
    assert may_be_an_emergency(text)
    assert not may_be_an_emergency("See you on Tuesday")


@pytest.mark.parametrize(
    "text, label",
    [
        ("I already booked", Label.OTHER), ("Already scheduled, thanks!", Label.OTHER), ("I’ve booked for Tuesday", Label.OTHER),
        ("I have an appointment next week", Label.OTHER), ("just booked online 👍", Label.OTHER), ("Ya tengo cita", Label.OTHER),
    ],
)  # fmt: skip
def test_who_says_they_have_booked_is_told_apart_and_waits_for_a_person(text: str, label: Label) -> None:
    assert classify(text) == Reply(label, BOOKED)


@pytest.mark.parametrize(
    "text",
    [
        "I have not booked", "already booked, stop texting me", "Have I booked already?", "I booked already but cancel it",
        "s t o p I have booked", "I have an appointment with my lawyer", "have booked elsewhere, hate you", "can I get booked",
    ],
)  # fmt: skip
def test_a_no_or_a_question_beside_it_is_no_booking(text: str) -> None:
    assert classify(text).rule != BOOKED
