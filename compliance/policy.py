"""Which policy a judgement was made by: every check as it was worded then, kept under a hash that the evidence names.

So a check that was reworded, renamed or taken out since is still explained as it stood.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q

from compliance.checks import BY_CODE, CHECKS
from compliance.facts import Check, Effect, Group
from compliance.gate import applies_to
from compliance.models import Policy
from tenants.models import Channel

KEY = "policy"  # in a message's evidence, beside the codes of the checks
# Kinds of messages, each with what tells it from a campaign's.
KINDS: dict[str, dict[str, bool]] = {"": {}, "by hand": {"by_hand": True}, "confirmation": {"confirms": True}}
Evidence = Mapping[str, Sequence[str]]


def keep() -> str:
    """The hash of the policy as it is written now, which is kept with it: in the transaction of the judgement that names it."""
    fingerprint, rules = _now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_policy (fingerprint, rules) VALUES (%s, %s::jsonb) ON CONFLICT DO NOTHING",
            [fingerprint, rules],
        )
    return fingerprint


def of(evidence: Evidence | None) -> Policy | None:
    """The policy by which this was judged; None where none was kept."""
    named = (evidence or {}).get(KEY)
    found = Policy.objects.filter(pk__in=named).first() if named else None
    if found is not None:
        found.in_force_now = found.pk == _now()[0]
    return found


def checks_of(policy: Policy | None, channel: str, kind: str) -> list[Check]:
    """The checks that were asked of such a message (`kind`: of KINDS), as they were worded; of today's policy where none was kept."""
    if policy is None:
        return [check for check in CHECKS if applies_to(check, channel, **KINDS[kind])]
    return [_as_it_stood(rule) for rule in policy.rules if _named(channel, kind) in rule["asked_of"]]


def rules_of(fingerprints: Iterable[str]) -> list[dict[str, Any]]:
    """The rules of these policies and of today's, each with the hash of its policy."""
    kept = {
        each.pk: each.rules
        for each in Policy.objects.filter(pk__in=set(fingerprints)).order_by("since", "pk")
    }
    today, rules = _now()
    return [
        {"policy": fingerprint, "in_force_now": fingerprint == today, **_told(rule)}
        for fingerprint, theirs in ({today: json.loads(rules)} | kept).items()
        for rule in theirs
    ]


@cache
def _now() -> tuple[str, str]:
    rules = json.dumps([_rule(check) for check in CHECKS], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(rules.encode()).hexdigest()[:16], rules


def _rule(check: Check) -> dict[str, Any]:
    asked_of = [
        _named(channel, kind)
        for channel in Channel.values
        for kind, told_by in KINDS.items()
        if applies_to(check, channel, **told_by)
    ]
    return {
        "code": check.code, "says": check.says, "cites": check.cites, "effect": check.effect.value, "group": check.group.value,
        "asked_of": asked_of,
    }  # fmt: skip


def _told(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": rule["code"], "refuses_because": rule["says"], "cites": rule["cites"], "effect": rule["effect"],
        "asked_of": ", ".join(rule["asked_of"]),
    }  # fmt: skip


def _named(channel: str, kind: str) -> str:
    return f"{channel} {kind}".strip()


def _as_it_stood(rule: Mapping[str, Any]) -> Check:
    today = BY_CODE.get(rule["code"])
    if today is not None and (today.says, today.cites, today.effect.value) == (
        rule["says"],
        rule["cites"],
        rule["effect"],
    ):
        return today

    def rows(_: Any) -> Any:
        raise LookupError("A check of a former policy is not asked again.")

    rows.__doc__ = rule["says"]
    return Check(
        code=rule["code"], rows=rows, refuses_when_found=True, effect=Effect(rule["effect"]), group=_group(rule["group"]),
        cites=rule["cites"], fix=today.fix if today else "", applies=Q(), opens=None, among=None,
    )  # fmt: skip


def _group(name: str) -> Group:
    return Group(name) if name in {each.value for each in Group} else list(Group)[0]
