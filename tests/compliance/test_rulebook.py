"""The rulebook holds whatever can refuse anything, and says of every rule what keeps it or why nothing does."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from compliance.checks import CHECKS
from compliance.content.rules import RULES as WORDS
from compliance.flight_words import TITLES
from compliance.hours import overdue_reviews
from compliance.rulebook import RULES, overdue
from config.env import ROOT
from tests import people

DOC = Path(ROOT) / "docs" / "rules.md"


def printed(*words: str) -> str:
    out = StringIO()
    call_command("rulebook", *words, stdout=out)
    return out.getvalue()


def rows_of_the_page() -> dict[str, str]:
    """What docs/rules.md says keeps each rule."""
    cells = [line.split(" | ") for line in DOC.read_text().splitlines() if line.startswith("| `")]
    return {row[0].strip("| `"): row[3] for row in cells}


def test_every_rule_of_the_page_has_a_check_a_finding_an_action_or_a_reason_why_not() -> None:
    found = rows_of_the_page()
    assert set(found) == {rule.id for rule in RULES}
    for name, kept in found.items():
        assert re.match(r"(Check|Review of the words|By itself): \w|Not (built|relied on)", kept), name


def test_the_page_is_what_the_register_says() -> None:
    assert DOC.read_text() == printed("--markdown")


@pytest.mark.parametrize("action", sorted({name for rule in RULES for name in rule.names("act")}))
def test_what_keeps_a_rule_by_itself_is_there(action: str) -> None:
    module, name = action.split(":")
    assert hasattr(import_module(module), name)


def test_every_check_and_every_rule_of_the_words_keeps_some_rule() -> None:
    kept = {name for rule in RULES for kind in ("check", "review") for name in rule.names(kind)}
    assert kept == {check.code for check in CHECKS} | {rule.id for rule in WORDS}
    assert {check.code for check in CHECKS} == set(TITLES)


def test_the_command_prints_every_rule_with_its_dates() -> None:
    told: list[dict[str, Any]] = json.loads(printed("--json"))
    assert [each["id"] for each in told] == [rule.id for rule in RULES]
    assert {
        "sentence",
        "citation",
        "effect",
        "when",
        "default",
        "fix",
        "effective_from",
        "effective_until",
    } < set(told[0])
    assert all(date.fromisoformat(each["reviewed_at"]) for each in told)
    text = printed()
    assert "not legal advice" in text
    assert "Not confirmed: Whether HB 2274 became law." in text


def test_what_nobody_has_looked_at_for_half_a_year_is_pointed_out() -> None:
    assert overdue(min(rule.reviewed_at for rule in RULES) + timedelta(days=180)) == []
    long_after = max(rule.reviewed_at for rule in RULES) + timedelta(days=181)
    assert len(overdue(long_after)) == len(RULES)
    assert overdue_reviews(long_after)


@pytest.mark.django_db
def test_the_rulebook_shows_everybody_who_signed_in_every_check_and_every_rule() -> None:
    clinic = people.clinic()
    for who in (people.alice(), people.bob(clinic), people.fred(clinic)):
        page = people.sign_in(Browser(), who).get(reverse("rulebook")).content.decode()
        assert "not legal advice" in page
        names = [check.code for check in CHECKS] + [rule.id for rule in WORDS] + [rule.id for rule in RULES]
        for name in names:
            assert f'id="{name}"' in page
        assert "Reviewed 2026-11-22" in page


def test_a_finding_never_names_a_rule_that_the_rulebook_lacks() -> None:
    import compliance.content.mails as mails
    import compliance.content.review as review
    import compliance.content.texts as texts

    known = {rule.id for rule in WORDS}
    for module in (mails, review, texts):
        assert module.__file__
        with open(module.__file__) as source:
            assert set(re.findall(r'Finding\(\s*"([A-Z0-9-]+)"', source.read())) <= known
