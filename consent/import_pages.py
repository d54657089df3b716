"""Bringing a list in: drop the file, look at the columns, go, watch it, read what became of every line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent.bell import ring
from consent.importing import uploads
from consent.importing.columns import Mapping, MappingRefused
from consent.importing.decoding import FileRefused
from consent.importing.fields import FIELDS
from consent.importing.loading import take_up_again
from consent.importing.receiving import NO_AGREEMENT, accept, first_rows, may_import, receive
from consent.importing.rehearsal import rehearse
from consent.importing.report import COLUMNS, report_lines
from consent.importing.undoing import may_undo, undo
from consent.models import Import, ImportRow
from tenants import audit, masking
from tenants.access import APPROVER, EVERYONE, STAFF, MemberRequest, client_page
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Client
from tenants.step_up import lately_proven

ONLY_STAFF = "Only the agency's people bring lists in."
SHOWN = 5  # rows shown beside the columns
GONE = "The file is no longer here. Delete this upload and bring the list again."
UNDER_WAY = (Import.State.QUEUED, Import.State.RUNNING)


@require_GET
@client_page()
def imports(request: MemberRequest, client: Client) -> HttpResponse:
    """Every list that was brought in, newest first."""
    page = page_of(Import.objects.select_related("attested_by"), request.GET.get("after", ""))
    values = {
        "page": page,
        "may_import": may_import(client),
        "no_agreement": NO_AGREEMENT,
        "may_add": request.member.role in STAFF,
        "may_see_sources": request.member.role in STAFF | APPROVER,
    }
    return render(request, "consent/imports.html", values)


@require_http_methods(["GET", "POST"])
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Take a file. A covered client without an agreement in force cannot get this far."""
    allowed = may_import(client)
    values: dict[str, Any] = {"may_import": allowed, "no_agreement": NO_AGREEMENT}
    if request.method != "POST":
        return render(request, "consent/import_new.html", values)
    given = request.FILES.get("file")
    if given is None:
        return render(
            request, "consent/import_new.html", values | {"problem": "Choose a file first."}, status=422
        )
    try:
        made = receive(client, given.chunks(), given.name or "list.csv", by=request.user)
    except (FileRefused, MappingRefused) as refused:
        return render(request, "consent/import_new.html", values | {"problem": refused.sentence}, status=422)
    return redirect("import", client=client.slug, import_id=made.pk)


