"""A client's list, brought by its own system: read by the worker exactly as one from the page, with the same report."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import parser_classes
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from consent.bell import ring
from consent.importing import uploads
from consent.importing.columns import Mapping, MappingRefused
from consent.importing.decoding import FileRefused
from consent.importing.fields import FIELDS
from consent.importing.receiving import NO_AGREEMENT, accept, may_import, receive
from consent.models import Import, ImportRow
from tenants.api.door import ApiRequest, door, noted
from tenants.api.lists import LINE_PARAMETERS, LIST_PARAMETERS, choice, lines_page, listed, page
from tenants.api.problems import Problem
from tenants.api.schema import listing
from tenants.models import Client

NOT_ATTESTED = "yes: the client gave this list for this use, and it was not bought."
ATTESTED = OpenApiParameter("attested", str, enum=["yes"], required=True, description=f"Say {NOT_ATTESTED}")
COLUMNS = OpenApiParameter(
    "columns",
    str,
    description="A JSON object: a column of the file to the field it feeds, or to an empty text to leave it out. "
    f"What it does not name is guessed. The fields: {', '.join(FIELDS)}.",
)
WITH_OUTCOME = OpenApiParameter("outcome", str, enum=ImportRow.Outcome.values)


class CsvParser(BaseParser):
    """The body as it came: which encoding it has is found out as for an upload."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        return stream.read()


class ColumnOut(serializers.Serializer[Any]):
    """A column of the file."""

    name = serializers.CharField()
    field = serializers.CharField(help_text="Empty: it is left out, and nothing of it is kept.")
    reason = serializers.CharField(help_text="Why it is left out.")


class ImportOut(serializers.Serializer[Any]):
    """A list, and what became of it."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(Import.State.choices)
    problem = serializers.CharField(help_text="A sentence, when it stopped.")
    lines_total = serializers.IntegerField(allow_null=True)
    lines_read = serializers.IntegerField()
    taken = serializers.IntegerField()
    merged = serializers.IntegerField(help_text="Known already, and joined with whom they are.")
    refused = serializers.IntegerField()
    columns = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)

    def get_columns(self, made: Import) -> list[dict[str, str]]:
        columns = Mapping.from_stored(made.mapping).columns if made.mapping else ()
        return [{"name": each.name, "field": each.field, "reason": each.reason} for each in columns]

    get_columns._spectacular_annotation = {"field": ColumnOut(many=True)}  # type: ignore[attr-defined]


class ImportLineOut(serializers.Serializer[Any]):
    """One line of the file: its number and what became of it, nothing of what stood in it."""

    line = serializers.IntegerField()
    outcome = serializers.ChoiceField(ImportRow.Outcome.choices)
    reason = serializers.CharField()
    contact = serializers.IntegerField(source="contact_id", allow_null=True)


@extend_schema(
    methods=["GET"],
    summary="Lists that were brought in, newest first",
    parameters=LIST_PARAMETERS,
    responses=listing(ImportOut),
)
@extend_schema(
    methods=["POST"],
    summary="Bring a list in",
    parameters=[ATTESTED, COLUMNS],
    request={"text/csv": OpenApiTypes.STR},
    responses={202: ImportOut},
)
@door(GET="imports:read", POST="imports:write", bulk=True)
@parser_classes([CsvParser])
def imports(request: ApiRequest, client: Client) -> Response:
    """A CSV file of any make, with names on top, up to 8 MB. It is read by a worker: ask for its `state` until it is `done`."""
    if request.method == "POST":
        made = _brought(request, client)
        return Response(dict(ImportOut(made).data), 202)
    found = page(request, Import.objects.all())
    return Response(listed(found, [dict(ImportOut(each).data) for each in found.rows]))


@extend_schema(summary="One list", responses=ImportOut)
@door(GET="imports:read")
def one_import(request: ApiRequest, client: Client, import_id: int) -> Response:  # noqa: ARG001
    """Its state and its counts, while it is read and afterwards."""
    return Response(dict(ImportOut(get_object_or_404(Import, pk=import_id)).data))


@extend_schema(
    summary="What became of each line",
    parameters=[*LINE_PARAMETERS, WITH_OUTCOME],
    responses=listing(ImportLineOut),
)
@door(GET="imports:read")
def import_lines(request: ApiRequest, client: Client, import_id: int) -> Response:  # noqa: ARG001
    """In the order of the file, each refusal with its reason."""
    rows = ImportRow.objects.filter(of_import=get_object_or_404(Import, pk=import_id))
    if outcome := choice(request, "outcome", tuple(ImportRow.Outcome.values)):
        rows = rows.filter(outcome=outcome)
    found = lines_page(request, rows, ("outcome",))
    return Response(listed(found, [dict(ImportLineOut(each).data) for each in found.rows]))


def _brought(request: ApiRequest, client: Client) -> Import:
    """The list queued; whoever made the key attests it. Nothing is kept of what is refused."""
    if set(request.query_params) - {"attested", "columns"}:
        raise Problem(422, "There is no such parameter", "Known here: attested, columns.")
    if choice(request, "attested", ("yes",)) != "yes":
        raise Problem(422, "Nobody attests this list", errors=[("attested", f"Say {NOT_ATTESTED}")])
    columns = _columns(request.query_params.get("columns"))
    if not may_import(client):
        raise Problem(403, "Nothing may be taken in for this client yet", NO_AGREEMENT)
    body: Any = request.data
    by = request.auth.made_by
    try:
        made = receive(client, [body] if body else [], f"{request.auth.name}.csv", by=by)
    except (FileRefused, MappingRefused) as refused:
        raise Problem(422, "This list cannot be read", refused.sentence) from None
    try:
        guessed = Mapping.from_stored(made.mapping)
        if set(columns) - {each.name for each in guessed.columns}:
            raise Problem(
                422, "A parameter is not right", errors=[("columns", "The file has no such column.")]
            )
        accept(made, guessed.choosing(columns), by=by)
    except MappingRefused as refused:
        uploads.discard(made.stored_as)
        raise Problem(422, "This list cannot be used", refused.sentence) from None
    except BaseException:
        uploads.discard(made.stored_as)
        raise
    noted(request, "list.brought_by_api", made)
    transaction.on_commit(lambda: ring("consent.tasks.load_import", import_id=made.pk, client_id=client.pk))
    made.refresh_from_db()
    return made


def _columns(given: str | None) -> dict[str, str]:
    """The mapping out of the address. Raises `Problem`, which repeats no name of it."""
    if given is None:
        return {}
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(field in ("", *FIELDS) for field in found.values()):
        says = "A JSON object of the file’s columns and our fields, as the documentation names them."
        raise Problem(422, "A parameter is not right", errors=[("columns", says)])
    return found
