"""Saved audiences: what a client keeps, using one in a campaign, keeping a campaign's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import editing, saved_audiences, wording
from campaigns.audience import months_before, visit_before
from campaigns.campaign_pages import SAYS, found_campaign, say_saved
from campaigns.editing import CannotEdit
from campaigns.forms import today
from campaigns.models import Campaign, SavedAudience
from campaigns.saved_audiences import LAPSED, CannotKeep
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client
from tenants.models.member import AGENCY_ROLES


class KeepForm(forms.Form):
    """A name, and whether its day moves along."""

    name = forms.CharField(max_length=80, help_text="As in “Hygiene, a year ago”.")
    lapsed_months = forms.TypedChoiceField(
        label="Last visit before",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="A number of months is reckoned from the day on which it is used.",
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        self.campaign = campaign
        super().__init__(*args, **kwargs)
        day = visit_before(campaign)
        fixed = f"{wording.day(day)}, always" if day else "No such limit"
        months = [(str(each), f"{each} months before it is used") for each in LAPSED]
        self.fields["lapsed_months"].choices = [("", fixed), *months]  # type: ignore[attr-defined]

    def clean_lapsed_months(self) -> int | None:
        months: int | None = self.cleaned_data["lapsed_months"]
        after = self.campaign.last_visit_after
        if months and after and after >= months_before(today(self.campaign.client), months):
            raise forms.ValidationError(
                "The campaign's “last visit on or after” is later than that, so nobody would fit."
            )
        return months


@client_page()
@require_GET
def audiences(request: MemberRequest, client: Client) -> HttpResponse:
    """Every audience that can be chosen, with how many people it names now."""
    rows = saved_audiences.counted(client, saved_audiences.choices(client))
    return render(
        request, "campaigns/audiences.html",
        {"rows": [row for row in rows if row[0].kept], "presets": [row for row in rows if not row[0].kept],
         "may_edit": request.member.role in AGENCY_ROLES},
    )  # fmt: skip


@client_page(roles=STAFF, says=SAYS)
@require_POST
def audience_use(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Make an audience the campaign's own; later changes of the one do not touch the other."""
    found = found_campaign(client, campaign)
    key = request.POST.get("audience", "")
    chosen = next((each for each in saved_audiences.choices(client) if each.key == key), None)
    if chosen is None or found.greets:
        gone = "That audience is not kept any more. Choose another one."
        messages.error(request, "A welcome is for new people only." if found.greets else gone)
        return redirect("campaign", client=client.slug, campaign=found.pk)
    try:
        with editing.change(found, None, request.user) as edit:
            saved_audiences.use(edit.campaign, chosen)
    except CannotEdit as refused:
        messages.error(request, str(refused))
    else:
        say_saved(request, edit.voided)
    return redirect("campaign", client=client.slug, campaign=found.pk)


@client_page(roles=STAFF, says=SAYS)
@require_http_methods(["GET", "POST"])
def audience_keep(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Keep the campaign's audience under a name."""
    found = found_campaign(client, campaign)
    form = KeepForm(request.POST or None, campaign=found)
    if form.is_valid():
        given = form.cleaned_data
        try:
            kept = saved_audiences.keep(found, given["name"], given["lapsed_months"], request.user)
        except CannotKeep as refused:
            form.add_error("name", str(refused))
        else:
            audit.record("audience.kept", kept, client_id=client.pk, request=request, campaign=found.pk)
            messages.success(request, f"“{kept.name}” is kept.")
            return redirect("audiences", client=client.slug)
    return render(
        request, "campaigns/audience_keep.html", {"campaign": found, "form": form}, status=422 if form.is_bound else 200
    )  # fmt: skip


@client_page(roles=STAFF, says=SAYS)
@require_POST
def audience_delete(request: MemberRequest, client: Client, audience: int) -> HttpResponse:
    """Keep it no longer; campaigns that used it keep their rule."""
    kept = get_object_or_404(SavedAudience, pk=audience, client=client)
    audit.record("audience.deleted", kept, client_id=client.pk, request=request)
    kept.delete()
    messages.success(request, f"“{kept.name}” is deleted. Campaigns that used it keep their rule.")
    return redirect("audiences", client=client.slug)
