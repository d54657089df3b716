"""manage.py rulebook: every rule, its source, what keeps it and when it was last looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.hours import RULES_VERSION
from compliance.rulebook import RULES, overdue, telling
from compliance.rulebook.tables import overdue_tables


class Command(BaseCommand):
    help = (
        "Print the rulebook: id, sentence, citation, effect, when, default, where to fix it, and its dates."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--markdown", action="store_true", help="print docs/rules.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps([rule.as_json() for rule in RULES]))
            return
        if options["markdown"]:
            self.stdout.write(telling.markdown(), ending="")
            return
        for rule in RULES:
            self.stdout.write(
                f"{rule.id:<28}{rule.shown_effect} · {' '.join(rule.when) or 'never'} · {rule.default}"
            )
            self.stdout.write(f"    {rule.says} {rule.cites}")
            self.stdout.write(f"    {telling.kept(rule)}" + (f" Fix: {rule.fix}." if rule.fix else ""))
            if rule.doubt:
                self.stdout.write(f"    Not confirmed: {rule.doubt}.")
            self.stdout.write(f"    {telling.dates(rule)}")
        today = datetime.now(UTC).date()
        for rule in overdue(today):
            self.stderr.write(f"{rule.id} was last looked at on {rule.reviewed_at}, more than 180 days ago.")
        for sentence in overdue_tables(today):
            self.stderr.write(sentence)
        self.stdout.write(
            f"{len(RULES)} rules; tables of hours, version {RULES_VERSION}. This is not legal advice."
        )
