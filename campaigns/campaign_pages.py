"""The list of campaigns and the frame of the editor: who, why and when."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import comments, editing, notes, own_templates, saved_audiences
from campaigns.editing import CannotEdit, ChangedMeanwhile, seen_mark
from campaigns.fingerprint import refresh, signed_content
from campaigns.forms import NewCampaignForm, RuleForm, StepForm, segment_counts
from campaigns.merge_fields import FIELDS
from campaigns.models import Approval, ApprovalRequest, Campaign, Objection, ScheduledLaunch, Step
from campaigns.spoken import STOP_LINE
from campaigns.starters import begin
from campaigns.state import LAUNCHED, State, state_of, states_of
from campaigns.versions import problems
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.keyset import page_of
from tenants.models import Client
from tenants.models.member import AGENCY_ROLES

MOST = 2000  # campaigns of one client that the list looks at, newest first
SAYS = "Only the agency's staff can change a campaign."
# The answer colour of a state, where it is one.
TONES = {
    State.ASKED: "waiting",
    State.APPROVED: "clear",
    State.RUNNING: "clear",
    State.PAUSED: "waiting",
    State.STOPPED: "held",
}


@client_page()
@require_GET
def campaigns(request: MemberRequest, client: Client) -> HttpResponse:
    """The client's campaigns, newest first, with where each stands."""
    wanted = request.GET.get("state", "")
    newest = Campaign.objects.filter(client=client).order_by("-pk").values_list("pk", flat=True)[:MOST]
    states = states_of(newest)
    fits = [pk for pk, state in states.items() if state == wanted or (not wanted and state != State.ARCHIVED)]
    rows = Campaign.objects.filter(client=client, pk__in=fits).annotate(messages=Count("steps"))
    rows, members, after = rows.select_related("assignee"), notes.members(client), request.GET.get("who", "")
    if after == "nobody":
        rows = rows.filter(assignee=None)
    elif after in {str(each.pk) for each in members}:
        rows = rows.filter(assignee=int(after))
    page = page_of(rows, request.GET.get("after", ""))
    listed = [(each, states[each.pk], TONES.get(states[each.pk], "")) for each in page.rows]
    context = {
        "page": page,
        "listed": listed,
        "states": State.choices,
        "wanted": wanted,
        "members": members,
        "who": after,
        "may_edit": request.member.role in AGENCY_ROLES,
    }
    return render(request, "campaigns/campaigns.html", context)


@client_page(roles=STAFF, says=SAYS)
@require_http_methods(["GET", "POST"])
def campaign_new(request: MemberRequest, client: Client) -> HttpResponse:
    """A new draft, from nothing or from a starter."""
    beginnings = own_templates.beginnings(client)
    asked = request.GET.get("starter", "")
    chosen = {"starter": asked, "name": beginnings[asked].label} if asked in beginnings else None
    form = NewCampaignForm(request.POST or None, beginnings=beginnings, initial=chosen)
    if form.is_valid():
        starter = form.begins_with()
        made: Campaign = Campaign.objects.create(
            client=client,
            name=form.cleaned_data["name"],
            purpose=starter.purpose,
            greets=starter.greets,
            hold_out=form.share(),
            created_by=request.user,
        )
        for sentence in begin(made, starter):
            messages.warning(request, f"A message was left out. {sentence}")
        refresh(made)
        audit.record(
            "campaign.created",
            made,
            client_id=client.pk,
            request=request,
            starter=form.cleaned_data["starter"],
        )
        return _to(made, client)
    return render(
        request,
        "campaigns/new.html",
        {
            "form": form,
            "fields": [
                (field, list(rows)) for field, rows in groupby(beginnings.items(), lambda row: row[1].field)
            ],
        },
        status=422 if form.is_bound else 200,
    )


