"""Keyed hashes are plain HMAC-SHA256, however many are made at once, and words are the same by the short way."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenants.hashing import address_hash, address_hashes, word_hash, word_hashes, words_of

readable = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
addresses = st.lists(readable, max_size=5)


@given(addresses)
def test_an_addresss_hash_is_hmac_over_channel_and_address(given_addresses: list[str]) -> None:
    from django.conf import settings

    for version, key in settings.HASH_KEYS.items():
        expected = [
            hmac.digest(key, f"sms\0{each}".encode(), hashlib.sha256).hex() for each in given_addresses
        ]
        assert [digest.hex() for digest in address_hashes("sms", given_addresses, version)] == expected
        assert [address_hash("sms", each, version).hex() for each in given_addresses] == expected


def test_every_key_version_gives_another_hash(settings: Any) -> None:
    settings.HASH_KEYS = {2: b"b" * 32, 1: b"a" * 32}
    newest, oldest = address_hash("email", "jane@example.org"), address_hash("email", "jane@example.org", 1)
    assert newest.hex() == hmac.digest(b"b" * 32, b"email\0jane@example.org", hashlib.sha256).hex()
    assert oldest.hex() == hmac.digest(b"a" * 32, b"email\0jane@example.org", hashlib.sha256).hex()


@given(addresses)
def test_a_words_hash_is_the_beginning_of_hmac_with_the_oldest_key(words: list[str]) -> None:
    from django.conf import settings

    oldest = settings.HASH_KEYS[min(settings.HASH_KEYS)]
    folded = [unicodedata.normalize("NFKC", word).casefold() for word in words]
    digests = [hmac.digest(oldest, f"7\0{word}".encode(), hashlib.sha256) for word in folded]
    expected = [int.from_bytes(digest[:8], "big", signed=True) for digest in digests]
    assert word_hashes(7, words) == [word_hash(7, word) for word in words] == expected


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_plain_letters_take_a_shorter_way_to_the_same_words(text: str) -> None:
    # A letter beyond ASCII as a word of its own sends the whole text the long way.
    assert [*words_of(text), "é"] == words_of(text + " é")
