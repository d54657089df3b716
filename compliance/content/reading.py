"""How hard words are to read, and what makes filters take a mail for advertising rubbish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf

HARD = 12  # years of school: half of the grown-ups read less easily (Flesch-Kincaid)
ENOUGH = 30  # words below which a count says nothing
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?:;]+(?:\s|$)|\n\s*\n")
_VOWELS = re.compile(r"[aeiouy]+")
# The count is made for English: of every twelve words at least one is among these.
_ENGLISH = frozenset(
    "the a an to you your we our us of and is are it for in on be at with have has".split()  # noqa: SIM905
)
_LINK = re.compile(r"(?:https?:)?//\S+|\S+@\S+", re.IGNORECASE)


def years_of_school(text: str) -> float:
    """The Flesch-Kincaid grade; 0 when the text is too short, or not English, to tell."""
    plain = _LINK.sub(" ", text)
    words = _WORD.findall(plain)
    if len(words) < ENOUGH or sum(word.lower() in _ENGLISH for word in words) * 12 < len(words):
        return 0
    sentences = max(1, len([each for each in _SENTENCE.split(plain) if each.strip()]))
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def hard(years: float) -> str:
    """The sentence for a text that is hard to read."""
    return f"It takes about {years:.0f} years of school to read this. Shorter sentences and shorter words reach more people."


def _syllables(word: str) -> int:
    word = word.lower()
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    return max(1, len(_VOWELS.findall(word)) - silent)


def loud(subject: str, body: str) -> Iterator[str]:
    """What filters count against a mail, each as a sentence."""
    text = f"{subject}\n{body}"
    if "!!" in text or text.count("!") > 3:
        yield "So many exclamation marks get mail filtered. One is enough."
    if "$$" in text or "€€" in text:
        yield "Signs of money in a row get mail filtered. Write the price, or none."
    shouted = [word for word in _WORD.findall(body) if len(word) > 3 and word.isupper() and word != "STOP"]
    words = len(_WORD.findall(body)) or inf
    if len(shouted) >= 3 and len(shouted) / words > 0.1:
        yield f"“{' '.join(shouted[:4])}”: words in capitals read as shouting and get mail filtered."
    links = len(_LINK.findall(body))
    if links and len(_WORD.findall(_LINK.sub(" ", body))) < 10 * links:
        yield f"{links} {'link' if links == 1 else 'links'} and few words: filters take that for bait. Say what it is about."
