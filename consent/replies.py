"""What a person's reply means for whether they may be contacted: pure, no database (rules 1.4, decisions 10).

Providers act on exact single words only; the law (47 CFR 64.1200(a)(10)) on any wording a reasonable person
would read as a no. Exact words and clear phrases are an opt-out at once. What is negative or doubtful is
`unsure`: nothing more is sent until a person has read it. When in doubt the answer is the stricter one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from consent.quoted import own_words, quoted_unmarked, reaction_of
from consent.reply_letters import bare, folded, torn, unrepeated
from consent.reply_words import (
    ANGRY_SIGNS,
    BOOKED_WORDS,
    DECEASED,
    DOUBTS,
    EMERGENCY,
    HEDGED,
    HELP_WORDS,
    LONE,
    NEGATIVE,
    NO_SIGNS,
    PHRASES,
    POLITE_WORDS,
    START_WORDS,
    STOP_WORDS,
    UPSET_WORDS,
    WRONG_NUMBER_WORDS,
)


class Label(StrEnum):
    """The values are those of `messaging.Inbound.Label`."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    UNSURE = "unsure"
    OTHER = "other"


BOOKED = "says they have booked"  # a matter for a person: the label is what the other words make it
LONGEST = 20_000  # characters of a mail that are judged
UPSET = "may be upset"  # angry words that are no opt-out: paused, and a person decides
WRONG_NUMBER = "wrong number"  # this rule also marks the number unsafe for everybody (decisions 7)


@dataclass(frozen=True)
class Reply:
    """The label, and the rule that decided it (shown to people, stored with the reply)."""

    label: Label
    rule: str


def classify(text: str, pictures: int = 0) -> Reply:
    """What `text`, with so many pictures, means. Case, spaces, punctuation, accents and invisible characters never
    turn an opt-out into anything else. Of a mail ask `classify_mail`."""
    if reaction := reaction_of(text):
        added = classify(reaction.added) if reaction.added else None
        doubtful = reaction.negative or (added is not None and added.label is not Label.OTHER)
        return Reply(Label.UNSURE if doubtful else Label.OTHER, f"reaction: {reaction.lead.lower()}"[:60])
    words = folded(text)
    squeezed = words.replace(" ", "")
    if not squeezed:
        return _without_words(text, pictures)
    if found := _exact(words.split(), squeezed, text):
        return found
    for name, pattern in PHRASES:
        if pattern.search(words):
            return Reply(Label.OPT_OUT, name)
    if "?" not in text and WRONG_NUMBER_WORDS.fullmatch(words) and not HEDGED.search(words):
        return Reply(Label.UNSURE, WRONG_NUMBER)
    for rule, pattern in DOUBTS:
        if pattern.search(words):
            return Reply(Label.UNSURE, rule)
    if ANGRY_SIGNS.search(text) or UPSET_WORDS.search(words):
        return Reply(Label.UNSURE, UPSET)
    if NO_SIGNS.search(text):
        return Reply(Label.UNSURE, "a sign that says no")
    broken = _is_broken(words, squeezed, text)
    negative = _NEGATIVE_TORN.search(words) is not None
    doubtful = squeezed in LONE or negative or broken or _slipped(squeezed)
    label = Label.UNSURE if doubtful else Label.OTHER
    says_booked = BOOKED_WORDS.search(words) and not _NEGATIVE_TORN.search(words.replace("already", ""))
    if says_booked and not broken and "?" not in text:
        return Reply(label, BOOKED)
    return Reply(label, "negative or doubtful" if doubtful else "no rule applies")


def classify_mail(text: str) -> Reply:
    """What a mail means: its own words, whatever thread is quoted above, among or below them."""
    own, below = own_words(text), quoted_unmarked(text)
    reply = classify(_shortened(own))
    if reply.label is Label.OPT_OUT or not below:
        return reply
    if not own.strip():
        return Reply(Label.UNSURE, "nothing but what was quoted")
    if any(_says_stop(line) for line in below.splitlines()):
        return Reply(Label.UNSURE, "a no among what was quoted")
    return reply


def may_be_an_emergency(text: str) -> bool:
    """Whether somebody should be helped at once, whatever else the words say."""
    return bool(EMERGENCY.search(folded(text)))


def says_died(text: str) -> bool:
    """Whether somebody is said to have died, whatever else the words say."""
    return bool(DECEASED.search(folded(text)))


_ALL_CHANNELS = re.compile(
    r"\b(?:everything|all (?:contact|communication|messages|of it)|any ?(?:thing|way)|completely|altogether)\b"
)
_MAIL_WORDS = re.compile(r"\be ?mail\w*\b")
_TEXT_WORDS = re.compile(r"\b(?:texts?|texting|txts?|sms)\b")


def channels_named(text: str) -> frozenset[str]:
    """The channels that the words of an opt-out name, `sms` and `email`: a STOP by text leaves mail alone otherwise."""
    words = folded(text)
    if _ALL_CHANNELS.search(words):
        return frozenset({"sms", "email"})
    named = {"email"} if _MAIL_WORDS.search(words) else set()
    return frozenset(named | ({"sms"} if _TEXT_WORDS.search(words) else set()))


