"""Asking for emergency access, granting and ending it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from tenants import emergency
from tenants.access import APPROVER, OWNER, MemberRequest, agency_page, client_page
from tenants.emergency import CannotBreak
from tenants.models import Agency, Client, EmergencyAccess
from tenants.models.emergency import MOST_HOURS
from tenants.scope import acting_for
from tenants.step_up import lately_proven

SAYS = "Only the agency's owner or the practice's compliance contact can do this."
ASKED = (
    "If there is such a client and you have no access to it, its compliance contact and the agency's owner were written to. "
    "One of them must agree; then open the client by its address."
)


class EmergencyForm(forms.Form):
    """Which client, why, how long."""

    client = forms.SlugField(
        max_length=60,
        label="Client",
        help_text="As in the addresses of its pages: bright-smiles in /c/bright-smiles/.",
    )
    reason = forms.CharField(
        min_length=10,
        max_length=2000,
        label="What happened?",
        help_text="Without names of patients. The practice reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    hours = forms.TypedChoiceField(
        label="For how long",
        coerce=int,
        choices=[(n, f"{n} hour{'s' if n > 1 else ''}") for n in range(1, MOST_HOURS + 1)],
    )


@agency_page()
@require_http_methods(["GET", "POST"])
@lately_proven
def emergency_ask(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Ask to read a client one is kept out of. The answer is the same whether there is such a client."""
    form = EmergencyForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        client = Client.objects.filter(slug=given["client"], agency=agency).first()
        if client is not None:
            try:
                with acting_for(client.pk):
                    emergency.ask(client, request.user, given["reason"], given["hours"], request)
            except CannotBreak as refused:
                form.add_error(None, str(refused))
        if not form.errors:
            messages.success(request, ASKED)
            return redirect("emergency_ask")
    return render(request, "tenants/emergency.html", {"form": form}, status=422 if form.is_bound else 200)


@client_page(roles=OWNER | APPROVER, says=SAYS)
@require_POST
@lately_proven
def emergency_grant(request: MemberRequest, client: Client, emergency_access: int) -> HttpResponse:
    """The second person agrees."""
    row = get_object_or_404(EmergencyAccess, pk=emergency_access, client=client)
    try:
        with transaction.atomic():
            emergency.grant(row, request.user, request)
        messages.success(
            request, f"{row.user.name} may read this client for {row.hours} h. Everybody concerned is told."
        )
    except CannotBreak as refused:
        messages.error(request, str(refused))
    return redirect("access_report", client=client.slug)


@client_page(roles=OWNER | APPROVER, says=SAYS)
@require_POST
def emergency_end(request: MemberRequest, client: Client, emergency_access: int) -> HttpResponse:
    """Refuse it, or shut the door."""
    row = get_object_or_404(EmergencyAccess, pk=emergency_access, client=client)
    try:
        with transaction.atomic():
            emergency.end(row, request.user, request)
        messages.success(request, f"{row.user.name} has no emergency access.")
    except CannotBreak as refused:
        messages.error(request, str(refused))
    return redirect("access_report", client=client.slug)
