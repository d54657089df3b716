"""Window keys under every combination of number, state and ZIP."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.places import UNKNOWN, all_area_codes, all_states, places, unite, window_key


def number(code: str) -> str:
    return f"+1{code}5550142"


some_number = st.sampled_from(sorted(all_area_codes())).map(number) | st.just("+18005550142") | st.none()
some_state = st.sampled_from(all_states()) | st.none()
some_zip = st.integers(0, 99_999).map(lambda n: f"{n:05d}") | st.none()
some_key = st.builds(window_key, some_number, some_state, some_zip)


@settings(deadline=None)
@given(some_number, some_state, some_zip)
def test_a_key_can_be_read_back_and_is_the_union_of_its_parts(
    phone: str | None, state: str | None, zip_code: str | None
) -> None:
    whole = window_key(phone, state, zip_code)
    assert whole == "?" or "|".join(sorted(f"{p.state}/{p.zone}" for p in places(whole))) == whole
    assert whole == unite(window_key(phone, None, None), window_key(None, state, zip_code))


@settings(deadline=None)
@given(some_key, some_key, some_key)
def test_uniting_keys_adds_their_places_in_any_order(a: str, b: str, c: str) -> None:
    if UNKNOWN not in (a, b):
        assert places(unite(a, b)) == places(a) | places(b)
    assert unite(a, UNKNOWN) == unite(UNKNOWN, a) == unite(a, a) == a
    assert unite(a, b) == unite(b, a)
    assert unite(a, unite(b, c)) == unite(unite(a, b), c)


def test_a_large_import_has_few_places() -> None:
    codes = sorted(all_area_codes())
    keys = {
        window_key(number(codes[row % len(codes)]), "FL", f"{row % 99_000:05d}") for row in range(200_000)
    }
    assert 100 < len(keys) < 20_000
