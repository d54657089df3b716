"""Recording a person's consent to texts. It never lifts an opt-out: only the person does, by START."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from consent.consent_forms import ConsentForm, script
from consent.models import ConsentRecord, Contact, ContactPoint
from consent.proof import Worth
from consent.reachability import opted_out_sentence, reach_of, way_back
from consent.recording import keep_scan, record_consent
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.file_kinds import ending_of, kind_of, sound_of
from tenants.models import Channel, Client, Role
from tenants.step_up import lately_proven

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
    form = ConsentForm(
        request.POST or None,
        request.FILES or None,
        client=client,
        points=points,
        clear=masking.sees_clear(request),
        initial=first,
    )
    if request.method == "POST" and form.is_valid():
        given, worth = form.cleaned_data, form.worth(found)
        record_consent(
            found, form.points[given["point"]], worth=worth, method=given["method"], wording=given["wording"],
            given_at=given["given_at"], expires_at=form.expires_at, evidence=form.evidence(), by=request.user,
            scan=keep_scan(client.pk, form.shows_it, by=request.user),
        )  # fmt: skip
        messages.success(request, _said(list(worth.values())))
        return redirect("contact", client=client.slug, contact=found.pk)
    audit.record("contact.viewed", found, client_id=client.pk, request=request)
    out = [each for each in reach_of([found])[found.pk].suppressions if each.channel == Channel.SMS]
    return render(
        request,
        "consent/consent_new.html",
        {"contact": found, "form": form, "points": points, "out": [(opted_out_sentence(each), way_back(each)) for each in out]},
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@require_POST
@client_page(
    roles=RECORDERS, says="A consent is revoked by the agency, the compliance contact or the front desk."
)
def consent_revoke(request: MemberRequest, client: Client, contact: int, consent: int) -> HttpResponse:
    """From now on it proves nothing. It stays on record, and nobody takes this back."""
    found = get_object_or_404(ConsentRecord, pk=consent, contact=contact)
    if ConsentRecord.objects.filter(pk=found.pk).end(db_now()):
        audit.record("consent.revoked", found, client_id=client.pk, request=request)
        messages.success(request, "Revoked. It counts no more; to stop every message, opt the person out.")
    return redirect("contact", client=client.slug, contact=contact)


@require_POST
@client_page(
    roles=RECORDERS, says="The proof is opened by the agency, the compliance contact or the front desk."
)
@lately_proven
def consent_scan(request: MemberRequest, client: Client, contact: int, consent: int) -> HttpResponse:
    """The scan or the recording that shows it, as a file. Taking it is on record."""
    found = get_object_or_404(ConsentRecord.objects.select_related("scan"), pk=consent, contact=contact)
    if found.scan is None or not found.scan.content:  # none, or emptied when the person was erased
        raise Http404
    data = base64.b64decode(found.scan.content)
    audit.record("consent.scan_opened", found, client_id=client.pk, request=request)
    answer = HttpResponse(data, content_type=kind_of(data) or sound_of(data) or "application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="consent-{found.pk}{ending_of(data)}"'
    return answer


def _said(worth: list[Worth]) -> str:
    missing = list(dict.fromkeys(each for found in worth for each in found.missing))
    if not missing:
        return "The consent is on record. The gate counts it at the next send."
    only = "" if all(found.missing for found in worth) else ", for a part of what they were asked,"
    return f"On record{only} as a number given only, because of what is missing: {', '.join(missing)}."
