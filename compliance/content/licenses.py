"""What the boards of licensed professions ask of words, by state and license, dated, from ``licenses.csv`` (rule LICENSE-BOARD)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from compliance.content import lexicon
from compliance.content.finding import Finding
from consent.places.tables import all_states, read_table

LICENSES_FILE = Path(__file__).parent / "licenses.csv"
EVERYWHERE = "US"
VERIFIED = "verified"  # its text was read; any other row is cited as generally known
REVIEW_EVERY = timedelta(days=180)

ABOUT = {
    "superior": lexicon.words(
        "number one/no 1/top rated/leading/finest/unmatched/unrivaled/world class/award winning/superior/better than/"
        "best care/best dentist*/best doctor*/best clinic*/best practice*/best team/best results/best in/best price*"
    ),
    "guarantee": lexicon.words("guarantee*/risk free/permanent results/lasting results/cure/cures/always works/proven results"),
    "painless": lexicon.words("painless/pain free/no pain/without pain/stress free"),
    "testimonial": lexicon.words(
        "testimonial*/our patients say/patients love/five star/5 star/rated 5/reviews say/success story/success stories"
    ),
    "specialist": lexicon.words("specialist*/specialize*/specialise*/board certified/expert in/experts in"),
    "price": lexicon.words("as low as/and up/lowest price*/starting at/starting from/from only/from just/prices from"),
    "discount": re.compile(
        r"%\s*off|\$\s*\d+\s*off|(?<!feel )(?<!toll.)(?<!\w)free(?!\w)|"
        + lexicon.words("complimentary/discount*/half price/percent off/at no charge/no cost").pattern
    ),
}  # fmt: skip
# The state in a practice's postal address, as in “South Bend, IN 46601”.
_STATE = re.compile(r"\b([A-Z]{2}) \d{5}(?:-\d{4})?\s*$")


@dataclass(frozen=True, slots=True)
class BoardRule:
    """One row: what the boards of a license want in a state (or ``US``: everywhere) of words about one thing."""

    state: str
    license: str
    about: str
    asks: str
    source: str
    confidence: str
    reviewed_at: date


def _read(row: dict[str, str]) -> BoardRule:
    if row["state"] not in {EVERYWHERE, *all_states()} or row["about"] not in ABOUT or not row["source"]:
        raise ValueError(
            f"licenses.csv: {row['state']} {row['license']} has no known state, subject or source."
        )
    return BoardRule(
        row["state"], row["license"], row["about"], row["asks"], row["source"], row["confidence"],
        date.fromisoformat(row["reviewed_at"]),
    )  # fmt: skip


BOARDS: tuple[BoardRule, ...] = tuple(map(_read, read_table(LICENSES_FILE)))


def overdue_boards(today: date) -> list[BoardRule]:
    """Rows that nobody has looked at for more than 180 days: a warning, they still hold."""
    return [row for row in BOARDS if today - row.reviewed_at > REVIEW_EVERY]


def state_of(postal_address: str) -> str:
    """The state of a practice by its postal address; empty when it cannot be read."""
    found = _STATE.search(postal_address)
    return found[1] if found and found[1] in all_states() else ""


def review(step: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Finding]:
    """One finding a word, with every board that has something to say about it."""
    state, brand = state_of(content["brand"]["postal_address"]), content["brand"]["practice_name"]
    words = f"{step['subject']}\n{step['body']}"
    for about, pattern in ABOUT.items():
        rows = [
            row for row in BOARDS if row.about == about and (not state or row.state in (EVERYWHERE, state))
        ]
        if not rows:
            continue
        told = "; ".join(f"{_whose(row)}: {row.asks} ({row.source}{_doubt(row)})" for row in rows)
        for word in lexicon.hits(pattern, words, spare=brand):
            says = (
                f"“{word}”: boards of licensed professions want, {told}. Change it, or say why it may stand."
            )
            yield Finding("LICENSE-BOARD", step["position"], False, says, word)


def _whose(row: BoardRule) -> str:
    return f"of {row.license}" if row.state == EVERYWHERE else f"in {row.state} of {row.license}"


def _doubt(row: BoardRule) -> str:
    return "" if row.confidence == VERIFIED else ", not confirmed"
