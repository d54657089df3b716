"""The rulebook, written from the checks themselves."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.checks import CHECKS
from compliance.content.rules import RULES
from compliance.facts import Effect, Group
from compliance.flight import title_of
from compliance.hours import RULES_VERSION
from tenants.access import MemberRequest, signed_in


@signed_in
@require_GET
def rulebook(request: MemberRequest) -> HttpResponse:
    """Every check of the gate, then every rule of the review."""
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
        {"groups": groups, "rules": RULES, "rules_version": RULES_VERSION},
    )
