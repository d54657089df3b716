"""Opt-outs of a client: who is on the list, bringing one from elsewhere, and taking it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from consent.bell import ring
from consent.importing import uploads
from consent.importing.decoding import FileRefused
from consent.importing.reading import Table
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.models import ContactPoint, OptOutLine, OptOutList, PurposeOptOut, Suppression
from consent.opt_outs import giving_back, loading
from consent.opt_outs.columns import KINDS, headerless
from consent.reachability import opted_out_sentence
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Client
from tenants.scope import acting_for
from tenants.step_up import lately_proven

BRINGERS = STAFF | APPROVER
ONLY = "Only the agency and the compliance contact bring or take lists of opt-outs."
SHOWN = 5  # rows shown beside the columns
LISTS = 20  # files shown
State = OptOutList.State


@require_GET
@client_page()
def opt_outs(request: MemberRequest, client: Client) -> HttpResponse:
    """Everybody who must not be written to, newest first, and the files that were brought."""
    return _page(request, client)


@require_POST
@client_page(roles=BRINGERS, says=ONLY)
def opt_outs_bring(request: MemberRequest, client: Client) -> HttpResponse:
    """Take a file; its columns are shown before anybody is opted out."""
    given = request.FILES.get("file")
    if given is None:
        return _page(request, client, "Choose a file first.", status=422)
    try:
        made = loading.receive(client, given.chunks(), given.name or "opt-outs.csv", request.user)
    except FileRefused as refused:
        return _page(request, client, refused.sentence, status=422)
    return redirect("opt_out_list", client=client.slug, opt_out_list=made.pk)


@require_GET
@client_page()
def opt_out_list(request: MemberRequest, client: Client, opt_out_list: int) -> HttpResponse:
    """A list as it stands: its columns to check, its progress, or what became of each line."""
    return _list(request, _of(client, opt_out_list))


@require_POST
@client_page(roles=BRINGERS, says=ONLY)
def opt_out_list_go(request: MemberRequest, client: Client, opt_out_list: int) -> HttpResponse:
    """Opt out everybody in it, with the columns as chosen; one that stopped goes on."""
    made = _of(client, opt_out_list)
    if made.state == State.UPLOADED:
        given = {
            name.removeprefix("column-"): str(kind)
            for name, kind in request.POST.items()
            if name.startswith("column-")
        }
        try:
            ordered = loading.order(made, given, request.user)
        except (FileRefused, FileNotFoundError) as refused:
            says = (
                refused.sentence
                if isinstance(refused, FileRefused)
                else "The file is no longer here. Bring it again."
            )
            return _list(request, made, says, status=422)
    else:
        ordered = loading.go_on(made, request.user)
    if ordered:
        transaction.on_commit(
            lambda: ring("consent.tasks.load_opt_outs", list_id=made.pk, client_id=client.pk)
        )
    return redirect("opt_out_list", client=client.slug, opt_out_list=made.pk)


@require_POST
@client_page(roles=BRINGERS, says=ONLY)
def opt_out_list_discard(request: MemberRequest, client: Client, opt_out_list: int) -> HttpResponse:
    """Throw an upload away before anybody was opted out."""
    made = _of(client, opt_out_list)
    gone = OptOutList.objects.filter(pk=made.pk, state=State.UPLOADED).update(
        state=State.DISCARDED, stored_as=""
    )
    if gone:
        uploads.discard_after_commit(made.stored_as)
        audit.record("opt_outs.discarded", made, client_id=client.pk, request=request)
        messages.success(request, "The file is deleted; nobody was opted out by it.")
    return redirect("opt_outs", client=client.slug)


@require_POST
@client_page(roles=BRINGERS, says=ONLY)
def opt_out_list_report(request: MemberRequest, client: Client, opt_out_list: int) -> StreamingHttpResponse:
    """What became of each line, as a file."""
    made = _of(client, opt_out_list)
    audit.record("opt_outs.report_taken", made, client_id=client.pk, request=request)
    rows = OptOutLine.objects.filter(client=client, of_list=made).order_by("line")

    def lines() -> Iterator[list[Any]]:
        with acting_for(client.pk):
            yield from rows.values_list("line", "outcome", "reason").iterator(chunk_size=5_000)

    return csv_response(f"opt-outs-{made.pk}-report.csv", ["line", "outcome", "reason"], lines())


@require_POST
@client_page(roles=BRINGERS, says=ONLY)
@lately_proven
def opt_outs_file(request: MemberRequest, client: Client) -> StreamingHttpResponse:
    """Every opt-out in force as a file, to carry elsewhere; taking it is on record."""
    audit.record(
        "opt_outs.exported",
        client_id=client.pk,
        request=request,
        rows=_in_force().count() + _kinds_left().count(),
    )
    return csv_response(f"opt-outs-{client.slug}.csv", giving_back.COLUMNS, giving_back.lines(client.pk))


def _in_force() -> Any:
    return Suppression.objects.in_force(db_now())


def _kinds_left() -> Any:
    return PurposeOptOut.objects.in_force(db_now())


def _page(request: MemberRequest, client: Client, problem: str = "", status: int = 200) -> HttpResponse:
    page = page_of(_in_force().select_related("client").defer("note"), request.GET.get("after", ""))
    points = ContactPoint.objects.filter(address__in={row.address_id for row in page.rows}).select_related(
        "contact"
    )
    people = {each.address_id: each.contact for each in points.defer("value").order_by("-pk")}
    shown = {people[row.address_id].pk for row in page.rows if row.address_id in people}
    masking.record_list(request, "opt_outs", len(shown))
    counted = dict(_in_force().values_list("channel").annotate(Count("address", distinct=True)).order_by())
    values: dict[str, Any] = {
        "page": page,
        "rows": [(row, opted_out_sentence(row), people.get(row.address_id)) for row in page.rows],
        "counted": counted,
        "kinds_left": _kinds_left().count(),
        "lists": OptOutList.objects.filter(client=client)
        .select_related("brought_by")
        .order_by("-pk")[:LISTS],
        "may": request.member.role in BRINGERS,
        "may_import": may_import(client),
        "no_agreement": NO_AGREEMENT,
        "problem": problem,
    }
    return render(request, "consent/opt_outs.html", values, status=status)


def _of(client: Client, pk: int) -> OptOutList:
    found: OptOutList = get_object_or_404(
        OptOutList.objects.select_related("brought_by"), pk=pk, client=client
    )
    return found


def _list(request: MemberRequest, made: OptOutList, problem: str = "", status: int = 200) -> HttpResponse:
    values: dict[str, Any] = {
        "made": made,
        "may": request.member.role in BRINGERS,
        "problem": problem,
        "kinds": KINDS.items(),
    }
    if made.state == State.UPLOADED:
        return render(
            request, "consent/opt_out_columns.html", values | _columns(request, made), status=status
        )
    if made.state in (State.QUEUED, State.RUNNING):
        return render(request, "consent/opt_out_progress.html", values)
    rows = OptOutLine.objects.filter(of_list=made)
    outcome = request.GET.get("outcome", "")
    if outcome in OptOutLine.Outcome.values:
        rows = rows.filter(outcome=outcome)
    values["tabs"] = [("", "Every line", made.taken + made.known + made.refused)] + [
        (each.value, each.label, getattr(made, each.value)) for each in OptOutLine.Outcome
    ]
    values |= {"page": page_of(rows, request.GET.get("after", ""), by="line"), "outcome": outcome}
    return render(request, "consent/opt_out_report.html", values, status=status)


def _columns(request: MemberRequest, made: OptOutList) -> dict[str, Any]:
    """Each column with what it is taken for and its first values; what is left out is not shown, nor anything to who chooses nothing.

    That they were shown is on record.
    """
    may = request.member.role in BRINGERS
    try:
        with uploads.opened(made.stored_as) as file:
            table = Table(file)
            bare = headerless(table)
            rows = [cells for _, cells, refused in table.sample(SHOWN) if may and not refused]
    except FileNotFoundError:
        return {"gone": True}
    rows = [table.header, *rows][:SHOWN] if may and bare else rows
    columns = []
    for at, name in enumerate(table.header):
        kind = request.POST.get(f"column-{at}", made.mapping.get(str(at), ""))
        samples = [cells[at] for cells in rows if at < len(cells)] if kind else []
        columns.append((at, f"Column {at + 1}" if bare else name, kind, samples))
    masking.record_list(request, "opt_out_columns", len(rows), made, always=True)
    return {"columns": columns}
