"""The flight check: every check of the gate for one campaign, as rows a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, DateTimeField, F, Func, Model, QuerySet, TextField, Value

from campaigns.audience import due_at
from campaigns.models import Campaign, Step
from compliance.acting import who_acts
from compliance.checks import BY_CODE, CHECKS
from compliance.compiled import BIGINTS, INSTANT, INSTANTS, OneOf, Written
from compliance.deciding import kind_of, rows_of
from compliance.facts import Check, Effect, Group, pinned
from compliance.flight_words import TITLES, title_of
from compliance.gate import applies_to, deciding_ids
from compliance.many import Tally
from compliance.preview import Audience, StepCount

WHOLE = (Group.WORDS, Group.CLIENT, Group.SENDERS)  # the same answer for everybody of a step
OF_ALL = tuple(check for check in CHECKS if check.group in WHOLE)
WHOLE_CODES = frozenset(check.code for check in OF_ALL)
SHOWN = 3  # rows of evidence a check is told by, for each step
# Hours come round, and so do a number's daily texts: whoever only waits for them is reached, later.
HOUR_CODES = frozenset({"quiet_hours", "own_hours", "daily_limit", "front_desk_full"})

# The field of an evidence row that dates it.
_DATES = ("checked_at", "reviewed_at", "since")


@dataclass
class Row:
    """One check's answer for the campaign: met by every step it applies to, or not by some."""

    check: Check
    answer: str  # clear, waiting, held
    says: str
    steps: list[int] = field(default_factory=list)  # positions that fail
    evidence: list[str] = field(default_factory=list)
    at: datetime | None = None

    @property
    def title(self) -> str:
        return title_of(self.check.code)

    @property
    def who(self) -> str:
        return who_acts(self.check.code)


def whole_rows(campaign: Campaign, steps: list[Step], at: datetime) -> list[Row]:
    """The checks that say the same for everybody, run with each step's own facts."""
    asked = STEPS.rows(
        client=campaign.client_id,
        ids=[step.pk for step in steps],
        dues=[due_at(step, at) for step in steps],
        at=at,
    )
    ids = {row["pk"]: row for row in asked}
    answers = {
        check: [
            (step, ids[step.pk][f"evidence_{check.code}"])
            for step in steps
            if step.pk in ids and applies_to(check, step.channel)
        ]
        for check in OF_ALL
    }
    kept = rows_of(
        {
            check.code: list(dict.fromkeys(each for _, theirs in found for each in theirs[:SHOWN]))
            for check, found in answers.items()
            if _tells(kind_of(check.code))
        }
    )
    return [_row(check, found, kept.get(check.code, [])) for check, found in answers.items() if found]


def _row(check: Check, answers: list[tuple[Step, list[str]]], rows: list[Any]) -> Row:
    failing = [step.position for step, ids in answers if check.refuses(ids)]
    dates = [getattr(row, name) for row in rows for name in _DATES if getattr(row, name, None)]
    if not failing:
        return Row(
            check,
            "clear",
            TITLES.get(check.code, ("", "In order."))[1],
            evidence=_shown(rows),
            at=min(dates, default=None),
        )
    answer = "held" if check.effect is Effect.HOLD else "waiting"
    return Row(check, answer, check.says, failing, _shown(rows), min(dates, default=None))


# How a row of evidence is told; a kind that is not here is told by its date alone.
_TOLD: dict[str, Callable[[Any], str]] = {
    "Sender": str,
    "PostalAddress": str,
    "DomainCheck": lambda row: row.domain,
    "SmsRegistration": lambda row: ", ".join(
        each for each in (row.brand_status, row.campaign_status, row.use_case) if each
    ),
    "Approval": lambda row: f"{row.typed_name}, {row.title}",
    "Stop": lambda row: row.reason,
    "StopEverything": lambda row: "",
}


def _tells(kind: type[Model]) -> bool:
    return kind.__name__ in _TOLD or any(each.name in _DATES for each in kind._meta.fields)


