"""Where a person lives and which language they read, as far as a cell tells."""

from __future__ import annotations

import re
import unicodedata

from .cells import NOTHING, remembered

STATE_UNKNOWN = "State: not a US state or territory, so left out."
ZIP_UNKNOWN = "ZIP: not a US ZIP code, so left out."
LANGUAGE_UNKNOWN = "Language: not one that can be told apart, so left out."

_STATES = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california", "CO": "colorado",
    "CT": "connecticut", "DE": "delaware", "DC": "district of columbia", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa", "KS": "kansas",
    "KY": "kentucky", "LA": "louisiana", "ME": "maine", "MD": "maryland", "MA": "massachusetts",
    "MI": "michigan", "MN": "minnesota", "MS": "mississippi", "MO": "missouri", "MT": "montana",
    "NE": "nebraska", "NV": "nevada", "NH": "new hampshire", "NJ": "new jersey", "NM": "new mexico",
    "NY": "new york", "NC": "north carolina", "ND": "north dakota", "OH": "ohio", "OK": "oklahoma",
    "OR": "oregon", "PA": "pennsylvania", "RI": "rhode island", "SC": "south carolina", "SD": "south dakota",
    "TN": "tennessee", "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
    "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming", "PR": "puerto rico", "GU": "guam",
    "VI": "us virgin islands", "AS": "american samoa", "MP": "northern mariana islands",
}  # fmt: skip
_ABBREVIATED = {
    "washington dc": "DC", "washington d c": "DC", "d c": "DC", "virgin islands": "VI", "calif": "CA", "penna": "PA", "mass": "MA",
    "fla": "FL", "tex": "TX", "ariz": "AZ", "wash": "WA", "ore": "OR", "tenn": "TN", "mich": "MI",
    "minn": "MN", "colo": "CO", "conn": "CT", "n y": "NY", "n j": "NJ", "n c": "NC", "s c": "SC",
    "n d": "ND", "s d": "SD", "n m": "NM", "n h": "NH", "r i": "RI", "w va": "WV", "ill": "IL", "ind": "IN",
    "wis": "WI", "okla": "OK", "nebr": "NE", "nev": "NV", "ala": "AL", "ark": "AR",
}  # fmt: skip
_CODES = {name: code for code, name in _STATES.items()} | _ABBREVIATED


@remembered
def read_state(cell: str) -> tuple[str, str]:
    """The two-letter code of a state or territory, or '' with a remark."""
    if cell in _STATES:
        return cell, ""
    plain = " ".join(re.sub(r"[^a-z]+", " ", unicodedata.normalize("NFKC", cell[:100]).casefold()).split())
    code = (
        plain.upper()
        if plain.upper() in _STATES
        else _CODES.get(plain.removeprefix("us ") if plain != "us" else "", "")
    )
    if not code and plain.replace(" ", "").upper() in _STATES:
        code = plain.replace(" ", "").upper()
    return code, "" if code or not plain or plain in (
        "n a",
        "na",
        "none",
        "unknown",
        "null",
    ) else STATE_UNKNOWN


_ZIP = re.compile(r"([0-9]{3,5})(?:\.0+|[\-\s]?[0-9]{4})?|([0-9]{5})[\-\s]")


@remembered
def read_zip(cell: str) -> tuple[str, str]:
    """Five digits; the zeros that a spreadsheet ate in front come back; ZIP+4 is shortened."""
    plain = unicodedata.normalize("NFKC", cell[:50]).strip(" \t'\"=")
    if not plain or plain.casefold() in NOTHING:
        return "", ""
    if plain.isdigit() and plain.isascii() and 8 <= len(plain) <= 9:
        plain = plain.zfill(9)[:5]
    found = _ZIP.fullmatch(plain)
    if not found or not plain.isascii():
        return "", ZIP_UNKNOWN
    digits = (found[1] or found[2]).zfill(5)
    return (digits, "") if digits >= "00501" else ("", ZIP_UNKNOWN)


_LANGUAGES = {
    "en": "english inglés ingles eng anglais", "es": "spanish español espanol spa castellano",
    "zh": "chinese mandarin cantonese 中文 chi zho", "vi": "vietnamese tiếng việt vie", "ko": "korean 한국어 kor",
    "tl": "tagalog filipino fil tgl", "ru": "russian русский rus", "ar": "arabic العربية ara",
    "fr": "french français francais fra fre", "pt": "portuguese português portugues por",
    "ht": "haitian creole kreyol kreyòl hat", "pl": "polish polski pol", "de": "german deutsch ger deu",
    "hi": "hindi hin", "ja": "japanese 日本語 jpn", "fa": "farsi persian فارسی per fas",
    "it": "italian italiano ita", "uk": "ukrainian українська ukr", "hy": "armenian arm hye",
    "so": "somali som", "ne": "nepali nep", "ur": "urdu urd", "pa": "punjabi pan", "bn": "bengali ben",
}  # fmt: skip
_LANGUAGE_CODES = {word: code for code, words in _LANGUAGES.items() for word in (code, *words.split())}


@remembered
def read_language(cell: str) -> tuple[str, str]:
    """The ISO 639-1 code, or '' with a remark."""
    plain = unicodedata.normalize("NFC", cell[:100]).casefold().strip()
    if not plain or plain in NOTHING or plain.startswith(("not ", "decline")):
        return "", ""
    first = re.split(r"[^\w]+|_", plain, maxsplit=1)[0]
    code = _LANGUAGE_CODES.get(first, "")
    return code, "" if code else LANGUAGE_UNKNOWN


def looks_like_state(cell: str) -> bool:
    """Whether a sample value is a state."""
    return bool(read_state(cell)[0])


def looks_like_zip(cell: str) -> bool:
    """Whether a sample value is a ZIP code."""
    return bool(read_zip(cell)[0])
