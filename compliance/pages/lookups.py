"""Looking numbers up at the carrier: what it costs is shown first, and asked for by name."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from compliance.lookups import running
from compliance.models import LookupRun, NumberLookup
from compliance.pages.readiness import ONLY_STAFF
from consent.bell import ring
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.keyset import page_of
from tenants.models import Client

CHANGED = "Meanwhile there are {numbers} numbers to look up, not {shown}: look at the price again."


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def look_up(request: MemberRequest, client: Client) -> HttpResponse:
    """How many numbers there are to look up and for how much; a press asks for exactly that."""
    why_not = running.may_look(client)
    counts = {owner: running.count(client.pk, owner) for owner in (False, True)}
    status = 200
    if request.method == "POST":
        owner = request.POST.get("what") == "owner"
        if why_not or request.POST.get("numbers") != str(counts[owner]) or not counts[owner]:
            said = CHANGED.format(numbers=counts[owner], shown=request.POST.get("numbers", "")[:12] or "none")
            messages.error(request, why_not or said)
            status = 422
        elif _begin(request, client, owner, counts[owner]):
            messages.success(
                request, "The numbers are being looked up. What the carrier says will stand below."
            )
            return redirect("look_up", client=client.slug)
        else:
            messages.warning(request, "A look-up is under way already.")
            return redirect("look_up", client=client.slug)
    kinds = NumberLookup.objects.in_force(db_now()).filter(client=client)
    offers: list[tuple[str, str, int, Decimal]] = [
        ("line", "The kind of line", counts[False], running.price(counts[False], False)),
        ("owner", "The kind of line, and whether somebody else has it now", counts[True], running.price(counts[True], True)),
    ]  # fmt: skip
    values = {
        "offers": offers, "why_not": why_not,
        "page": page_of(LookupRun.objects.filter(client=client).select_related("asked_by"), request.GET.get("after", "")),
        "kinds": kinds.order_by().values("line_type").annotate(number=Count("pk")).order_by("-number", "line_type"),
        "owners": kinds.exclude(reassigned="").order_by().values("reassigned").annotate(number=Count("pk")).order_by("reassigned"),
    }  # fmt: skip
    return render(request, "compliance/look_up.html", values, status=status)


def _begin(request: MemberRequest, client: Client, owner: bool, numbers: int) -> bool:
    dollars = running.price(numbers, owner)
    try:
        with transaction.atomic():
            run = LookupRun.objects.create(
                client=client, reassigned=owner, wanted=numbers, dollars=dollars, asked_by=request.user
            )
    except IntegrityError:
        return False
    audit.record(
        "numbers.looked_up", run, client_id=client.pk, request=request, numbers=numbers, dollars=str(dollars), owner=owner
    )  # fmt: skip
    transaction.on_commit(
        lambda: ring("compliance.tasks.look_up_numbers", client_id=client.pk, run_id=run.pk)
    )
    return True
