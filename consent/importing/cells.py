"""What one cell says: an address, an answer about consent, a name, a state, a ZIP code.

Every reader gives the value and a remark: '' or a sentence that never repeats the value.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from consent.addresses import NO_ADDRESS, NO_NUMBER, AddressRefused, canonical_email, canonical_sms

MAX_NAME = 100  # characters

NAME_CUT = f"A name was longer than {MAX_NAME} characters and was cut."
ANSWER_UNCLEAR = "{column}: this answer is neither a clear yes nor a clear no, so it counts as not known."
YES_UNSPECIFIC = "A general yes does not say to what, so it proves no consent."
STATE_UNKNOWN = "State: not a US state or territory, so left out."
ZIP_UNKNOWN = "ZIP: not a US ZIP code, so left out."
LANGUAGE_UNKNOWN = "Language: not one that can be told apart, so left out."
DECEASED_UNCLEAR = "Deceased: this answer is unclear, so this person is not contacted."


class Answer(StrEnum):
    """What a consent cell says. NO is an opt-out and wins over everything; blank is UNKNOWN."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "n/a",
        "na",
        "n.a.",
        "none",
        "null",
        "nil",
        "nan",
        "unknown",
        "unk",
        "declined",
        "refused",
        "not provided",
        "not given",
        "no phone",
        "no email",
        "noemail",
        "nophone",
        "no cell",
        "no",
        "x",
        ".",
        "?",
        "0",
        "#n/a",
        "tbd",
        "not available",
        "not on file",
        "(none)",
        "(blank)",
        "blank",
        "empty",
        "undefined",
        "missing",
    }
)


def read_phone(cell: str) -> tuple[str, str]:
    """The E.164 form or '', and a remark unless the cell is blank or says that there is none."""
    try:
        return canonical_sms(cell), ""
    except AddressRefused as refused:
        blank = refused.sentence == NO_NUMBER or cell.strip().casefold() in _NOTHING
        return "", "" if blank else "Phone: " + refused.sentence


def read_email(cell: str) -> tuple[str, str]:
    """The canonical address or '', and a remark unless the cell is blank or says that there is none."""
    try:
        return canonical_email(cell), ""
    except AddressRefused as refused:
        blank = refused.sentence == NO_ADDRESS or cell.strip().casefold() in _NOTHING
        return "", "" if blank else "E-mail: " + refused.sentence


# -- consent ---------------------------------------------------------------------------------------

_YES = frozenset(
    {
        "y",
        "yes",
        "yes please",
        "ye",
        "yep",
        "true",
        "t",
        "1",
        "x",
        "ok",
        "okay",
        "on",
        "opt in",
        "opted in",
        "optin",
        "optedin",
        "subscribed",
        "subscribe",
        "allow",
        "allowed",
        "agree",
        "agreed",
        "accept",
        "accepted",
        "accepts",
        "consent",
        "consented",
        "granted",
        "given",
        "active",
        "si",
        "checked",
        "confirmed",
        "approved",
        "1 0",
        "good",
        "sure",
        "true 1",
        "verified",
    }
)
_YES_MARKS = frozenset("✓✔☑✅√")
_NO_MARKS = frozenset("✗✘❌☒🛑🚫⛔👎")
_NO = frozenset(
    {
        "n",
        "no",
        "nope",
        "f",
        "false",
        "0",
        "0 0",
        "off",
        "end",
        "quit",
        "cancel",
        "cancelled",
        "canceled",
        "exit",
        "alto",
        "parar",
        "pare",
        "baja",
        "detener",
        "arret",
        "inactive",
        "invalid",
        "bounced",
        "complaint",
        "complained",
        "cleaned",
        "dnc",
        "dnt",
        "dne",
        "nunca",
        "blocked",
        "disabled",
        "deny",
        "denied",
        "withdrawn",
        "withdrew",
        "bad",
        "wrong number",
        "landline only",
        "nein",
        "non",
        "dead",
        "deceased",
        "recare",
        "unchecked",
        "minus",
        "negative",
        "out",
    }
)
_NO_WORDS = re.compile(
    r"\b(?:no(?!ne|t (?:known|sure|asked|applicable|available|specified|set|provided|given|recorded|on file|stated)\b)t?|never|dont|"
    r"don t|doesn t|does not|do not|won t|can t|cannot|stop\w*|unsub\w*|opt\w* ?out\w*|optout\w*|"
    r"declin\w*|refus\w*|revok\w*|remov\w*|suppress\w*|block\w*|reject\w*|withdr\w*|object\w*|blacklist\w*|dnc|do not contact|"
    r"opted out|unwilling|against|quit|cease|spam)\b"
)
_NOT_ASKED = frozenset(
    {
        "",
        "unknown",
        "unk",
        "n a",
        "na",
        "null",
        "nan",
        "nil",
        "not known",
        "not asked",
        "not sure",
        "not applicable",
        "not available",
        "not specified",
        "not set",
        "not provided",
        "not given",
        "not recorded",
        "not on file",
        "not stated",
        "unspecified",
        "undefined",
        "blank",
        "pending",
        "tbd",
        "missing",
        "no answer",
        "no response",
        "no data",
        "no record",
    }
)


