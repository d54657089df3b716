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
from itertools import pairwise

from consent.quoted import own_words, quoted_unmarked, reaction_of, without_footers
from consent.reply_doubts import (
    ABOUT_A_VISIT,
    ANGRY_SIGNS,
    BOOKED_WORDS,
    DECEASED,
    DOUBTS,
    EMERGENCY,
    HEDGED,
    MASKED,
    NO_SIGNS,
    NOT_ME_WORDS,
    UPSET_WORDS,
    WRONG_NUMBER_WORDS,
)
from consent.reply_letters import bare, folded, one_slip, unrepeated
from consent.reply_patterns import (
    BEGINS_MARKED,
    BEGINS_TORN,
    CONTACTING,
    DIGITS_FOR_LETTERS,
    GREETED_STOPS,
    LONG,
    NEGATIVE_TORN,
    NUMBER_SIGN,
    ONE_WORD,
    ONLY_STOPS,
    POLITE,
    STOP_SQUEEZED,
    STOPS_ANYWAY,
    SUBJECT,
    SUBJECT_PREFIXES,
    TORN,
    TORN_AND_JOINED,
    TORN_FAR,
    VISITS,
    WITHIN,
)
from consent.reply_words import HELP_WORDS, LONE, PHRASES, START_WORDS


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
    text = NUMBER_SIGN.sub(r"\1 number", text)
    words = folded(text)
    squeezed = words.replace(" ", "")
    if not squeezed:
        return _without_words(text, pictures)
    if found := _exact(words.split(), squeezed, text):
        return found
    if found := _phrase(words):
        return found
    if "?" not in text and _is_wrong_number(words, text):
        return Reply(Label.UNSURE, WRONG_NUMBER)
    for rule, pattern in DOUBTS:
        if pattern.search(words):
            return Reply(Label.UNSURE, rule)
    if ANGRY_SIGNS.search(text) or UPSET_WORDS.search(words) or MASKED.search(bare(text)):
        return Reply(Label.UNSURE, UPSET)
    if NO_SIGNS.search(text):
        return Reply(Label.UNSURE, "a sign that says no")
    says_booked = BOOKED_WORDS.search(words) is not None
    told = words.replace("already", "") if says_booked else words  # "I already booked" is no "enough already"
    negative = NEGATIVE_TORN.search(told) is not None
    doubtful = (
        squeezed in LONE or unrepeated(squeezed) == "no" or negative or _is_broken(words) or _slips(words)
    )
    label = Label.UNSURE if doubtful else Label.OTHER
    if says_booked and label is Label.OTHER and "?" not in text:
        return Reply(label, BOOKED)
    return Reply(label, "negative or doubtful" if doubtful else "no rule applies")


def classify_mail(text: str) -> Reply:
    """What a mail means: its own words, whatever thread is quoted above, among or below them."""
    own, below = own_words(text), quoted_unmarked(text)
    reply = classify(_shortened(own))
    if reply.label is Label.OPT_OUT and classify(_shortened(without_footers(own))).label is not Label.OPT_OUT:
        return Reply(Label.UNSURE, "a no in what stands below every mail, perhaps")
    if reply.label is Label.OPT_OUT or not below:
        return reply
    if not own.strip():
        return Reply(Label.UNSURE, "nothing but what was quoted")
    if any(_says_stop(line) for line in below.splitlines()):
        return Reply(Label.UNSURE, "a no among what was quoted")
    return reply


def may_be_an_emergency(text: str) -> bool:
    """Whether somebody should be helped at once, whatever else the words say. Words of ours that a reaction names are not theirs."""
    reaction = reaction_of(text)
    return bool(EMERGENCY.search(folded(reaction.added if reaction else text)))


def says_died(text: str) -> bool:
    """Whether somebody is said to have died, whatever else the words say."""
    return bool(DECEASED.search(folded(text)))


_ALL_CHANNELS = re.compile(
    r"\b(?:everything|all (?:contact|communication|messages|of it)|any ?(?:thing|way)|completely|altogether)\b"
)
_MAIL_WORDS = re.compile(r"\be ?mail\w*\b")
_TEXT_WORDS = re.compile(r"\b(?:texts?|texting|txts?|sms)\b")
# "Don't text me, e-mail me": what they ask for instead is none of what they stop.
_INSTEAD = re.compile(
    r"\b(?:please|pls|plz|just|only|rather|prefer|can you|could you|you can|you may|but) (?:e ?mail|text|txt)s?\b(?! (?:or|and|nor|no)\b)|"
    r"\b(?:e ?mail|text|txt)s? (?:me |us )?(?:instead|only|(?:is |are )?(?:fine|ok|okay|better|best|preferred|good)|works?)\b|"
    r"\b(?:text|txt|texting|call|calling|email|emailing)(?: (?:me|us|here|again|anymore|please))* (?:e ?mail|text|txt) (?:me|us)\b"
)