def _shown(rows: list[Any]) -> list[str]:
    told = [_TOLD.get(type(row).__name__, lambda _: "")(row) for row in rows]
    return [each for each in told if each]


def _steps(ids: list[int], dues: list[datetime], at: datetime, **_: Any) -> QuerySet[Any]:
    """The steps without a person: enough for the checks that ask about none."""
    nobody = Value(None, output_field=BigIntegerField())
    places = Value(ids, output_field=ArrayField(BigIntegerField()))
    due = _At(
        Value(dues, output_field=ArrayField(DateTimeField())),
        Func(places, F("pk"), function="array_position", output_field=BigIntegerField()),
        output_field=DateTimeField(),
    )
    steps = Step.objects.filter(OneOf(ids)).annotate(
        step=F("pk"), purpose=F("campaign__purpose"), sender_domain=F("sender__domain"), provider=F("sender__provider"),
        fingerprint=F("campaign__fingerprint"), due_at=due, window_key=Value("", output_field=TextField()),
        **dict.fromkeys(("campaign_version", "location", "contact", "address", "household"), nobody),
    )  # fmt: skip
    found: QuerySet[Any] = steps.annotate(**deciding_ids(at, pinned(steps), OF_ALL))
    return found.values("pk", *(f"evidence_{check.code}" for check in OF_ALL))


class _At(Func):
    """The element of an array at a place."""

    template = "(%(expressions)s]"
    arg_joiner = ")["


STEPS = Written(_steps, ids=BIGINTS, dues=INSTANTS, at=INSTANT)


def person_tally(step: StepCount) -> Tally:
    """The step's people by what concerns each of them alone."""
    return step.tally(WHOLE_CODES | HOUR_CODES)


def funnel(audience: Audience, step: StepCount, href: Any) -> list[dict[str, Any]]:
    """From everyone the rule names to clear, each drop named. `href(code)` leads to the people behind a drop."""
    tally = person_tally(step)
    text = step.step.channel == "sms"
    rows: list[dict[str, Any]] = [{"label": "Everyone the rule names", "count": audience.people}]
    without = audience.people - step.reachable
    if without:
        rows.append(
            {
                "label": "No mobile number" if text else "No mail address",
                "count": without,
                "drop": True,
                "href": href("without_address"),
            }
        )
    if step.reachable > tally.total:
        rows.append({
            "label": "Share a number" if text else "Share a mail address", "count": step.reachable - tally.total, "drop": True,
            "says": "one message reaches them together",
        })  # fmt: skip
    for check in CHECKS:
        if number := tally.first.get(check.code):
            held = check.effect is Effect.HOLD
            rows.append({"label": title_of(check.code), "count": number, "drop": True, "href": href(check.code),
                         "says": "never sent" if held else "waits until this changes"})  # fmt: skip
    rows.append({"label": "Clear", "count": tally.clear, "answer": "clear", "href": href("clear")})
    return rows


def people_rows(audience: Audience) -> list[dict[str, Any]]:
    """The checks about each person, with how many fail in each step."""
    found = []
    for check in CHECKS:
        if check.group in WHOLE or not any(applies_to(check, each.step.channel) for each in audience.steps):
            continue
        counts = [
            (each.step.position, each.tally().codes.get(check.code, 0))
            for each in audience.steps
            if applies_to(check, each.step.channel)
        ]
        failing = [(position, number) for position, number in counts if number]
        answer = "clear" if not failing else "held" if check.effect is Effect.HOLD else "waiting"
        says = check.says if failing else TITLES[check.code][1]
        found.append(
            {"check": check, "title": title_of(check.code), "answer": answer, "says": says, "counts": failing}
        )
    return found


def fix_name(code: str) -> str:
    """The name of the page where a check can be mended; empty when nobody can."""
    return BY_CODE[code].fix if code in BY_CODE else ""
