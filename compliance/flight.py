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
from compliance.gate import applies_to, deciding_ids
from compliance.many import Tally
from compliance.preview import Audience, StepCount

WHOLE = (Group.WORDS, Group.CLIENT, Group.SENDERS)  # the same answer for everybody of a step
OF_ALL = tuple(check for check in CHECKS if check.group in WHOLE)
WHOLE_CODES = frozenset(check.code for check in OF_ALL)
SHOWN = 3  # rows of evidence a check is told by, for each step
# Hours come round, and so do a number's daily texts: whoever only waits for them is reached, later.
HOUR_CODES = frozenset({"quiet_hours", "own_hours", "daily_limit", "front_desk_full"})

# What a check is called, and what it says when it is met. Its sentence for a refusal is its own.
TITLES = {
    "opted_out": ("Opt-outs", "No address here opted out."),
    "left_campaign": ("Opt-outs on another channel", "Nobody here left this campaign."),
    "opted_out_of_purpose": ("Kinds of messages", "Every address here may have messages of this kind."),
    "left_kind": (
        "Kinds of messages on another channel",
        "Nobody here left this kind while the campaign ran.",
    ),
    "unsafe_address": ("Unsafe addresses", "No address here is known to be unsafe."),
    "no_address": ("Working address", "Everyone here has a working address."),
    "doubtful_address": ("Shared and throw-away addresses", "Every mail address here is one person's own."),
    "no_mail_server": (
        "Mail domains",
        "No mail address here is known to be at a domain without a mail server.",
    ),
    "deceased": ("Deceased", "Nobody here has died, as far as we know."),
    "minor": ("Minors", "Every minor has a guardian on record."),
    "came_back": ("Back already", "Nobody here has visited since the launch."),
    "booked": ("Booked already", "Nobody here has booked since the launch, or has an appointment ahead."),
    "held_out": ("Held out", "Nobody is held out of this campaign."),
    "no_consent": ("Consent", "Everyone here gave a consent that is enough."),
    "unasked": ("Answers", "Nobody here is written to in answer to what they wrote."),
    "consent_too_old": ("Age of consent", "Everyone here consented, or was seen, within 36 months."),
    "texas_in_writing": ("Texas", "Nobody here needs a signed consent that is missing."),
    "maine_looked_up": ("Maine", "Nobody here needs a look-up among reassigned numbers."),
    "landline": ("Landlines", "No number here is known to take no texts."),
    "reassigned": ("Numbers that changed hands", "No number here is known to be somebody else's now."),
    "owner_unknown": ("Owner of the number", "Nobody here needs a look-up of the number's owner."),
    "do_not_call": ("Do-not-call registry", "Nobody here is listed, or each may be texted all the same."),
    "do_not_call_unknown": ("Looked up in the registry", "Every number here was looked up, or need not be."),
    "health_policy_missing": ("Washington and Nevada", "The health data policy is named, or not needed."),
    "missing_words": ("Merge fields", "Every merge field has a value for everyone."),
    "paused_person": ("Replies to be read", "Nobody here waits for a member to read a reply."),
    "list_not_ready": ("Import finished", "Every list is imported to its end."),
    "not_approved": ("The client's signature", "The client signed exactly this campaign."),
    "audience_grew": (
        "As many as signed for",
        "No more than a tenth more people than the client signed for.",
    ),
    "words_not_reviewed": ("Review of the words", "The words passed the review."),
    "warning_unanswered": ("Warnings answered", "Every warning has somebody's reason, or there is none."),
    "no_statement": ("Data-handling plan", "Stated by name for exactly this campaign."),
    "paid_by_others": ("Paid by a third party", "Nobody else pays for this message."),
    "covered_unset": ("HIPAA question answered", "It is answered whether HIPAA covers this client."),
    "no_baa": ("Business associate agreement", "In force, or not needed."),
    "provider_not_allowed": (
        "Provider may carry the data",
        "An agreement with the provider is on file, or none is needed.",
    ),
    "hosting_unsigned": ("Agreement with the host", "On file, or not needed."),
    "addiction_unanswered": ("Addiction treatment", "The list tells nothing about treatment for addiction."),
    "no_postal_address": ("Postal address", "Confirmed."),
    "list_not_certified": (
        "Certificate of past opt-outs",
        "Certified since the last import, within 30 days.",
    ),
    "sender_purpose": ("Sender's purpose", "The sender is in use and meant for this purpose."),
    "sender_elsewhere": (
        "Sender of the person's location",
        "Nobody here gets a message from another location's sender.",
    ),
    "domain_not_ready": ("Mail domain", "SPF, DKIM and DMARC passed in the last 24 hours."),
    "one_click_unsigned": ("One click signed", "No seed mail showed otherwise."),
    "sms_not_registered": ("Number's registration", "Seen in order in the last 24 hours."),
    "replies_not_checked": (
        "Replies asked for",
        "The provider was asked in the last 15 minutes for what people wrote.",
    ),
    "no_canary": ("Canary", "A message to ourselves came through within 30 days, and its report was signed."),
    "campaign_stopped": ("Campaign not stopped", "Nobody stopped this campaign."),
    "client_stopped": ("Client not stopped", "Nobody stopped this client's sending."),
    "everything_stopped": ("Sending not stopped", "Sending is not stopped."),
    "no_lawful_hour": ("Some lawful hour", "Everyone here has a lawful hour within four days."),
    "state_frozen": ("Emergencies", "No state of anybody here is frozen."),
    "quiet_hours": ("Lawful hours", "Everyone here may be texted at the planned hour."),
    "own_hours": ("The client's own hours", "The planned hour is inside the client's own."),
    "daily_limit": ("The number's texts a day", "The number may send more today."),
    "one_a_day": ("One a day", "No address here was contacted in the last 24 hours."),
    "three_a_week": ("Three a week", "No address here was contacted three times this week."),
    "promised_frequency": (
        "Promised frequency",
        "Nobody here has had as many texts as were promised at most.",
    ),
    "front_desk_full": ("Front desk", "As many people are contacted a day as the front desk can answer."),
    "spend_cap": ("The month's limit", "What this month's messages have cost is below the limit."),
    "too_soon": ("Days between messages", "The client's own pause is kept."),
    "often_enough": ("Messages a year", "Nobody here has had as many as the client allows in a year."),
    "household_today": ("One household a day", "No household here was contacted in the last 24 hours."),
}
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


def title_of(code: str) -> str:
    """What a check is called on pages."""
    return TITLES.get(code, (code.replace("_", " ").capitalize(), ""))[0]


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
