"""One contact: who it is, what is proven, what is forbidden; opting out, pausing, releasing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from consent.consent_page import RECORDERS
from consent.contact_forms import OptOutForm, PauseForm
from consent.models import AddressPause, Contact, ContactPoint, Merge, Pause, PurposeOptOut
from consent.reachability import opted_out_sentence, reach_of, way_back
from consent.suppressing import suppress
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client

RELEASERS = STAFF | APPROVER


@require_GET
@client_page()
def contact(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Everything known about one person. Looking is on record."""
    found = _contact(contact)
    audit.record("contact.viewed", found, client_id=client.pk, request=request)
    return _page(request, client, found)


@require_POST
@client_page()
def opt_out(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Any member may opt a person out; only the person can opt back in."""
    found = _contact(contact)
    form = OptOutForm(request.POST, points=_points(found), clear=masking.sees_clear(request))
    if not form.is_valid():
        return _page(request, client, found, opt_out_form=form, status=422)
    for address in form.cleaned_data["addresses"]:
        point = form.points[address]
        suppress(
            client.pk,
            point.address_id,
            point.channel,
            form.cleaned_data["source"],
            by=request.user,
            note=form.cleaned_data["note"],
        )
    messages.success(request, "Opted out. From now on nothing is sent there, whatever a campaign says.")
    return redirect("contact", client=client.slug, contact=found.pk)


@require_POST
@client_page()
def contact_pause(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Nothing to this person until somebody looks."""
    found = _contact(contact)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, client, found, pause_form=form, status=422)
    made = Pause.objects.create(client=client, contact=found, reason=form.cleaned_data["reason"])
    audit.record("contact.paused", found, client_id=client.pk, request=request, pause=made.pk)
    messages.success(request, "Paused. Nothing is sent to this person until the pause is released.")
    return redirect("contact", client=client.slug, contact=found.pk)


@require_POST
@client_page(roles=RELEASERS, says="A pause is released by the agency or the compliance contact.")
def contact_release(request: MemberRequest, client: Client, contact: int) -> HttpResponse:
    """Somebody looked: end every pause of this person. Opt-outs stay."""
    found = _contact(contact)
    ended = Pause.objects.filter(contact=found).end(db_now(), ended_by=request.user)
    theirs = ContactPoint.objects.filter(contact=found).values("address")
    ended += AddressPause.objects.filter(address__in=theirs).end(db_now(), ended_by=request.user)
    if ended:
        audit.record("contact.released", found, client_id=client.pk, request=request, pauses=ended)
        messages.success(request, "Released. The gate decides again at the next send.")
    return redirect("contact", client=client.slug, contact=found.pk)


def _contact(ident: int) -> Contact:
    found: Contact = get_object_or_404(
        Contact.objects.select_related("location", "guardian", "made_by_import", "merged_into"), pk=ident
    )
    return found


def _points(contact: Contact) -> list[ContactPoint]:
    return list(ContactPoint.objects.in_force(db_now()).filter(contact=contact).order_by("-channel", "id"))


def _page(
    request: MemberRequest,
    client: Client,
    contact: Contact,
    *,
    opt_out_form: OptOutForm | None = None,
    pause_form: PauseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    reach = reach_of([contact])[contact.pk]
    household = (
        Contact.objects.filter(household=contact.household, merged_into=None)
        .exclude(pk=contact.pk)
        .order_by("id")[:10]
    )
    values: dict[str, Any] = {
        "contact": contact,
        "reach": reach,
        "out": [(opted_out_sentence(each), way_back(each)) for each in reach.suppressions],
        "kinds_out": PurposeOptOut.objects.in_force(db_now())
        .filter(address__in={point.address_id for point in reach.points})
        .select_related("client"),
        "household": household if contact.household else [],
        "opt_out_form": opt_out_form or OptOutForm(points=reach.points, clear=masking.sees_clear(request)),
        "pause_form": pause_form or PauseForm(),
        "joined": Merge.objects.filter(kept=contact, undone_at=None, final_at=None)
        .select_related("by")
        .order_by("-pk"),
        "may_release": request.member.role in RELEASERS,
        "may_record": request.member.role in RECORDERS,
    }
    return render(request, "consent/contact.html", values, status=status)