@lru_cache(maxsize=16_384)
def read_answer(cell: str) -> tuple[Answer, bool]:
    """The answer, and whether it was written clearly (a blank is clear: it says nothing).

    Any negative counts as no, in whatever words; only a plain yes counts as yes.
    """
    plain = unicodedata.normalize("NFKC", cell[:500])
    if any(mark in plain for mark in _NO_MARKS):
        return Answer.NO, True
    plain = unicodedata.normalize("NFKD", plain.casefold())
    plain = "".join(
        character for character in plain if unicodedata.category(character) not in ("Mn", "Cf", "Cc")
    )
    marked = any(mark in plain for mark in _YES_MARKS)
    words = " ".join(re.sub(r"[^\w]+|_", " ", plain).split())
    if words in _NOT_ASKED and not marked:
        return Answer.UNKNOWN, True
    if words in _NO or _NO_WORDS.search(words):
        return Answer.NO, True
    if words in _YES or (marked and not words):
        return Answer.YES, True
    return Answer.UNKNOWN, False


@lru_cache(maxsize=16_384)
def read_stop(cell: str) -> tuple[Answer, bool]:
    """The answer of a "do not contact" column: yes there means no here; a no there proves nothing.

    Any word that is not clearly a no means that somebody put it there on purpose: opted out.
    """
    plain = " ".join(re.sub(r"[^\w]+|_", " ", unicodedata.normalize("NFKC", cell[:500]).casefold()).split())
    if plain in _NOT_ASKED and not any(mark in cell for mark in _YES_MARKS | _NO_MARKS):
        return Answer.UNKNOWN, True
    if plain in {
        "n",
        "no",
        "f",
        "false",
        "0",
        "0 0",
        "off",
        "none",
        "opt in",
        "opted in",
        "subscribed",
        "unchecked",
        "active",
        "never",
    }:
        return Answer.UNKNOWN, True
    return Answer.NO, True


@lru_cache(maxsize=4096)
def read_deceased(cell: str) -> tuple[bool, str]:
    """Whether this person has died. Blank and no are no; anything else holds everything."""
    plain = " ".join(re.sub(r"[^\w]+|_", " ", cell[:500].casefold()).split())
    if plain in _NOT_ASKED or plain in {
        "n",
        "no",
        "f",
        "false",
        "0",
        "0 0",
        "none",
        "alive",
        "living",
        "active",
        "inactive",
        "off",
        "patient",
        "not deceased",
        "prospect",
        "nonpatient",
        "non patient",
        "archived",
        "current",
        "00 00 0000",
        "01 01 0001",
        "0001 01 01",
        "0000 00 00",
    }:
        return False, ""
    if plain in {
        "y",
        "yes",
        "true",
        "t",
        "1",
        "x",
        "deceased",
        "dead",
        "died",
        "expired",
        "d",
        "passed away",
    } or any(character.isdigit() for character in plain):
        return True, ""
    return True, DECEASED_UNCLEAR


# -- names and labels ------------------------------------------------------------------------------

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[\x1c-\x1f\x85\u2028\u2029]")
_NO_NAME = frozenset({"-", "--", ".", "?", "n/a", "N/A", "#N/A"})


def read_name(cell: str, most: int = MAX_NAME) -> tuple[str, str]:
    """A name as it was typed: NFC, spaces squeezed, without control characters and direction overrides.

    `{{ secret }}` or `<b>` is a name like any other here; whoever prints it prints text.
    """
    name = cell
    if not (name.isascii() and name.isprintable()):
        name = unicodedata.normalize("NFC", _CONTROLS.sub("", _SPACES.sub(" ", name[: 50 * most])))
    name = " ".join(name.split())
    if name in _NO_NAME:
        return "", ""
    if len(name) <= most:
        return name, ""
    return unicodedata.normalize("NFC", name[:most]).strip(), NAME_CUT


def split_name(full: str) -> tuple[str, str]:
    """First and last name out of `Doe, Jane` or `Jane Doe`."""
    last, comma, first = full.partition(",")
    if comma and first.strip():
        return first.strip(), last.strip()
    first, _, last = full.replace(",", " ").strip().partition(" ")
    return first, last.strip()


# -- where and in which language -------------------------------------------------------------------

