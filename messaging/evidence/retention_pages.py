"""How long data is kept, what is held for a suit, and the certificates of what was thrown away."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Max, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from messaging.evidence.purging import TIMES, WrongTime, days_of, set_days
from messaging.models import Certificate, Kind, LegalHold, Redaction
from tenants import audit
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client
from tenants.step_up import lately_proven

READERS, KEEPERS = STAFF | APPROVER, OWNER | APPROVER
SAYS = "How long data is kept is decided by the agency's owner or the practice's compliance contact."


class DaysForm(forms.Form):
    """How long one kind is kept."""

    kind = forms.ChoiceField(choices=Kind.choices)
    days = forms.IntegerField(min_value=1, max_value=36500)


class HoldForm(forms.ModelForm):  # type: ignore[type-arg]
    """Keep everything of one person, one campaign or the whole practice until further notice."""

    contact_id = forms.IntegerField(
        label="Number of the contact", required=False, min_value=1, max_value=2**62
    )
    campaign_id = forms.IntegerField(
        label="Number of the campaign", required=False, min_value=1, max_value=2**62
    )

    class Meta:
        model = LegalHold
        fields = ["reason"]
        help_texts = {
            "reason": "As in the matter's name. Leave both numbers empty to hold everything of the practice."
        }


@client_page(roles=READERS)
@require_GET
def retention(request: MemberRequest, client: Client) -> HttpResponse:
    """Times, holds and certificates."""
    return _page(request, client, HoldForm())


@client_page(roles=KEEPERS, says=SAYS)
@require_POST
@lately_proven
def retention_set(request: MemberRequest, client: Client) -> HttpResponse:
    """Keep one kind so long from now on."""
    form = DaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give a number of days.")
    else:
        try:
            set_days(client, Kind(form.cleaned_data["kind"]), form.cleaned_data["days"], request.user)
            messages.success(request, "Kept. The next round throws away what is older.")
        except WrongTime as wrong:
            messages.error(request, str(wrong))
    return redirect("retention", client=client.slug)


@client_page(roles=KEEPERS, says=SAYS)
@require_POST
@lately_proven
def hold_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Begin a hold."""
    form = HoldForm(request.POST)
    if form.is_valid():
        hold = _hold(form, client)
        if not form.errors:
            hold.by = request.user
            hold.save()
            audit.record("hold.begun", hold, client_id=client.pk, request=request)
            messages.success(
                request, "Held. Nothing it covers is thrown away or erased until the hold is ended."
            )
            return redirect("retention", client=client.slug)
    return _page(request, client, form, status=422)


@client_page(roles=KEEPERS, says=SAYS)
@require_POST
@lately_proven
def hold_end(request: MemberRequest, client: Client, hold: int) -> HttpResponse:
    """End a hold."""
    found = get_object_or_404(LegalHold, pk=hold, client=client)
    if LegalHold.objects.filter(pk=found.pk).end(db_now(), ended_by=request.user):
        audit.record("hold.ended", found, client_id=client.pk, request=request)
        messages.success(request, "Ended. What is older than its time is thrown away in the next round.")
    return redirect("retention", client=client.slug)


def _hold(form: HoldForm, client: Client) -> LegalHold:
    """The hold as asked for; the form tells when a number names nobody."""
    from campaigns.models import Campaign
    from consent.models import Contact

    hold: LegalHold = form.save(commit=False)
    hold.client = client
    person, campaign = form.cleaned_data["contact_id"], form.cleaned_data["campaign_id"]
    if person and campaign:
        form.add_error(None, "Name a contact or a campaign, not both.")
    if person:
        hold.contact = Contact.objects.filter(pk=person, client=client).first()
        if hold.contact is None:
            form.add_error("contact_id", "This practice has no such contact.")
    if campaign:
        hold.campaign = Campaign.objects.filter(pk=campaign, client=client).first()
        if hold.campaign is None:
            form.add_error("campaign_id", "This practice has no such campaign.")
    return hold


def _page(request: MemberRequest, client: Client, hold_form: HoldForm, status: int = 200) -> HttpResponse:
    days = days_of(client.pk)
    holds = (
        LegalHold.objects.filter(client=client).select_related("contact", "campaign", "by").order_by("-pk")
    )
    context = {
        "times": [(kind, days[kind], time) for kind, time in TIMES.items()],
        "holds": [each for each in holds if each.ended_at is None],
        "certificates": Certificate.objects.filter(client=client).select_related("by").order_by("-pk")[:50],
        "hold_form": hold_form,
        **Redaction.objects.filter(client=client).aggregate(
            blanked=Sum("blanked"), refused=Sum("refused"), blanked_at=Max("at")
        ),
        "may_keep": request.member.role in KEEPERS,
    }
    return render(request, "messaging/retention.html", context, status=status)
