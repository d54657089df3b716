from __future__ import annotations

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.segments import count

# smsutil calls the bare escape character GSM; no phone shows one.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), max_size=400)
MOSTLY_GSM = st.text(alphabet="ab €{}[]~\\^|é\nÄ", max_size=500)


@given(st.one_of(ANY_TEXT, MOSTLY_GSM))
@example("a" * 160)
@example("a" * 161)
@example("a" * 152 + "€" + "a" * 10)
@example("я" * 70)
@example("я" * 71)
@example("я" * 66 + "😀" + "я" * 10)
def test_segments_agree_with_an_independent_counter(text: str) -> None:
    theirs, ours = smsutil.split(text), count(text)
    assert ours.count == len(theirs.parts)
    if text:
        assert ours.encoding == ("GSM-7" if theirs.encoding == "gsm0338" else "UCS-2")
        assert ours.units == theirs.total_bytes // (1 if ours.encoding == "GSM-7" else 2)


@pytest.mark.parametrize(
    "text, encoding, segments",
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("ж" * 70, "UCS-2", 1),
        ("ж" * 71, "UCS-2", 2),
        ("a" * 159 + "😀", "UCS-2", 3),
    ],
)
def test_the_borders_stand_where_carriers_put_them(text: str, encoding: str, segments: int) -> None:
    assert (count(text).encoding, count(text).count) == (encoding, segments)


def test_the_character_that_makes_a_text_dear_is_named_with_its_place_and_a_cure() -> None:
    (offender,) = count("We\u2019d love to see you").offenders
    assert (offender.position, offender.character, offender.instead) == (2, "\u2019", "'")
    assert offender.name == "Right single quotation mark"


def test_room_says_how_much_still_fits() -> None:
    assert count("a" * 150).room == 10
    assert count("a" * 161).room == 2 * 153 - 161
