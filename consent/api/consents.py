"""Consents: recorded with their proof, revoked, never deleted."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response

from consent.api import bodies
from consent.api.contacts import refused_rows
from consent.api.recording import record
from consent.models import ConsentRecord
from tenants.api.bodies import MOST_ROWS, read, read_rows
from tenants.api.door import ApiRequest, door, noted
from tenants.api.lists import CHANGED, LIST_PARAMETERS, id_parameter, instant, listed, number, page
from tenants.api.problems import Problem
from tenants.api.schema import listing, rows_of
from tenants.clock import db_now
from tenants.models import Client

OF_CONTACT = id_parameter("contact", "Of this contact only.")


@extend_schema(
    methods=["GET"],
    summary="Consents, newest first",
    parameters=[*LIST_PARAMETERS, OF_CONTACT, CHANGED],
    responses=listing(bodies.ConsentOut),
)
@extend_schema(
    methods=["POST"], summary="Record a consent", request=bodies.ConsentIn,
    responses={201: bodies.ConsentOut, 200: OpenApiResponse(bodies.ConsentOut, "On record already.")},
)  # fmt: skip
@door(GET="consents:read", POST="consents:write")
def consents(request: ApiRequest, client: Client) -> Response:
    """The answer says which tier the proof reached and what was missing. An opt-out is not lifted by it."""
    if request.method == "POST":
        made = record(client, [read(bodies.ConsentIn, request.data)], request.auth)[0]
        if made.record is None:
            raise Problem(422, "This consent was not recorded", made.says)
        if made.outcome == "taken":
            noted(
                request,
                "consent.recorded",
                made.record,
                purpose=made.record.purpose,
                tier=str(made.record.tier),
                method=made.record.method,
            )
        return Response(bodies.consent_out(made.record), 201 if made.outcome == "taken" else 200)
    rows = ConsentRecord.objects.defer("evidence")
    if contact := number(request, "contact"):
        rows = rows.filter(contact=contact)
    if since := instant(request, "changed_since"):
        rows = rows.filter(Q(recorded_at__gte=since) | Q(ended_at__gte=since))
    found = page(request, rows, ("contact", "changed_since"))
    return Response(listed(found, [bodies.consent_out(each) for each in found.rows]))


@extend_schema(
    methods=["POST"],
    summary=f"Record up to {MOST_ROWS:,} consents",
    request=rows_of(bodies.ConsentIn),
    responses=bodies.RowsOut,
)
@door(POST="consents:write", bulk=True)
def consents_bulk(request: ApiRequest, client: Client) -> Response:
    """Each row for itself; `remarks` says what kept a consent from a higher tier."""
    right, wrong = read_rows(bodies.ConsentIn, request.data)
    results = refused_rows(wrong)
    for (row, _), made in zip(right, record(client, [each for _, each in right], request.auth), strict=True):
        remarks = made.record.missing if made.record else [made.says]
        results[row] = {
            "row": row,
            "outcome": made.outcome,
            "id": made.record and made.record.pk,
            "remarks": remarks,
        }
    noted(
        request,
        "consent.recorded",
        rows=len(results),
        refused=sum(each["id"] is None for each in results.values()),
    )
    return Response({"results": [results[row] for row in sorted(results)]})


@extend_schema(methods=["GET"], summary="One consent", responses=bodies.ConsentOut)
@door(GET="consents:read")
def consent(request: ApiRequest, client: Client, consent: int) -> Response:  # noqa: ARG001
    """A consent as it stands."""
    return Response(bodies.consent_out(_found(consent)))


@extend_schema(methods=["POST"], summary="Revoke a consent", request=None, responses=bodies.ConsentOut)
@door(POST="consents:write")
def consent_revoke(request: ApiRequest, client: Client, consent: int) -> Response:  # noqa: ARG001
    """From now on it proves nothing; it stays on record. To stop every message, add a suppression too."""
    found = _found(consent)
    if ConsentRecord.objects.filter(pk=consent, ended_at=None).update(ended_at=db_now()):
        noted(request, "consent.revoked", found)
    return Response(bodies.consent_out(_found(consent)))


def _found(ident: int) -> ConsentRecord:
    found: ConsentRecord | None = ConsentRecord.objects.defer("evidence").filter(pk=ident).first()
    if found is None:
        raise Http404
    return found
