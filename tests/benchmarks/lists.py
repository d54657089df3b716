"""A client's list of any length, as a spreadsheet program writes it: no two people alike, a few empty cells."""

from __future__ import annotations

import csv
from pathlib import Path

HEADER = [
    "Patient ID", "First Name", "Last Name", "Cell Phone", "E-mail", "State", "ZIP", "Last Visit", "DOB", "Recall Type",
    "OK to text?", "OK to email?",
]  # fmt: skip
FIRST = [
    "Maria",
    "James",
    "Linda",
    "Wei",
    "Ana",
    "Robert",
    "Aisha",
    "John",
    "Lê",
    "Nora",
    "Sofía",
    "Paul",
    "Ruth",
    "Omar",
    "June",
    "Ivy",
]
LAST = [
    "Smith",
    "García",
    "Nguyen",
    "Brown",
    "Kim",
    "Lopez",
    "Hall",
    "Young",
    "Allen",
    "Cruz",
    "Reed",
    "Cook",
    "Bell",
    "Ward",
    "Diaz",
    "Gray",
]
PLACES = [("574", "IN", "46601"), ("212", "NY", "10001"), ("305", "FL", "33101"), ("415", "CA", "94102"), ("512", "TX", "73301"),
          ("602", "AZ", "85001"), ("206", "WA", "98101"), ("303", "CO", "80202"), ("617", "MA", "02108"), ("404", "GA", "30303")]  # fmt: skip
ANSWERS = ["yes"] * 12 + ["no"] + [""] * 7


def write(path: Path, rows: int) -> None:
    """`rows` people; of 20, one has no mail. Asked for texts: 12 yes, 1 no; for mail: 10 yes, 1 no; the rest were not asked."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for number in range(rows):
            area, state, zip_code = PLACES[number % 10]
            local = 2_000_000 + number // 10 * 7
            phone = f"({area}) {local // 10_000:03d}-{local % 10_000:04d}"
            first, last = FIRST[number * 7 % 16], f"{LAST[number * 5 % 16]}{number % 997 or ''}"
            mail = "" if number % 20 == 3 else f"{first[:1].lower()}.{number}@example.org"
            visit, born = (
                f"20{20 + number % 5}-{1 + number % 12:02d}-{1 + number % 28:02d}",
                f"{1 + number % 12}/{1 + number % 28}/{1940 + number % 60}",
            )
            writer.writerow(
                [f"P{number:07d}", first, last, phone, mail, state, zip_code, visit, born, "Hygiene recall", ANSWERS[number * 3 % 20], ANSWERS[number * 7 % 20 - 2]]
            )  # fmt: skip