@require_GET
@client_page(roles=EVERYONE)
def import_page(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """An import as it stands: its columns to check, its progress, or its report."""
    made = _import(import_id)
    if made.state == Import.State.UPLOADED:
        return render(request, "consent/import_mapping.html", _mapping_values(request, made))
    if made.state in UNDER_WAY:
        return render(request, "consent/import_progress.html", {"made": made})
    return _report(request, made)


@require_GET
@client_page(roles=EVERYONE)
def import_progress(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """The progress bar, asked for every second; sends the page to the report when there is one."""
    made = _import(import_id)
    answer = render(request, "consent/_import_progress.html", {"made": made})
    if made.state not in UNDER_WAY:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_columns(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """Keep the columns as chosen and show anew what the list would become."""
    made = _import(import_id)
    if made.state == Import.State.UPLOADED:
        try:
            chosen = _chosen(made, request)
        except MappingRefused as refused:
            values = _mapping_values(request, made, refused.sentence)
            return render(request, "consent/import_mapping.html", values, status=422)
        Import.objects.filter(pk=made.pk, state=Import.State.UPLOADED).update(mapping=chosen.stored())
    return redirect("import", client=client.slug, import_id=made.pk)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_go(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """Queue the import with the columns as chosen, attested by whoever pressed the button."""
    made = _import(import_id)
    if made.state != Import.State.UPLOADED:
        return redirect("import", client=client.slug, import_id=made.pk)
    try:
        mapping = _chosen(made, request)
        if not request.POST.get("attest"):
            raise MappingRefused(
                "Tick that the client gave this list for this use and that it was not bought."
            )
        accepted = accept(made, mapping, by=request.user)
    except MappingRefused as refused:
        values = _mapping_values(request, made, refused.sentence)
        return render(request, "consent/import_mapping.html", values, status=422)
    if accepted:
        _ring(made)
    return redirect("import", client=client.slug, import_id=made.pk)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_go_on(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """Take an import that stopped up again, after its last committed line."""
    made = _import(import_id)
    if take_up_again(made, by=request.user):
        _ring(made)
    return redirect("import", client=client.slug, import_id=made.pk)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_undo(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """Hold back everybody a list brought in, as long as nobody of them was written to."""
    made = _import(import_id)
    if undo(made, by=request.user):
        messages.success(request, "Undone. Nobody who came with this list is written to; its opt-outs stay.")
    else:
        messages.error(request, "This cannot be undone any more: somebody on the list was written to.")
    return redirect("import", client=client.slug, import_id=made.pk)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
def import_discard(request: MemberRequest, client: Client, import_id: int) -> HttpResponse:
    """Throw an upload away before anything of it was taken."""
    made = _import(import_id)
    gone = Import.objects.filter(pk=made.pk, state=Import.State.UPLOADED).update(
        state=Import.State.UNDONE, stored_as=""
    )
    if gone:
        uploads.discard_after_commit(made.stored_as)
        audit.record("list.discarded", made, client_id=client.pk, request=request)
        messages.success(request, "The file is deleted; nothing of it was taken.")
    return redirect("imports", client=client.slug)


@require_POST
@client_page(roles=STAFF, says=ONLY_STAFF)
@lately_proven
def import_report(request: MemberRequest, client: Client, import_id: int) -> StreamingHttpResponse:
    """What became of each line, as a file; who took it is on record."""
    made = _import(import_id)
    audit.record("list.report_taken", made, client_id=client.pk, request=request)
    return csv_response(f"import-{made.pk}-report.csv", COLUMNS, report_lines(made))


def _import(import_id: int) -> Import:
    made: Import | None = Import.objects.select_related("client", "attested_by").filter(pk=import_id).first()
    if made is None:
        raise Http404
    return made


def _ring(made: Import) -> None:
    transaction.on_commit(
        lambda: ring("consent.tasks.load_import", import_id=made.pk, client_id=made.client_id)
    )


def _chosen(made: Import, request: MemberRequest) -> Mapping:
    """The stored mapping with what the form says for each column, by its place."""
    mapping = _mapping(made)
    choices = {
        column.name: request.POST.get(f"column-{column.position}", "")
        for column in mapping.columns
        if f"column-{column.position}" in request.POST
    }
    return replace(mapping.choosing(choices), day_first=bool(request.POST.get("day_first")))


def _mapping(made: Import) -> Mapping:
    return Mapping.from_stored(made.mapping) if made.mapping else Mapping(())


def _mapping_values(request: MemberRequest, made: Import, problem: str = "") -> dict[str, Any]:
    """The columns with the choice for each, the first values of those that are taken, and the rehearsal.

    Who chooses nothing here is shown no values; that they were shown is on record.
    """
    mapping, may_go = _mapping(made), request.member.role in STAFF
    typed = request.POST if problem else {}
    values: dict[str, Any] = {
        "made": made,
        "fields": list(FIELDS.values()),
        "may_go": may_go,
    }
    try:
        rows = [cells for _, cells, refused in first_rows(made, SHOWN) if may_go and not refused]
        dry = rehearse(made)
    except FileNotFoundError:
        return values | {"problem": GONE, "gone": True}
    columns = [
        {
            "column": column,
            "chosen": typed.get(f"column-{column.position}", column.field),
            # What is left out is not shown either: it may be what nobody here should see.
            "samples": [cells[column.position] for cells in rows if column.field],
        }
        for column in mapping.columns
    ]
    masking.record_list(request, "import_columns", len(rows), made, always=True)
    return values | {"columns": columns, "dry": dry, "problem": problem, "day_first": mapping.day_first}


def _report(request: MemberRequest, made: Import) -> HttpResponse:
    rows = ImportRow.objects.filter(of_import=made)
    outcome = request.GET.get("outcome", "")
    if outcome in ImportRow.Outcome.values:
        rows = rows.filter(outcome=outcome)
    page = page_of(rows, request.GET.get("after", ""), by="line")
    tabs = [("", "Every line", made.taken + made.merged + made.refused)] + [
        (each.value, each.label, getattr(made, each.value)) for each in ImportRow.Outcome
    ]
    staff = request.member.role in STAFF
    values = {
        "made": made, "page": page, "tabs": tabs, "outcome": outcome, "may_take": staff, "may_undo": staff and may_undo(made),
    }  # fmt: skip
    return render(request, "consent/import_report.html", values)
