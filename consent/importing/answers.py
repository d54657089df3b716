"""What a cell says about consent, and whether it says that somebody has died.

A negative in whatever words is an opt-out (decisions 8); only a plain yes is a yes; blank is not known.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from .cells import remembered

ANSWER_UNCLEAR = "{column}: this answer is neither a clear yes nor a clear no, so it counts as not known."
YES_UNSPECIFIC = "A general yes does not say to what, so it proves no consent."
DECEASED_UNCLEAR = "Deceased: this answer is unclear, so this person is not contacted."


class Answer(StrEnum):
    """What a consent cell says. NO is an opt-out and wins over everything; blank is UNKNOWN."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_YES = frozenset(
    [
        "1",
        "1 0",
        "accept",
        "accepted",
        "accepts",
        "active",
        "agree",
        "agreed",
        "allow",
        "allowed",
        "approved",
        "checked",
        "confirmed",
        "consent",
        "consented",
        "given",
        "good",
        "granted",
        "ok",
        "okay",
        "on",
        "opt in",
        "opted in",
        "optedin",
        "optin",
        "si",
        "subscribe",
        "subscribed",
        "sure",
        "t",
        "true",
        "true 1",
        "verified",
        "x",
        "y",
        "ye",
        "yep",
        "yes",
        "yes please",
    ]
)
_YES_MARKS = frozenset("✓✔☑✅√")
_NO_MARKS = frozenset("✗✘❌☒🛑🚫⛔👎")
_NO = frozenset(
    [
        "0",
        "0 0",
        "alto",
        "arret",
        "bad",
        "baja",
        "blocked",
        "bounced",
        "cancel",
        "canceled",
        "cancelled",
        "cleaned",
        "complained",
        "complaint",
        "dead",
        "deceased",
        "denied",
        "deny",
        "detener",
        "disabled",
        "dnc",
        "dne",
        "dnt",
        "end",
        "exit",
        "f",
        "false",
        "inactive",
        "invalid",
        "landline only",
        "minus",
        "n",
        "negative",
        "nein",
        "no",
        "non",
        "nope",
        "nunca",
        "off",
        "out",
        "parar",
        "pare",
        "payment",
        "quit",
        "recare",
        "survey",
        "unchecked",
        "withdrawn",
        "withdrew",
        "wrong number",
    ]
)
_NO_WORDS = re.compile(
    r"\b(?:no(?!ne|t (?:known|sure|asked|applicable|available|specified|set|provided|given|recorded|on file|"
    r"stated)\b)t?|never|dont|don t|doesn t|does not|do not|won t|can t|cannot|stop\w*|unsub\w*|"
    r"opt\w* ?out\w*|optout\w*|declin\w*|refus\w*|revok\w*|remov\w*|suppress\w*|block\w*|reject\w*|"
    r"withdr\w*|object\w*|blacklist\w*|dnc|do not contact|opted out|unwilling|against|quit|cease|spam)\b"
)
_NOT_ASKED = frozenset(
    [
        "",
        "blank",
        "missing",
        "n a",
        "na",
        "nan",
        "nil",
        "no answer",
        "no data",
        "no preference",
        "no record",
        "no response",
        "not applicable",
        "not asked",
        "not available",
        "not given",
        "not known",
        "not on file",
        "not provided",
        "not recorded",
        "not set",
        "not specified",
        "not stated",
        "not sure",
        "null",
        "pending",
        "tbd",
        "undefined",
        "unk",
        "unknown",
        "unspecified",
    ]
)
_NOT_STOPPED = frozenset(
    [
        "0",
        "0 0",
        "active",
        "f",
        "false",
        "n",
        "never",
        "no",
        "none",
        "off",
        "opt in",
        "opted in",
        "subscribed",
        "unchecked",
    ]
)
_LIVING = _NOT_ASKED | frozenset(
    [
        "0",
        "0 0",
        "00 00 0000",
        "0000 00 00",
        "0001 01 01",
        "01 01 0001",
        "active",
        "alive",
        "archived",
        "current",
        "f",
        "false",
        "inactive",
        "living",
        "n",
        "no",
        "non patient",
        "none",
        "nonpatient",
        "not deceased",
        "off",
        "patient",
        "prospect",
    ]
)
_DIED = frozenset(
    ["1", "d", "dead", "deceased", "died", "expired", "passed away", "t", "true", "x", "y", "yes"]
)


@remembered
def read_answer(cell: str) -> tuple[Answer, bool]:
    """The answer, and whether it was written clearly (a blank is clear: it says nothing)."""
    if any(mark in cell for mark in _NO_MARKS):
        return Answer.NO, True
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", cell).casefold())
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf", "Cc") or c.isspace())
    marked = any(mark in plain for mark in _YES_MARKS)
    words = _words(plain)
    if words in _NOT_ASKED and not marked:
        return Answer.UNKNOWN, True
    if words in _NO or _NO_WORDS.search(words):
        return Answer.NO, True
    if words in _YES or (marked and not words):
        return Answer.YES, True
    return Answer.UNKNOWN, False


@remembered
def read_stop(cell: str) -> tuple[Answer, bool]:
    """The answer of a "do not contact" column: yes there means no here; a no there proves nothing.

    Any word that is not clearly a no was put there on purpose: opted out.
    """
    plain = _words(unicodedata.normalize("NFKC", cell).casefold())
    if plain in _NOT_STOPPED:
        return Answer.UNKNOWN, True
    if plain in _NOT_ASKED and not any(mark in cell for mark in _YES_MARKS | _NO_MARKS):
        return Answer.UNKNOWN, True
    return Answer.NO, True


@remembered
def read_deceased(cell: str) -> tuple[bool, str]:
    """Whether this person has died: blank and no are no, a date is yes, unclear is yes with a remark."""
    plain = _words(cell.casefold())
    if plain in _LIVING:
        return False, ""
    if plain in _DIED or any(character.isdigit() for character in plain):
        return True, ""
    return True, DECEASED_UNCLEAR


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", text).split())
