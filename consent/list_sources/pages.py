"""Sources of lists: set up by the owner, stated by the agency's people, and what was found at each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent.bell import ring
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.list_sources.forms import SourceForm, StatementForm
from consent.list_sources.looking import HOLDS
from consent.list_sources.places import folder_of
from consent.models import ListFetch, ListSource
from tenants import audit
from tenants.access import APPROVER, OWNER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.keyset import page_of
from tenants.models import Client
from tenants.step_up import lately_proven

ONLY_OWNER = "Only the agency's owner decides where lists are taken from."
ONLY_STAFF = "Only the agency's people state where lists come from."
SEEN = "Where lists are taken from is seen by the agency and the compliance contact."
MOST = 10  # of a client
TONES = {
    ListFetch.State.TAKEN: "clear",
    ListFetch.State.WAITS: "waiting",
    ListFetch.State.REFUSED: "held",
}


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(roles=STAFF | APPROVER, says=SEEN)
@lately_proven
def list_sources(request: MemberRequest, client: Client) -> HttpResponse:
    """Which sources there are; a new one."""
    is_owner = request.member.role in OWNER
    form = SourceForm(request.POST or None, client_name=client.name)
    if request.method == "POST" and not is_owner:
        raise PermissionDenied(ONLY_OWNER)
    rows = ListSource.objects.filter(ended_at=None)
    if request.method == "POST" and form.is_valid():
        if rows.count() >= MOST:
            form.add_error(None, f"There are {MOST} sources. End one first.")
        else:
            made = _make(request, client, form.cleaned_data)
            messages.success(request, f"{made.name} is looked at from now on.")
            return redirect("list_source", client=client.slug, source=made.pk)
    values = {
        "form": form, "is_owner": is_owner, "rows": rows.order_by("pk"), "may_import": may_import(client), "no_agreement": NO_AGREEMENT,
    }  # fmt: skip
    return render(request, "consent/list_sources.html", values, status=422 if form.is_bound else 200)


@require_GET
@client_page(roles=STAFF | APPROVER, says=SEEN)
def list_source(request: MemberRequest, client: Client, source: int) -> HttpResponse:
    """How the last look went, and every file that was found."""
    return _one(request, _found(source), StatementForm(client_name=client.name))


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def list_source_look(request: MemberRequest, client: Client, source: int) -> HttpResponse:
    """Look now, whatever the time."""
    found = _found(source)
    transaction.on_commit(
        lambda: ring("consent.tasks.look_at_source", source_id=found.pk, client_id=client.pk, now=True)
    )
    audit.record("list_source.looked", found, client_id=client.pk, request=request)
    messages.success(request, "It is looked at within seconds. Load this page again to see what was there.")
    return redirect("list_source", client=client.slug, source=source)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def list_source_state(request: MemberRequest, client: Client, source: int) -> HttpResponse:
    """State again, for another year, in the name of whoever does."""
    found, form = _found(source), StatementForm(request.POST, client_name=client.name)
    if not form.is_valid():
        return _one(request, found, form, 422)
    ListSource.objects.filter(pk=found.pk).update(**_statement(request, form.cleaned_data["typed_name"]))
    audit.record("list_source.stated", found, client_id=client.pk, request=request)
    messages.success(request, "Stated for another year.")
    return redirect("list_source", client=client.slug, source=source)


@require_POST
@client_page(roles=OWNER, says=ONLY_OWNER)
@lately_proven
def list_source_end(request: MemberRequest, client: Client, source: int) -> HttpResponse:
    """From now on it is not looked at; its password is thrown away."""
    found = _found(source)
    if ListSource.objects.filter(pk=found.pk, ended_at=None).update(ended_at=db_now(), secret=""):
        audit.record("list_source.ended", found, client_id=client.pk, request=request)
        messages.success(request, f"{found.name} is not looked at any more.")
    return redirect("list_sources", client=client.slug)


def _make(request: MemberRequest, client: Client, given: dict[str, Any]) -> ListSource:
    names = ("name", "kind", "every", "host", "port", "folder", "user_name", "secret", "host_key")
    made: ListSource = ListSource.objects.create(
        client=client, made_by=request.user, **{name: given[name] for name in names}, **_statement(request, given["typed_name"])
    )  # fmt: skip
    audit.record("list_source.made", made, client_id=client.pk, request=request, kind=made.kind)
    return made


def _statement(request: MemberRequest, name: str) -> dict[str, Any]:
    at = db_now()
    return {
        "attested_by": request.user,
        "attested_name": name,
        "attested_at": at,
        "attested_until": at + HOLDS,
    }


def _one(request: MemberRequest, found: ListSource, form: StatementForm, status: int = 200) -> HttpResponse:
    page = page_of(
        ListFetch.objects.filter(source=found).select_related("made"), request.GET.get("after", "")
    )
    values = {
        "source": found, "form": form, "page": page, "path": folder_of(found) if found.kind == ListSource.Kind.FOLDER else None,
        "listed": [(each, TONES.get(ListFetch.State(each.state), "")) for each in page.rows],
        "is_owner": request.member.role in OWNER, "is_staff": request.member.role in STAFF,
        "ran_out": found.attested_until <= db_now(),
    }  # fmt: skip
    return render(request, "consent/list_source.html", values, status=status)


def _found(pk: int) -> ListSource:
    rows = ListSource.objects.select_related("made_by", "attested_by")
    found: ListSource = get_object_or_404(rows, pk=pk, ended_at=None)
    return found
