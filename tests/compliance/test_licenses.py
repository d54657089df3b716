"""What boards of licensed professions ask of words, by state and license; and lines of care that are sensitive by themselves."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from compliance.content import licenses
from compliance.content.finding import Finding
from compliance.content.review import review
from compliance.rulebook import RULES, tables
from tests.compliance.test_content_review import GOOD, content, mail, text

AUSTIN, MIAMI, SOUTH_BEND = (
    "1 Elm St, Austin, TX 78701",
    "1 Bay Rd, Miami, FL 33101",
    "1 Main St, South Bend, IN 46601",
)


def found(body: str, address: str, rule: str = "LICENSE-BOARD") -> list[Finding]:
    return [each for each in review(content(text(f"{GOOD} {body}"), address=address)) if each.rule == rule]


@pytest.mark.parametrize("body, address, sources", [
    ("20% off whitening.", AUSTIN, {"Tex. Occ. Code 259.005"}),
    ("A free exam.", MIAMI, {"Fla. Stat. 456.062", "Fla. Stat. 455.24"}),
    ("A free exam.", SOUTH_BEND, set()),
    ("From only $49, as low as it gets.", "9 Sunset Blvd, Los Angeles, CA 90001", {"Cal. Bus. & Prof. Code 651"}),
    ("We are the best dentists around.", SOUTH_BEND, {"ADA Code 5.F"}),
    ("We are the best dentists around.", AUSTIN, {"ADA Code 5.F", "22 TAC 108.57", "22 TAC 573.30"}),
    ("Results guaranteed.", "1 Broadway, New York, NY 10001-0001", {"8 NYCRR 29.1(b)(12)"}),
])  # fmt: skip
def test_words_that_a_board_restricts_are_named_with_its_rule_by_state_and_license(
    body: str, address: str, sources: set[str]
) -> None:
    told = found(body, address)
    assert not any(each.blocks for each in told)  # somebody's reason by name, or other words
    assert bool(told) is bool(sources)
    assert all(source in " ".join(each.says for each in told) for source in sources)


def test_where_the_practices_state_is_not_known_every_states_boards_count() -> None:
    (told,) = found("20% off whitening.", "")
    assert all(f"in {state} of" in told.says for state in ("CA", "FL", "TX"))


def test_plain_words_are_no_boards_business() -> None:
    assert found("The best time to come is in the morning. Feel free to call.", AUSTIN[:-5]) == []


@pytest.mark.parametrize("given", [
    content(text(GOOD)) | {"audience": {"segments": ["Fertility recall"]}},
    content(mail(body="Bright Smiles: our counseling rooms are open again.")),
    content(text(GOOD.replace("Bright Smiles", "Harbor Psychiatry"))),
])  # fmt: skip
def test_a_sensitive_line_of_care_wants_somebodys_reason(given: dict[str, Any]) -> None:
    given["brand"]["practice_name"] = (
        "Harbor Psychiatry" if "Harbor" in str(given["steps"]) else "Bright Smiles"
    )
    told = [each for each in review(given) if each.rule == "SENSITIVE-LINES"]
    assert [each.blocks for each in told] == [False]


def test_a_table_not_looked_at_for_half_a_year_is_pointed_out() -> None:
    newest = max(row.reviewed_at for row in licenses.BOARDS)
    assert licenses.overdue_boards(newest) == []
    told = tables.overdue_tables(date(2040, 1, 1))
    for what in (
        "The hours of AL",
        "What boards want in TX of dentists",
        "The table of holidays",
        "The table of area codes",
    ):
        assert any(each.startswith(what) for each in told), what


def test_the_command_names_what_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "OVERDUE_AFTER", timedelta(days=-9000))
    told = StringIO()
    call_command("rulebook", stdout=StringIO(), stderr=told)
    assert "The table of ZIP codes was last looked at on" in told.getvalue()


def test_every_source_that_was_not_read_again_is_named_in_the_rulebook_and_marked_where_it_is_cited() -> None:
    (rule,) = [each for each in RULES if each.id == "LICENSE-BOARD"]
    doubtful = {row.source for row in licenses.BOARDS if row.confidence != licenses.VERIFIED}
    read = {row.source for row in licenses.BOARDS if row.confidence == licenses.VERIFIED}
    assert all(part in rule.doubt for source in doubtful for part in source.split("; "))
    assert not any(source in rule.doubt for source in read)
    (told,) = found("20% off whitening.", AUSTIN)
    assert "Tex. Occ. Code 259.005)" in told.says
    (told,) = found("We are the best dentists around.", SOUTH_BEND)
    assert "ADA Code 5.F; AMA Code 9.6.1, not confirmed)" in told.says