@client_page()
@require_GET
def campaign(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """The editor at its first step; what was launched is shown as it stands."""
    return editor(request, found_campaign(client, campaign))


@client_page(roles=STAFF, says=SAYS)
@require_POST
def campaign_rule(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Save who, why and when."""
    found = found_campaign(client, campaign)
    form = RuleForm.of(found, seen_mark(found), segment_counts(client), request.POST)
    if not form.is_valid():
        return editor(request, found, rule=form, status=422)
    given = dict(form.cleaned_data)
    try:
        with editing.change(found, given.pop("seen"), request.user) as edit:
            for name, value in given.items():
                setattr(edit.campaign, name, value)
    except ChangedMeanwhile as refused:
        again = found_campaign(client, campaign)
        return editor(request, again, rule=with_mark(form, again), conflict=str(refused), status=409)
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return _to(found, client)
    say_saved(request, edit.voided)
    return _to(found, client)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def campaign_copy(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """A new draft with the same content."""
    made = editing.copy(found_campaign(client, campaign), request.user)
    messages.success(request, "Copied. This is a new draft; its approval is asked for separately.")
    return _to(made, client)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def campaign_archive(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Put a draft away; an open request is taken back."""
    found = found_campaign(client, campaign)
    try:
        editing.put_away(found, request.user)
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return _to(found, client)
    messages.success(request, f"“{found.name}” was put away.")
    return redirect("campaigns", client=client.slug)


def found_campaign(client: Client, pk: int) -> Campaign:
    """The client's campaign or 404."""
    rows = Campaign.objects.select_related("client__agency", "location", "created_by", "assignee")
    made: Campaign = get_object_or_404(rows, pk=pk, client=client)
    return made


def editor(
    request: MemberRequest,
    campaign: Campaign,
    *,
    step: Step | None = None,
    form: StepForm | None = None,
    rule: RuleForm | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    """The one page of the editor, whichever of its forms was sent."""
    steps = list(
        Step.objects.filter(campaign=campaign)
        .select_related("sender", "campaign__client")
        .order_by("position")
    )
    chosen = next(
        (each for each in steps if step is not None and each.pk == step.pk), steps[0] if steps else None
    )
    state = state_of(campaign)
    editable = request.member.role in AGENCY_ROLES and state not in LAUNCHED and state != State.ARCHIVED
    mark = seen_mark(campaign)
    if chosen is not None and form is None:
        form = StepForm(step=chosen, initial=_saved(chosen) | {"seen": mark})
    last = ApprovalRequest.objects.filter(campaign=campaign).order_by("-pk").first()
    said = comments.threads(campaign)
    context: dict[str, Any] = {
        "campaign": campaign,
        "said": comments.about(said, chosen) if chosen else [],
        "said_of_all": comments.about(said, None),
        "open_at": {each.comment.step_id for each in said if each.is_open},
        "state": state,
        "tone": TONES.get(state, ""),
        "steps": steps,
        "step": chosen,
        "form": form,
        "rule": rule or RuleForm.of(campaign, mark, segment_counts(campaign.client)),
        "editable": editable,
        "may_edit": request.member.role in AGENCY_ROLES,
        "launched": state in LAUNCHED,
        "audiences": saved_audiences.counted(campaign.client, saved_audiences.choices(campaign.client))
        if editable
        else [],
        "notes": notes.of(campaign)[: notes.MOST],
        "members": notes.members(campaign.client),
        "scheduled": ScheduledLaunch.objects.filter(campaign=campaign, ended_at=None).first(),
        "voids": "asked" if state == State.ASKED else "approved" if state == State.APPROVED else "",
        "problems": problems(signed_content(campaign)),
        "fields": FIELDS,
        "stop_line": STOP_LINE,
        "conflict": conflict,
        "objection": Objection.objects.filter(request=last).select_related("by").first() if last else None,
        "approval": Approval.objects.filter(campaign=campaign).order_by("-pk").first(),
    }
    return render(request, "campaigns/editor.html", context, status=status)


def with_mark(form: Any, campaign: Campaign) -> Any:
    """A bound form as typed, carrying the newest mark: sending it once more is a decision to overwrite."""
    form.data = form.data.copy()
    form.data["seen"] = seen_mark(campaign)
    return form


def say_saved(request: HttpRequest, voided: bool) -> None:
    """The one sentence after a save."""
    if voided:
        messages.warning(
            request, "Saved. The approval that was asked for no longer fits and was taken back: ask again."
        )
    else:
        messages.success(request, "Saved.")


def _saved(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in ("subject", "body", "sender", "delay_days")}


def _to(campaign: Campaign, client: Client) -> HttpResponse:
    return redirect("campaign", client=client.slug, campaign=campaign.pk)
