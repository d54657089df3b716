"""A client's overview, a new client, and the client's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import ChoiceField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from tenants import audit, changes
from tenants.access import OWNER, STAFF, MemberRequest, agency_page, client_page
from tenants.forms import ClientForm, CoveredForm, InvitationForm, LocationForm, NewClientForm
from tenants.models import Agency, Client, Location, Membership, Role
from tenants.people_pages import CLIENT_TEAM, people_of
from tenants.scope import acting_for

ONLY_OWNER = "Only the agency's owner can change this."


@require_GET
@client_page()
def overview(request: MemberRequest, client: Client) -> HttpResponse:
    """What needs attention, what runs, how the client stands. The other rooms' parts come by themselves."""
    has_approver = (
        Membership.objects.in_force().filter(client=client, agency=None, role=Role.APPROVER).exists()
    )
    values = {"has_approver": has_approver, "is_staff": request.member.role in STAFF}
    return render(request, "tenants/overview.html", values)


@agency_page(roles=OWNER)
def client_new(request: MemberRequest, agency: Agency) -> HttpResponse:
    """Take on a client: four questions; everything else can follow later."""
    form = NewClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.agency, made.slug = agency, _free_slug(made.name)
        with transaction.atomic():  # no client without a record: one that is empty counts as emptied
            made.save()
            with acting_for(made.pk):
                audit.record("client.created", made, client_id=made.pk, request=request, covered=made.covered)
        messages.success(request, f"{made.name} is set up. Next: the steps below, in any order.")
        return redirect("setting_up", client=made.slug)
    return render(request, "tenants/client_new.html", {"form": form}, status=422 if form.errors else 200)


@client_page(roles=STAFF, says="The agency's people keep these settings.")
def settings(request: MemberRequest, client: Client) -> HttpResponse:
    """Name, hours, sites, people."""
    form = ClientForm(request.POST or None, instance=client)
    if request.method == "POST":
        if form.is_valid():
            changed = sorted(set(form.changed_data))
            form.save()
            if changed:
                changes.tell(client, set(changed))
                audit.record(
                    "client.changed", client, client_id=client.pk, request=request, fields=changed,
                    before=_recorded(form, form.initial, changed), after=_recorded(form, form.cleaned_data, changed),
                )  # fmt: skip
            messages.success(request, _said(changed))
            return redirect("settings", client=client.slug)
        client.refresh_from_db()
    return _settings_page(request, client, form=form, status=422 if form.errors else 200)


def _recorded(form: ClientForm, values: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    return {
        name: audit.reference(values.get(name), code=isinstance(form.fields[name], ChoiceField))
        for name in names
    }


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
def covered(request: MemberRequest, client: Client) -> HttpResponse:
    """Answer whether HIPAA covers the client."""
    before = client.covered
    form = CoveredForm(request.POST, instance=client)
    if form.is_valid():
        form.save()
        audit.record(
            "client.covered_answered",
            client,
            client_id=client.pk,
            request=request,
            before=before,
            after=client.covered,
        )
        messages.success(request, f"{client.name}: {client.get_covered_display().lower()}.")
    else:
        messages.error(request, "Choose one of the answers.")
    return redirect("settings", client=client.slug)


@require_POST
@client_page(roles=STAFF)
def location_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Add a site."""
    form = LocationForm(request.POST, instance=Location(client=client))
    if not form.is_valid():
        return _settings_page(request, client, location_form=form, status=422)
    form.save()
    audit.record("location.added", form.instance, client_id=client.pk, request=request)
    messages.success(request, f"{form.instance.name} is added.")
    return redirect("settings", client=client.slug)


@client_page(roles=STAFF)
def location(request: MemberRequest, client: Client, location: int) -> HttpResponse:
    """Change a site."""
    found = get_object_or_404(Location.objects.all(), pk=location)
    form = LocationForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        changes.tell(client, {"location"})
        audit.record(
            "location.changed", found, client_id=client.pk, request=request, fields=sorted(form.changed_data)
        )
        return redirect("settings", client=client.slug)
    return render(
        request,
        "tenants/location.html",
        {"form": form, "location": found},
        status=422 if form.errors else 200,
    )


def _settings_page(
    request: MemberRequest,
    client: Client,
    *,
    form: ClientForm | None = None,
    location_form: LocationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    values = people_of(client) | {
        "form": form or ClientForm(instance=client),
        "covered_form": CoveredForm(instance=client),
        "location_form": location_form or LocationForm(initial={"time_zone": client.time_zone}),
        "invitation_form": InvitationForm(roles=CLIENT_TEAM, initial={"role": Role.APPROVER}),
        "locations": Location.objects.order_by("name"),
        "is_owner": request.member.role == Role.OWNER,
    }
    return render(request, "tenants/settings.html", values, status=status)


def _said(changed: list[str]) -> str:
    if {"hours_from", "hours_until", "days"} & set(changed):
        return "Saved. The hours are part of what is signed: running campaigns need a new approval."
    return "Saved."


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "client"
    taken = set(Client.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)
