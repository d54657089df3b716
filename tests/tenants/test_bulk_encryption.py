"""Ciphertexts made by the thousand are ordinary ones: each readable alone, each different."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import Any

from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from tenants.bulk_encryption import encrypt_many
from tenants.encryption import decrypt


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=40))
def test_every_value_comes_back_in_its_place(values: list[str]) -> None:
    assert [decrypt(token) for token in encrypt_many(values)] == values


def test_equal_values_never_look_equal() -> None:
    tokens = encrypt_many(["Jane"] * 1000)
    assert len(set(tokens)) == 1000
    assert len({urlsafe_b64decode(token)[9:25] for token in tokens}) == 1000


def test_the_newest_key_writes_and_the_time_is_told(settings: Any) -> None:
    (token,) = encrypt_many(["+15742310001"])
    newest = Fernet(settings.FIELD_ENCRYPTION_KEY[0])
    assert newest.decrypt(token.encode(), ttl=60) == b"+15742310001"


def test_lengths_around_a_block_are_right() -> None:
    values = ["x" * length for length in range(50)]
    assert [decrypt(token) for token in encrypt_many(values)] == values
