"""Recording a person's consent to texts. It never lifts an opt-out: only the person does, by START."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from consent.consent_forms import ConsentForm, script
from consent.models import Contact, ContactPoint
from consent.reachability import opted_out_sentence, reach_of, way_back
from consent.recording import record_consent
from tenants import audit
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, Role

RECORDERS = STAFF | APPROVER | {Role.FRONT_DESK}


@client_page(
    roles=RECORDERS, says="A consent is recorded by the agency, the compliance contact or the front desk."
)
@require_http_methods(["GET", "POST"])
def consent_new(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Take down when, how and to what this person said yes, with the evidence."""
    found = get_object_or_404(Contact, pk=contact)
    points = list(
        ContactPoint.objects.in_force(db_now()).filter(contact=found, channel=Channel.SMS).order_by("id")
    )
    first = {"wording": script(client.name), "taken_by": request.user.name}
    form = ConsentForm(request.POST or None, client=client, points=points, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        record_consent(
            found, form.points[given["point"]], purposes=given["purposes"], method=given["method"], tier=form.tier(),
            wording=given["wording"], given_at=given["given_at"], evidence=form.evidence(), by=request.user,
        )  # fmt: skip
        messages.success(request, "The consent is on record. The gate counts it at the next send.")
        return redirect("contact", client=client.slug, contact=found.pk)
    audit.record("contact.viewed", found, client_id=client.pk, request=request)
    out = [each for each in reach_of([found])[found.pk].suppressions if each.channel == Channel.SMS]
    return render(
        request,
        "consent/consent_new.html",
        {"contact": found, "form": form, "points": points, "out": [(opted_out_sentence(each), way_back(each)) for each in out]},
        status=422 if form.is_bound else 200,
    )  # fmt: skip
