"""Every verb that the code puts on record can be chosen by who reads the record, and every look at people counts as one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from tenants.audit_areas import AREAS, CHOICES
from tenants.looks import AT_MANY, AT_ONE, is_taken
from tenants.record_filter import names_of

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("campaigns", "compliance", "config", "consent", "messaging", "tenants")
RECORDS = {"audit.record", "audit.record_many", "audit.record_read", "looks.record_part", "audit", "noted"}
VERB = re.compile(r"[a-z_]+\.[a-z_*]+")
READ = ("viewed", "opened", "explained", "compared", "previewed", "shown", "found", "exported", "taken")
# What was taken or found and is no look at people: files about many, papers, and what the system did by itself.
NO_LOOK = {
    "agreement.opened", "approval.document_taken", "evidence.exported", "ledger.not_compared",
}  # fmt: skip


@cache
def verbs() -> frozenset[str]:
    """As they stand in the code; where a part is put in at run time there is a star."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "/migrations/" not in str(path) and re.search(r"\b(audit|noted)\b", text := path.read_text()):
                found |= set(_recorded(ast.parse(text), path))
    return frozenset(found)


def _recorded(tree: ast.Module, path: Path) -> Iterator[str]:
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in RECORDS:
            at = int(ast.unparse(node.func) == "noted")  # by a key: the request comes first
            said = {
                word
                for each in node.args[at : at + 1]
                for word in _words(each, named)
                if VERB.fullmatch(word)
            }
            # The doors of the API, and a look at a part, hand on what they are given; the list of the erased is called by the same name.
            assert said or path.name in ("door.py", "erase_list.py", "forgetting_again.py", "looks.py"), (
                f"{path}:{node.lineno}"
            )
            yield from said


def _words(node: ast.expr, named: dict[str, list[ast.expr]]) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _words(node.body, named) | _words(node.orelse, named)
    if isinstance(node, ast.FormattedValue):
        return _words(node.value, {}) or {"*"}
    if isinstance(node, ast.JoinedStr):
        return {"".join(parts) for parts in product(*(_words(each, named) for each in node.values))}
    if isinstance(node, ast.Name):
        return {word for each in named.get(node.id, []) for word in _words(each, {})}
    if isinstance(node, ast.Call):
        return {
            each.value
            for each in ast.walk(node)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    return set()


def test_the_search_finds_verbs_however_they_are_written() -> None:
    written_out, chosen, put_together, held_elsewhere, by_key = (
        "campaign.edited", "message.closed", "client.paused", "records.anchored", "suppression.by_api",
    )  # fmt: skip
    assert {written_out, chosen, put_together, held_elsewhere, by_key, "data.erased"} <= verbs()
    assert len(verbs()) > 150


def test_every_verb_on_record_lies_in_exactly_one_area_that_a_reader_can_choose() -> None:
    begins = [each for _, group in AREAS.values() for each in group]
    assert len(begins) == len(set(begins))
    assert {verb for verb in verbs() if verb.partition(".")[0] not in begins} == set()
    assert set(begins) == {verb.partition(".")[0] for verb in verbs()}, "and no area is empty for ever"
    assert [label for _, label in CHOICES] == sorted((label for _, label in CHOICES), key=str.lower)


def test_every_verb_of_a_look_at_people_counts_as_one() -> None:
    looks = {verb for verb in verbs() if re.search(rf"[._](?:{'|'.join(READ)})$", verb)}
    of_many = {verb for verb in looks if is_taken(verb) and verb not in AT_ONE}
    assert looks - of_many - NO_LOOK == set(AT_ONE) | AT_MANY
    assert not AT_MANY & set(AT_ONE)


@pytest.mark.parametrize("given", ["contact 12", "Contact: 12", "consent.Contact:12", " contact  #12 "])
def test_a_row_is_named_as_the_page_shows_it_or_as_the_record_holds_it(given: str) -> None:
    assert names_of(given) == ["consent.Contact:12"]


def test_a_number_alone_is_that_of_anything_and_a_word_alone_of_nothing() -> None:
    assert {"consent.Contact:12", "campaigns.CampaignVersion:12"} <= set(names_of("12"))
    assert names_of("campaign version 7") == ["campaigns.CampaignVersion:7"]
    assert names_of("contact") == names_of("Jane 12") == names_of("") == []
