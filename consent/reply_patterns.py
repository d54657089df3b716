"""What the classifier looks for, made of the words of tiers 1 to 3: squeezed, torn apart, run together. Pure."""

from __future__ import annotations

import re

from consent.reply_doubts import NEGATIVE
from consent.reply_letters import torn, unrepeated
from consent.reply_words import CONTACT, PHRASES, POLITE_WORDS, STOP_WORDS

STOP_SQUEEZED = {word.replace(" ", ""): word for word in STOP_WORDS}
STOP_SQUEEZED |= {unrepeated(key): word for key, word in STOP_SQUEEZED.items() if len(key) > 3}
STOPS_ANYWAY = frozenset({"stop", "stopall", "unsubscribe", "unsub", "optout", "revoke"})
DIGITS_FOR_LETTERS = str.maketrans("015$@", "oissa")
SUBJECT_PREFIXES = frozenset({"re", "fw", "fwd", "aw", "rv"})
VISITS = frozenset({"by", "in", "over", "at"})  # "stop by tomorrow?"
POLITE = re.compile(rf"\b(?:{'|'.join(POLITE_WORDS)})\b")
NUMBER_SIGN = re.compile(r"\b(wrong|incorrect|my|this|our)\s*#(?!\w)", re.IGNORECASE)
_JOINED = [
    (name, pattern.pattern.replace(r"\b", "").replace(" ?", "").replace(" ", "").replace("|end|", "|"))
    for name, pattern in PHRASES
    if name != "asks in Spanish"
]
TORN = [(name, re.compile(torn(pattern.pattern))) for name, pattern in PHRASES]
TORN_FAR = re.compile("|".join(torn(pattern.pattern, gap=2) for _, pattern in PHRASES))
TORN_AND_JOINED = re.compile(rf"\b(?:{torn('|'.join(pattern for _, pattern in _JOINED))})\b")
LONG = 8
# From its beginning only: "orthodontically" has a "dont … call" in its midst.
_BEFORE = r"(?:please|pls|plz|just|kindly|hey|ok|now|you|can|could|will|must|need|to)*"
ONE_WORD = [
    (name, re.compile(f"{_BEFORE}(?:{pattern})"))
    for name, pattern in _JOINED
    if name not in ("opts out", "threatens", "calls it spam or harassment", "asks in French")
]
# Within one word, but not in Christopher, histopathology, mastopexy.
WITHIN = re.compile(
    r"(?<!ri)(?<!hi)(?<!ma)stop|unsub|optout|revoke|cancel(?!l?ation)|nomore|takemeoff|wrongnumber|end(?:my|the|this|these|all)"
)
NEGATIVE_TORN = re.compile(torn(NEGATIVE.pattern))
_MARKS = r"[\W_]*"


def _marked(word: str) -> str:
    """A word with any marks between its letters."""
    return _MARKS.join(word)


_EACH_STOP = "|".join(sorted(STOP_SQUEEZED, key=len, reverse=True))
_EACH_POLITE = "|".join(word.replace(" ", "") for word in POLITE_WORDS)
ONLY_STOPS = re.compile(rf"(?:{_EACH_POLITE})*(?:{_EACH_STOP})(?:{_EACH_STOP}|{_EACH_POLITE})*")
# "OK stop", "Hi. Please stop." Not "no cancelar", which says the opposite: so the words that stop by any means only.
_EACH_BESIDE = "hi|hello|hey|ok|okay|yes|yeah|no|nope|sorry|but|so|just|ugh"
_EACH_ANYWAY = "|".join(sorted(STOPS_ANYWAY, key=len, reverse=True))
GREETED_STOPS = re.compile(
    rf"(?:{_EACH_BESIDE}|{_EACH_POLITE})*(?:{_EACH_ANYWAY})(?:{_EACH_ANYWAY}|{_EACH_POLITE})*"
)
CONTACTING = re.compile(CONTACT)
SUBJECT = re.compile(rf"(?:{_MARKS}(?:{'|'.join(_marked(each) for each in SUBJECT_PREFIXES)}){_MARKS}:)+")
BEGINS_TORN = re.compile(rf"(?:{'|'.join(torn(word) for word in STOP_SQUEEZED)})\b")
BEGINS_MARKED = re.compile(
    rf"{_MARKS}(?:{'|'.join(_marked(word) for word in STOP_WORDS if ' ' not in word)})([\W_]+)[^\W_]"
)