_STATES = {
    "AL": "alabama",
    "AK": "alaska",
    "AZ": "arizona",
    "AR": "arkansas",
    "CA": "california",
    "CO": "colorado",
    "CT": "connecticut",
    "DE": "delaware",
    "DC": "district of columbia",
    "FL": "florida",
    "GA": "georgia",
    "HI": "hawaii",
    "ID": "idaho",
    "IL": "illinois",
    "IN": "indiana",
    "IA": "iowa",
    "KS": "kansas",
    "KY": "kentucky",
    "LA": "louisiana",
    "ME": "maine",
    "MD": "maryland",
    "MA": "massachusetts",
    "MI": "michigan",
    "MN": "minnesota",
    "MS": "mississippi",
    "MO": "missouri",
    "MT": "montana",
    "NE": "nebraska",
    "NV": "nevada",
    "NH": "new hampshire",
    "NJ": "new jersey",
    "NM": "new mexico",
    "NY": "new york",
    "NC": "north carolina",
    "ND": "north dakota",
    "OH": "ohio",
    "OK": "oklahoma",
    "OR": "oregon",
    "PA": "pennsylvania",
    "RI": "rhode island",
    "SC": "south carolina",
    "SD": "south dakota",
    "TN": "tennessee",
    "TX": "texas",
    "UT": "utah",
    "VT": "vermont",
    "VA": "virginia",
    "WA": "washington",
    "WV": "west virginia",
    "WI": "wisconsin",
    "WY": "wyoming",
    "PR": "puerto rico",
    "GU": "guam",
    "VI": "us virgin islands",
    "AS": "american samoa",
    "MP": "northern mariana islands",
}
_CODES = {name: code for code, name in _STATES.items()} | {
    "washington dc": "DC",
    "d c": "DC",
    "virgin islands": "VI",
    "calif": "CA",
    "penna": "PA",
    "mass": "MA",
    "fla": "FL",
    "tex": "TX",
    "ariz": "AZ",
    "wash": "WA",
    "ore": "OR",
    "tenn": "TN",
    "mich": "MI",
    "minn": "MN",
    "colo": "CO",
    "conn": "CT",
    "n y": "NY",
    "n j": "NJ",
    "n c": "NC",
    "s c": "SC",
    "n d": "ND",
    "s d": "SD",
    "n m": "NM",
    "n h": "NH",
    "r i": "RI",
    "w va": "WV",
    "ill": "IL",
    "ind": "IN",
    "wis": "WI",
    "okla": "OK",
    "nebr": "NE",
    "nev": "NV",
    "ala": "AL",
    "ark": "AR",
}


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=65_536)
def read_zip(cell: str) -> tuple[str, str]:
    """Five digits; the zeros that a spreadsheet ate in front come back; ZIP+4 is shortened."""
    plain = unicodedata.normalize("NFKC", cell[:50]).strip(" \t'\"=")
    if not plain or plain.casefold() in _NOTHING:
        return "", ""
    if plain.isdigit() and plain.isascii() and 8 <= len(plain) <= 9:
        plain = plain.zfill(9)[:5]
    found = _ZIP.fullmatch(plain)
    if not found or not plain.isascii():
        return "", ZIP_UNKNOWN
    digits = (found[1] or found[2]).zfill(5)
    return (digits, "") if digits >= "00501" else ("", ZIP_UNKNOWN)


_LANGUAGES = {
    "en": "english inglés ingles eng anglais",
    "es": "spanish español espanol spa castellano",
    "zh": "chinese mandarin cantonese 中文 chi zho",
    "vi": "vietnamese tiếng việt vie",
    "ko": "korean 한국어 kor",
    "tl": "tagalog filipino fil tgl",
    "ru": "russian русский rus",
    "ar": "arabic العربية ara",
    "fr": "french français francais fra fre",
    "pt": "portuguese português portugues por",
    "ht": "haitian creole kreyol kreyòl hat",
    "pl": "polish polski pol",
    "de": "german deutsch ger deu",
    "hi": "hindi hin",
    "ja": "japanese 日本語 jpn",
    "fa": "farsi persian فارسی per fas",
    "it": "italian italiano ita",
    "uk": "ukrainian українська ukr",
    "hy": "armenian arm hye",
    "so": "somali som",
    "ne": "nepali nep",
    "ur": "urdu urd",
    "pa": "punjabi pan",
    "bn": "bengali ben",
}
_LANGUAGE_CODES = {word: code for code, words in _LANGUAGES.items() for word in (code, *words.split())}


@lru_cache(maxsize=4096)
def read_language(cell: str) -> tuple[str, str]:
    """The ISO 639-1 code, or '' with a remark."""
    plain = unicodedata.normalize("NFC", cell[:100]).casefold().strip()
    if not plain or plain in _NOTHING or plain.startswith(("not ", "decline")):
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
