"""Segments, against a counter that somebody else wrote."""

from __future__ import annotations

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from simulator.segments import segments


@pytest.mark.parametrize(
    "text, count",
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("’" + "a" * 69, 1),
        ("’" + "a" * 70, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_of_known_texts(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(st.sampled_from("aZ é€{]’😀\n"), max_size=700))
def test_segments_agree_with_another_counter(text: str) -> None:
    assert segments(text) == max(1, len(smsutil.split(text).parts))
