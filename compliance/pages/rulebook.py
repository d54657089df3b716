"""The rulebook, written from the checks themselves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.checks import CHECKS
from compliance.content.rules import BY_ID
from compliance.content.rules import RULES as WORDS
from compliance.facts import Effect, Group
from compliance.flight_words import title_of
from compliance.hours import RULES_VERSION
from compliance.models import Freeze
from compliance.rulebook import RULES, overdue, telling
from compliance.rulebook.tables import overdue_tables
from tenants.access import MemberRequest, signed_in
from tenants.clock import db_now


@signed_in
@require_GET
def rulebook(request: MemberRequest) -> HttpResponse:
    """Every check of the gate, every rule of the review, then the whole register with its sources and dates."""
    at = db_now()
    groups = [
        (
            group.value,
            [
                {"check": check, "title": title_of(check.code), "holds": check.effect is Effect.HOLD}
                for check in CHECKS
                if check.group is group
            ],
        )
        for group in Group
    ]
    return render(
        request,
        "compliance/rulebook.html",
        {
            "groups": groups,
            "words": WORDS,
            "rules": [
                {"rule": rule, "kept": telling.kept(rule), "anchor": "" if rule.id in BY_ID else rule.id}
                for rule in RULES
            ],
            "rules_version": RULES_VERSION,
            "overdue": overdue(at.date()),
            "old_tables": overdue_tables(at.date()),
            "freezes": Freeze.objects.in_force(at).order_by("state"),
        },
    )
