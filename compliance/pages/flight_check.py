"""The flight check of a campaign, its audience as a funnel, the review of its words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_http_methods

from campaigns.fingerprint import signed_content
from campaigns.models import Approval, ApprovalRequest, Campaign, Launch
from campaigns.rendering import as_typed
from campaigns.state import State, state_of
from compliance import flight, hours_ahead
from compliance.aging import aging
from compliance.changes import standing
from compliance.content.finding import Finding
from compliance.content.review import review_for
from compliance.counting import counted
from compliance.data_plan import PAID_BY_OTHERS, card_of
from compliance.estimate import estimate
from compliance.facts import Group
from compliance.models import ContentFinding
from compliance.preview import steps_of
from compliance.statements import key_of
from compliance.warming import advice
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client

FIXES = {"readiness": "Open readiness", "campaign": "Open the words", "approval_status": "See the approval", "settings": "Open settings",
         "contacts": "Open contacts", "imports": "Open imports", "inbox": "Open the inbox", "live": "Open the live page",
         "canaries": "Send a canary"}  # fmt: skip


AGAIN_BEFORE = timedelta(
    days=7
)  # a running campaign can be signed anew so long before its signature runs out
MOST_TYPED = 20_000  # characters of one field that are reviewed as they are typed
# What asking for approval and signing bring about by themselves.
BY_ASKING = frozenset({"not_approved", "no_statement", "warning_unanswered"})
FEW = 3  # names that one sentence holds on a phone


def campaign_of(client: Client, campaign: int) -> Campaign:
    """The client's campaign, or 404."""
    rows = Campaign.objects.select_related("client", "location", "created_by")
    found: Campaign = get_object_or_404(rows, pk=campaign, client=client)
    return found