def channels_named(text: str) -> frozenset[str]:
    """The channels that the words of an opt-out name, `sms` and `email`: a STOP by text leaves mail alone otherwise."""
    words = folded(text)
    if _ALL_CHANNELS.search(words):
        return frozenset({"sms", "email"})
    words = _INSTEAD.sub("", words)
    named = {"email"} if _MAIL_WORDS.search(words) else set()
    return frozenset(named | ({"sms"} if _TEXT_WORDS.search(words) else set()))


def _exact(tokens: list[str], squeezed: str, text: str) -> Reply | None:
    """Tier 1, and the words that start and help."""
    for form in (squeezed, unrepeated(squeezed)):
        if form in STOP_SQUEEZED:
            return Reply(Label.OPT_OUT, f"stop word: {STOP_SQUEEZED[form]}")
    if len(tokens) > 1 and tokens[0] in SUBJECT_PREFIXES:
        return _exact(tokens[1:], "".join(tokens[1:]), text)
    if (said := POLITE.sub("", " ".join(tokens)).replace(" ", "")) in STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {STOP_SQUEEZED[said]}, politely")
    if len(set(tokens)) == 1 and tokens[0] in STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {STOP_SQUEEZED[tokens[0]]}, repeated")
    visit = ABOUT_A_VISIT.search(" ".join(tokens)) is not None  # "Cancel. I'm sick" is no signature
    visits = tokens[0] == "stop" and len(tokens) > 1 and tokens[1] in VISITS
    if (tokens[0] in STOPS_ANYWAY and len(tokens) <= 3 and not visits) or (
        tokens[0] in STOP_SQUEEZED and _stands_alone(text) and not visit
    ):
        return Reply(Label.OPT_OUT, f"begins with: {tokens[0]}")
    said = squeezed.removeprefix(_subject(text))
    if ONLY_STOPS.fullmatch(said) or GREETED_STOPS.fullmatch(said):
        return Reply(Label.OPT_OUT, "stop words and nothing else")
    if not visit and (marked := BEGINS_MARKED.match(bare(text))) and re.search(r"[.!\n\r]", marked[1]):
        return Reply(Label.OPT_OUT, "begins with a stop word")
    disguised = folded(text.translate(DIGITS_FOR_LETTERS)).replace(" ", "")
    if disguised in STOP_SQUEEZED:
        return Reply(Label.OPT_OUT, f"stop word: {STOP_SQUEEZED[disguised]}, disguised")
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


def _slips(words: str) -> bool:
    """Whether it is a stop word but for a slip of the finger, or has one before a word of contact: "sotp texting me"."""
    tokens = words.split()
    return _slipped(POLITE.sub("", words).replace(" ", "")) or any(
        one_slip(word, "stop") and CONTACTING.match(after) for word, after in pairwise(tokens)
    )


def _slipped(squeezed: str) -> bool:
    """Whether a short reply is a stop word but for a slip of the finger."""
    return len(squeezed) <= 7 and any(
        one_slip(squeezed, word) for word in ("stop", "unsub", "quit", "optout", "cancel")
    )


def _phrase(words: str) -> Reply | None:
    """Tier 2: a phrase that says no, as it is written, torn apart by marks, or as one long word."""
    for name, pattern in PHRASES:
        if pattern.search(words):
            return Reply(Label.OPT_OUT, name)
    for name, apart in TORN:
        if apart.search(words):
            return Reply(Label.OPT_OUT, f"{name}, in pieces")
    long = [word for word in words.split() if len(word) >= LONG]
    for name, joined in ONE_WORD:
        if any(joined.match(word) for word in long):
            return Reply(Label.OPT_OUT, f"{name}, in one word")
    return None


def _is_wrong_number(words: str, text: str) -> bool:
    """Whether it says outright that somebody else has this number. "This isn't Jane" does; "this isn't affordable" has no name in it."""
    if WRONG_NUMBER_WORDS.fullmatch(words) and not HEDGED.search(words):
        return True
    said = NOT_ME_WORDS.fullmatch(words)
    return bool(said and (said["name"] is None or said["their"] or _is_name(said["name"], text)))


def _is_name(word: str, text: str) -> bool:
    """Whether it is written as names are. All in capitals, nothing shows that."""
    return not text.isupper() and any(
        each[0].isupper() and folded(each) == word for each in re.findall(r"[^\W\d_]+", text)
    )


def _is_broken(words: str) -> bool:
    """Whether a no shows through words that are torn apart and run together at once."""
    begins = BEGINS_TORN.match(words)
    return bool(
        TORN_AND_JOINED.search(words)
        or TORN_FAR.search(words)
        or any(WITHIN.search(word) for word in words.split())
        or (begins and " " in begins[0])
    )


def _subject(text: str) -> str:
    """What a mail program put before a subject, squeezed; without a colon it is part of a word."""
    found = SUBJECT.match(bare(text))
    return re.sub(r"[\W_]", "", found[0]) if found else ""


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
    return squeezed in STOP_SQUEEZED and not squeezed.startswith("unsub")


def _shortened(words: str) -> str:
    """A very long mail's beginning and end: what it says in the middle of so many words somebody reads."""
    return words if len(words) <= LONGEST else f"{words[: LONGEST // 2]}\n{words[-LONGEST // 2 :]}"
