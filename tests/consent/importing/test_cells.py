"""What cells say: consent, names, dates, places, labels."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.importing.answers import Answer, read_answer, read_deceased, read_stop
from consent.importing.cells import read_email, read_name, read_phone, split_name
from consent.importing.dates import DateRefused, adult_from, past_date
from consent.importing.segments import NEUTRAL, neutral_segment
from consent.importing.whereabouts import read_language, read_state, read_zip

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "cell",
    [
        "Y",
        "yes",
        "YES ",
        "TRUE",
        "true",
        "1",
        "x",
        "X",
        "ok",
        "Okay",
        "opt-in",
        "Opted In",
        "✓",
        "Subscribed",
        "Sí",
        "on",
        "1.0",
    ],
)
def test_a_plain_yes_is_a_yes(cell: str) -> None:
    assert read_answer(cell) == (Answer.YES, True)


@pytest.mark.parametrize(
    "cell",
    [
        "N", "no", "No.", "NO!", "FALSE", "0", "0.0", "STOP", "stop all", "STOPALL", "UNSUB", "unsubscribed", "Unsubscribed 3/4/2023",
        "opt out", "OPT-OUT", "optout", "Opted Out", "declined", "refused", "Do not text", "don't text", "don’t text", "never",
        "DNC", "revoked", "ＳＴＯＰ", "ѕtop please stop", "not interested", "no thanks", "blocked", "bounced", "wrong number",
        "✗", "❌", "🛑", "RECARE", "PAYMENT", "survey", "yes but not by text", "remove me", "stop\u200b", "N\u200bO", "\tno\n", "end", "quit", "cancel",
    ],
)  # fmt: skip
def test_anything_negative_is_a_no(cell: str) -> None:
    assert read_answer(cell) == (Answer.NO, True)


@pytest.mark.parametrize(
    "cell", ["", "  ", "unknown", "n/a", "not asked", "Not on file", "NULL", "no preference"]
)
def test_blank_and_not_asked_are_not_known(cell: str) -> None:
    assert read_answer(cell) == (Answer.UNKNOWN, True)


@pytest.mark.parametrize(
    "cell", ["maybe", "2", "none", "see chart", "email only", "ask Mary", "574-231-0642"]
)
def test_what_is_neither_is_not_known_and_said_so(cell: str) -> None:
    assert read_answer(cell) == (Answer.UNKNOWN, False)


@given(
    st.sampled_from(["no", "stop", "unsub", "opt out", "false", "n", "unsubscribed"]),
    st.text(" .,!?-\t", max_size=3),
    st.booleans(),
)
def test_dress_never_turns_a_no_into_anything_else(word: str, dress: str, loud: bool) -> None:
    assert read_answer(dress + (word.upper() if loud else word) + dress)[0] is Answer.NO


def test_a_column_that_says_stop_proves_no_yes() -> None:
    assert [read_stop(cell)[0] for cell in ("", "N", "FALSE", "0", "n/a")] == [Answer.UNKNOWN] * 5
    assert [
        read_stop(cell)[0] for cell in ("Y", "TRUE", "1", "x", "✓", "STOP", "2023-04-01", "since March")
    ] == [Answer.NO] * 8


def test_who_has_died() -> None:
    assert [read_deceased(cell)[0] for cell in ("", "N", "no", "active", "false")] == [False] * 5
    assert [read_deceased(cell) for cell in ("Y", "deceased", "1", "2024-01-05")] == [(True, "")] * 4
    gone, remark = read_deceased("perhaps")
    assert gone
    assert remark


@pytest.mark.parametrize(
    "cell, name",
    [
        (" Jane ", "Jane"), ("{{ secret }}", "{{ secret }}"), ("{% load %}", "{% load %}"), ("${7*7}", "${7*7}"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"), ("Lê", "Lê"), ("Le\u0302", "Lê"), ("凤英", "凤英"), ("عبد  الملك", "عبد الملك"),
        ("Jane\u202eenaJ", "JaneenaJ"), ("Ja\0ne", "Jane"), ("Jane\r\nDoe", "Jane Doe"), ("\u2066Jane\u2069", "Jane"), ("=1+1", "=1+1"),
        ("-", ""), ("n/a", ""), ("Null", "Null"), ("None", "None"), ("O'Neil-Smith Jr.", "O'Neil-Smith Jr."), ("👩\u200d👧", "👩\u200d👧"),
    ],
)  # fmt: skip
def test_a_name_stays_as_it_was_typed(cell: str, name: str) -> None:
    assert read_name(cell) == (name, "")


def test_a_name_without_end_is_cut_and_said_so() -> None:
    name, remark = read_name("x" * 10_000)
    assert len(name) == 100
    assert remark
    assert read_name("é" * 32_000)[0] == "é" * 100


@given(st.text())
def test_a_name_once_clean_stays_the_same(text: str) -> None:
    name, _ = read_name(text)
    assert read_name(name) == (name, "")
    assert "\0" not in name
    assert "\n" not in name
    name.encode()


def test_whole_names_are_split() -> None:
    assert split_name("Doe, Jane A.") == ("Jane A.", "Doe")
    assert split_name("Jane van der Berg") == ("Jane", "van der Berg")
    assert split_name("Cher") == ("Cher", "")


@pytest.mark.parametrize(
    "cell, day",
    [
        ("2024-03-07", date(2024, 3, 7)), ("2024-03-07T10:00:00Z", date(2024, 3, 7)), ("2024-03-07 23:59:59.999", date(2024, 3, 7)),
        ("3/7/2024", date(2024, 3, 7)), ("03/07/24", date(2024, 3, 7)), ("3-7-2024 4:05 PM", date(2024, 3, 7)), ("25/12/2024", date(2024, 12, 25)),
        ("7 Mar 2024", date(2024, 3, 7)), ("07-MAR-24", date(2024, 3, 7)), ("March 7, 2024", date(2024, 3, 7)), ("Thu, Mar 7th 2024", date(2024, 3, 7)),
        ("20240307", date(2024, 3, 7)), ("2024/3/7", date(2024, 3, 7)), ("7.3.2024", date(2024, 7, 3)), ("45358", date(2024, 3, 7)),
        ("45358.5", date(2024, 3, 7)), ("29 Feb 2024", date(2024, 2, 29)), ("2/29/00", date(2000, 2, 29)), ("1/5/99", date(1999, 1, 5)),
        ("12/31/26", date(1926, 12, 31)), ("11/22/26", date(2026, 11, 22)),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(cell: str, day: date) -> None:
    assert past_date(cell, TODAY) == day


def test_day_first_is_obeyed_where_the_column_says_so() -> None:
    assert past_date("3/7/2024", TODAY, day_first=True) == date(2024, 7, 3)
    assert past_date("3/25/2024", TODAY, day_first=True) == date(2024, 3, 25)


@pytest.mark.parametrize(
    "cell",
    [
        "2023-02-29",
        "2/30/2024",
        "0000-01-01",
        "13/13/2024",
        "soon",
        "2026-11-23",
        "1/1/2030",
        "1899-01-01",
        "99999",
        "24-3",
        "x" * 5000,
    ],
)
def test_a_day_that_cannot_be_is_refused(cell: str) -> None:
    with pytest.raises(DateRefused):
        past_date(cell, TODAY)


def test_only_the_month_of_coming_of_age_is_kept() -> None:
    assert adult_from(date(2010, 5, 20)) == date(2028, 6, 1)
    assert adult_from(date(2010, 5, 1)) == date(2028, 5, 1)
    assert adult_from(date(2008, 12, 31)) == date(2027, 1, 1)
    assert adult_from(date(2008, 2, 29)) == date(2026, 3, 1)


def test_states_and_zip_codes() -> None:
    assert [
        read_state(cell)[0] for cell in ("ME", "me", "Maine", " N.Y. ", "Washington, D.C.", "Puerto Rico", "")
    ] == ["ME", "ME", "ME", "NY", "DC", "PR", ""]
    assert read_state("Ontario")[1]
    assert not read_state("")[1]
    assert [
        read_zip(cell)[0]
        for cell in ("04101", "4101", "501", "46601-1234", "466011234", "46601.0", " 46601 ", "")
    ] == ["04101", "04101", "00501", "46601", "46601", "46601", "46601", ""]
    assert read_zip("K1A 0B1")[1]
    assert read_zip("12")[1]


def test_languages() -> None:
    assert [
        read_language(cell)[0] for cell in ("Spanish", "es", "ES-MX", "Español", "English", "中文", "")
    ] == ["es", "es", "es", "es", "en", "zh", ""]
    assert read_language("Klingon")[1]


@pytest.mark.parametrize(
    "label",
    [
        "HIV follow-up", "hiv", "H.I.V. visit", "HIVFollowUp", "PrEP", "STI screening", "Mental health", "Depression check", "Psychotherapy",
        "ADHD meds", "Prenatal", "OB/GYN annual", "Pap smear", "Fertility consult", "Suboxone", "Substance use", "Alcohol counseling",
        "Gender care", "Hormone therapy", "Oncology", "Chemo recall", "Cancer screening", "Mammogram", "Diabetes check", "A1C", "F32.1",
        "E11.9 recall", "Erectile dysfunction", "Hepatitis C", "VIH", "x" * 200,
    ],
)  # fmt: skip
def test_a_label_that_tells_a_condition_becomes_neutral(label: str) -> None:
    assert neutral_segment(label) == (NEUTRAL, True)


@pytest.mark.parametrize(
    "label",
    [
        "Hygiene recall",
        "New patient exam",
        "Whitening",
        "Ortho consult",
        "6-month recall",
        "Annual eye exam",
        "Membership",
        "Botox",
        NEUTRAL,
    ],
)
def test_a_neutral_label_stays(label: str) -> None:
    assert neutral_segment(label) == (label, False)


@given(st.text())
def test_a_label_once_neutral_stays_the_same(label: str) -> None:
    once, _ = neutral_segment(label)
    assert neutral_segment(once) == (once, False)
    assert len(once) <= 60


def test_nothing_typed_on_purpose_is_no_mistake() -> None:
    for cell in ("", "n/a", "-", "none", "declined", "noemail", "unknown"):
        assert read_phone(cell) == ("", "")
        assert read_email(cell) == ("", "")
    assert read_phone("123")[1].startswith("Phone: ")
    assert read_email("jane@")[1].startswith("E-mail: ")