@client_page()
@require_GET
def flight_check(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The verdict and the numbers, then what is to be done, then everything that is in order."""
    found, at = campaign_of(client, campaign), db_now()
    steps = steps_of(found)
    content = signed_content(found)
    findings = review_for(client, content)
    rows = flight.whole_rows(found, steps, at)
    if not any(each.blocks for each in findings):
        # Asking for approval stores the review; until then what it says now stands in.
        for row in rows:
            if row.check.code == "words_not_reviewed" and row.answer != "clear":
                row.answer, row.says, row.steps = (
                    "clear",
                    "The words pass the review. It is kept when approval is asked for.",
                    [],
                )
    for row in rows:
        if (
            row.check.code == "warning_unanswered"
            and not all(each.blocks for each in findings)
            and not approved_now(rows)
        ):
            row.answer, row.says = (
                "waiting",
                "Each warning wants a reason by name when approval is asked for.",
            )
    wrong = [row for row in rows if row.answer != "clear" and row.check.code not in BY_ASKING]
    approved = approved_now(rows)
    open_request = (
        ApprovalRequest.objects.filter(campaign=found, closed_at=None)
        .select_related("asked_by", "version")
        .first()
    )
    launched, state = Launch.objects.filter(campaign=found).exists(), state_of(found)
    signed = _holds_longest(found, at)
    plan, statement = card_of(found)
    answer, says = _verdict(found, wrong, findings, approved, open_request, launched)
    return render(request, "compliance/flight_check.html", {
        "campaign": found, "steps": steps, "findings": findings, "answer": answer, "says": says, "open_request": open_request,
        "state": state, "todo": _to_do(client, found, rows, findings), "groups": _in_order(client, found, rows),
        "approval": signed, "may_ask_again": may_ask_again(state) and (found.joins or _is_due(signed, rows, at)),
        "warnings": _warnings(found, findings), "plan": plan, "statement": statement, "others": PAID_BY_OTHERS,
        "changed": standing(found),
        "launched": launched, "may_ask": request.member.role in STAFF, "blocked": any(each.blocks for each in findings) or not steps,
    })  # fmt: skip


def may_ask_again(state: State) -> bool:
    """Whether a launched campaign has something left that a new signature would let out."""
    return state in (State.RUNNING, State.PAUSED)


def _holds_longest(campaign: Campaign, at: datetime) -> Approval | None:
    rows = Approval.objects.in_force(at).filter(campaign=campaign, fingerprint=campaign.fingerprint)
    found: Approval | None = rows.select_related("signed_by").order_by("-expires_at").first()
    return found


def _is_due(signed: Approval | None, rows: list[flight.Row], at: datetime) -> bool:
    """Whether it is time to have the same signed again: it ran out or soon will, or too few people stood in it."""
    grew = any(row.check.code == "audience_grew" and row.answer != "clear" for row in rows)
    return signed is None or grew or signed.expires_at <= at + AGAIN_BEFORE


def approved_now(rows: list[flight.Row]) -> bool:
    return any(row.check.code == "not_approved" and row.answer == "clear" for row in rows)


def _warnings(campaign: Campaign, findings: list[Finding]) -> list[dict[str, Any]]:
    """Each warning with the name of its field, and the reason somebody gave to the same words before."""
    given = {
        key_of(each): each.reason
        for each in ContentFinding.objects.filter(campaign=campaign)
        .exclude(reason="")
        .order_by("answered_at")
    }
    return [
        {"finding": each, "field": key_of(each), "reason": given.get(key_of(each), "")}
        for each in findings
        if not each.blocks
    ]


def _verdict(
    campaign: Campaign,
    wrong: list[flight.Row],
    findings: list[Any],
    approved: bool,
    asked: ApprovalRequest | None,
    launched: bool,
) -> tuple[str, str]:
    blocking = sum(each.blocks for each in findings)
    if not wrong and not blocking:
        if approved:
            return (
                "clear",
                "Clear to send: everyone shown as clear below is reached at their lawful hour."
                if launched
                else (
                    "Clear to send: launch it, and everyone shown as clear below is reached at their lawful hour."
                ),
            )
        if asked is not None and asked.version.fingerprint == campaign.fingerprint:
            return "waiting", "Everything but the signature is in order. It lies before the client."
        return "waiting", "Everything but the signature is in order. Ask the client for approval."
    names = [row.title for row in wrong if row.check.code != "words_not_reviewed"]
    parts = [f"{blocking} {'finding' if blocking == 1 else 'findings'} in the words"] if blocking else []
    if len(names) > FEW:
        things = " and ".join([*parts, f"{len(names)} {'other ' if parts else ''}things"])
        return "held", f"Not clear to send yet: {things} stand in the way."
    return "held", f"Not clear to send yet: {', '.join([*parts, *names]) or 'the words are not reviewed'}."


def _to_do(
    client: Client, campaign: Campaign, rows: list[flight.Row], findings: list[Finding]
) -> dict[str, Any]:
    """What is out of order: first what somebody has to mend, then what asking for approval brings about."""
    wrong = [_shown(client, campaign, row) for row in rows if row.answer != "clear"]
    # What somebody gave a reason for, and the client signed, is nobody's to do.
    open_still = any(each.blocks for each in findings) or not approved_now(rows)
    return {
        "rows": sorted(wrong, key=lambda each: bool(each["by_asking"])),
        "findings": findings if open_still else [],
    }


def _in_order(
    client: Client, campaign: Campaign, rows: list[flight.Row]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """By group, what is in order: folded, with the words for it."""
    groups = []
    for group in (Group.WORDS, Group.CLIENT, Group.SENDERS):
        clear = [
            _shown(client, campaign, row)
            for row in rows
            if row.check.group is group and row.answer == "clear"
        ]
        says = f"{group.value}: {len(clear)} {'check is' if len(clear) == 1 else 'checks are'} in order"
        groups += [(says, clear)] if clear else []
    return groups


def _shown(client: Client, campaign: Campaign, row: flight.Row) -> dict[str, Any]:
    name = flight.fix_name(row.check.code)
    return {
        "row": row,
        "by_asking": row.check.code in BY_ASKING,
        "fix": FIXES.get(name, "Open"),
        "href": page_of_fix(name, client, campaign)
        if row.answer != "clear" and name != "flight_check"
        else "",
    }


def page_of_fix(name: str, client: Client, campaign: Campaign) -> str:
    """The address of a page by its name, with or without a campaign; empty when there is none."""
    for kwargs in ({"client": client.slug, "campaign": campaign.pk}, {"client": client.slug}):
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    return ""


@client_page()
@require_GET
def audience_funnel(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The funnel of each step, for the editor; with `?full=1` also the checks about each person and the hours ahead."""
    found = campaign_of(client, campaign)
    answer = counted(found, anew=request.GET.get("again") == "1")
    context: dict[str, Any] = {"campaign": found, "full": request.GET.get("full") == "1", "counted": answer}
    if answer is not None:
        context["steps"] = [
            (each, flight.funnel(answer, each, _leads(client, found, each.step.position)))
            for each in answer.steps
        ]
        if context["full"]:
            at = db_now()
            hours = hours_ahead.of_campaign(found, at)
            keys, windows = (hours.keys, hours.windows) if hours else ({}, {})
            estimates = estimate(found, answer, keys, windows, at)
            rows = flight.people_rows(answer)
            clear = sum(row["answer"] == "clear" for row in rows)
            context |= {
                "people": rows,
                "answers": [(each.step, flight.person_tally(each)) for each in answer.steps],
                "may_take": request.member.role in STAFF,
                "clear_word": f"{clear} more {'check keeps' if clear == 1 else 'checks keep'} nobody back",
                "hours": hours,
                "estimates": estimates,
                "advice": advice(client, estimates, at),
                "aging": aging(found, at) if hours else "",
            }
    return render(request, "compliance/_audience.html", context)


def _leads(client: Client, campaign: Campaign, position: int) -> Any:
    return lambda code: reverse("reasons", args=[client.slug, campaign.pk, code]) + f"?step={position}"


@client_page(only_shows=True)
@require_http_methods(["GET", "POST"])
def content_findings(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """What the review says about the saved draft; `?step=2` for one step, by POST for its words as they are typed. Writes nothing."""
    content = signed_content(campaign_of(client, campaign))
    step = request.GET.get("step", "")
    if request.method == "POST":
        content["steps"] = [
            _as_typed(each, request, content["brand"]["practice_name"])
            if str(each["position"]) == step
            else each
            for each in content["steps"]
        ]
    findings = review_for(client, content)
    if step.isdecimal():
        findings = [each for each in findings if each.step in {0, int(step)}]
    return render(request, "compliance/_findings.html", {"findings": findings})


def _as_typed(step: dict[str, Any], request: MemberRequest, practice_name: str) -> dict[str, Any]:
    subject, body = (request.POST.get(name, "")[:MOST_TYPED] for name in ("subject", "body"))
    return as_typed(step, request.POST.get("wording", ""), subject, body, practice_name)