def _exact(tokens: list[str], squeezed: str, text: str) -> Reply | None:
    """Tier 1, and the words that start and help."""
    for form in (squeezed, unrepeated(squeezed)):
        if form in _STOP_SQUEEZED:
            return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[form]}")
    if len(tokens) > 1 and tokens[0] in _SUBJECT_PREFIXES:
        return _exact(tokens[1:], "".join(tokens[1:]), text)
    if (said := _POLITE.sub("", " ".join(tokens)).replace(" ", "")) in _STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[said]}, politely")
    if len(set(tokens)) == 1 and tokens[0] in _STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[tokens[0]]}, repeated")
    if (tokens[0] in _STOPS_ANYWAY and len(tokens) <= 3) or (
        tokens[0] in _STOP_SQUEEZED and _stands_alone(text)
    ):
        return Reply(Label.OPT_OUT, f"begins with: {tokens[0]}")
    disguised = folded(text.translate(_DIGITS_FOR_LETTERS)).replace(" ", "")
    if disguised in _STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {_STOP_SQUEEZED[disguised]}, disguised")
    if squeezed in START_WORDS:
        return Reply(Label.OPT_IN, f"start word: {squeezed}")
    if squeezed in HELP_WORDS:
        return Reply(Label.HELP, f"help word: {squeezed}")
    return None


def _without_words(text: str, pictures: int) -> Reply:
    if ANGRY_SIGNS.search(text):
        return Reply(Label.UNSURE, UPSET)
    if NO_SIGNS.search(text):
        return Reply(Label.UNSURE, "a sign that says no")
    if pictures:
        return Reply(Label.UNSURE, "a picture only")
    return (
        Reply(Label.OTHER, "a sign only")
        if any(unicodedata.category(c) == "So" for c in text)
        else Reply(Label.UNSURE, "no words")
    )


def _slipped(squeezed: str) -> bool:
    """Whether a short reply is a stop word but for a slip of the finger."""
    return len(squeezed) <= 7 and any(
        _one_slip(squeezed, word) for word in ("stop", "unsub", "quit", "optout", "cancel")
    )


def _one_slip(given: str, word: str) -> bool:
    """Whether one letter was missed, doubled, changed, or two swapped."""
    if abs(len(given) - len(word)) > 1:
        return False
    if len(given) == len(word):
        unlike = [at for at in range(len(word)) if given[at] != word[at]]
        swapped = (
            len(unlike) == 2 and given[unlike[0]] == word[unlike[1]] and given[unlike[1]] == word[unlike[0]]
        )
        return len(unlike) <= 1 or swapped
    longer, shorter = (given, word) if len(given) > len(word) else (word, given)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _is_broken(words: str, squeezed: str, text: str) -> bool:
    """Whether a no shows through words torn apart or run together, or marks beside one that would have stood alone."""
    begins = _BEGINS_TORN.match(words)
    return bool(
        _RUN_TOGETHER.search(squeezed)
        or _TORN.search(words)
        or _ONLY_STOPS.fullmatch(squeezed)
        or (begins and (" " in begins[0] or re.search(r"[.!\n\r]", _gap(bare(text)))))
    )


def _gap(bared: str) -> str:
    """What stands between the first word and the second."""
    found = re.match(r"[\W_]*[^\W_]+([\W_]*)", bared)
    return found[1] if found else ""


def _stands_alone(text: str) -> bool:
    """Whether the first word is all of the first line, or ends in a full stop: what follows is a signature."""
    first = text.strip().splitlines()[0]
    gap = _gap(bare(first))
    return len(folded(first).split()) == 1 or (re.search(r"[.!]", gap) is not None and gap[-1].isspace())


def _says_stop(line: str) -> bool:
    """Whether a line is a stop word and nothing else. Not "unsubscribe": so our own links are called."""
    squeezed = folded(line).replace(" ", "")
    return squeezed in _STOP_SQUEEZED and not squeezed.startswith("unsub")


def _shortened(words: str) -> str:
    """A very long mail's beginning and end: what it says in the middle of so many words somebody reads."""
    return words if len(words) <= LONGEST else f"{words[: LONGEST // 2]}\n{words[-LONGEST // 2 :]}"


_STOP_SQUEEZED = {word.replace(" ", ""): word for word in STOP_WORDS}
_STOP_SQUEEZED |= {unrepeated(key): word for key, word in _STOP_SQUEEZED.items() if len(key) > 3}
_STOPS_ANYWAY = frozenset({"stop", "stopall", "unsubscribe", "unsub", "optout", "revoke"})
_DIGITS_FOR_LETTERS = str.maketrans("015$@", "oissa")
_SUBJECT_PREFIXES = frozenset({"re", "fw", "fwd", "aw", "rv"})
_POLITE = re.compile(rf"\b(?:{'|'.join(POLITE_WORDS)})\b")
_RUN_TOGETHER = re.compile(
    "|".join(
        pattern.pattern.replace(r"\b", "").replace(" ?", "").replace(" ", "").replace("|end|", "|")
        for name, pattern in PHRASES
        if name != "asks in Spanish"
    )
    + "|stop|unsub|optout|revoke|cancel|nomore|takeme|wrongnumber|end(?:my|the|this|these|all)"
)
_TORN = re.compile("|".join(torn(pattern.pattern) for _, pattern in PHRASES))
_NEGATIVE_TORN = re.compile(torn(NEGATIVE.pattern))
_EACH_STOP = "|".join(sorted(_STOP_SQUEEZED, key=len, reverse=True))
_EACH_POLITE = "|".join(word.replace(" ", "") for word in POLITE_WORDS)
_ONLY_STOPS = re.compile(
    rf"(?:{'|'.join(_SUBJECT_PREFIXES)})*(?:{_EACH_POLITE})*(?:{_EACH_STOP})(?:{_EACH_STOP}|{_EACH_POLITE})*"
)
_BEGINS_TORN = re.compile(rf"(?:{'|'.join(torn(word) for word in _STOP_SQUEEZED)})\b")
