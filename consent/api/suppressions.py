"""Opt-outs: added, read, never deleted and never lifted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.response import Response

from consent.addresses import AddressRefused
from consent.api import bodies
from consent.api.contacts import CANONICAL, canonical, refused_rows
from consent.models import Address, ContactPoint, PurposeOptOut, Suppression
from consent.suppressing import Wish, suppress, suppress_many
from tenants.api.bodies import MOST_ROWS, read, read_rows
from tenants.api.door import ApiRequest, door, noted
from tenants.api.lists import CHANGED, LIST_PARAMETERS, choice, instant, listed, page
from tenants.api.schema import listing, rows_of
from tenants.models import Channel, Client, Purpose

ON_CHANNEL = OpenApiParameter("channel", str, enum=Channel.values)
OF_PURPOSE = OpenApiParameter("purpose", str, enum=Purpose.values)


@extend_schema(
    methods=["GET"],
    summary="Opt-outs, newest first",
    parameters=[*LIST_PARAMETERS, ON_CHANNEL, CHANGED],
    responses=listing(bodies.SuppressionOut),
)
@extend_schema(
    methods=["POST"], summary="Opt somebody out", request=bodies.SuppressionIn,
    responses={201: bodies.SuppressionOut, 200: OpenApiResponse(bodies.SuppressionOut, "Opted out already.")},
)  # fmt: skip
@door(GET="suppressions:read", POST="suppressions:write")
def suppressions(request: ApiRequest, client: Client) -> Response:
    """In force from the moment this is answered, for everybody who shares the address. Nobody here can take it back."""
    if request.method == "POST":
        given = read(bodies.SuppressionIn, request.data)
        value = canonical(given["channel"], given["value"], field="value")
        address_id = Address.objects.resolve(given["channel"], [value])[value]
        source = bodies.SuppressionIn.REASONS[given["reason"]]
        known = Suppression.objects.filter(address=address_id, source=source, ended_at=None).exists()
        made = suppress(
            client.pk, address_id, given["channel"], source, note=given.get("note", ""),
            for_everybody=bool(_of_contacts([address_id])),
        )  # fmt: skip
        noted(request, "suppression.by_api", made)
        return Response(bodies.suppressions_out([made])[0], 200 if known else 201)
    rows = Suppression.objects.defer("note")
    if channel := choice(request, "channel", tuple(Channel.values)):
        rows = rows.filter(channel=channel)
    if since := instant(request, "changed_since"):
        rows = rows.filter(Q(since__gte=since) | Q(ended_at__gte=since))
    found = page(request, rows, ("channel", "changed_since"))
    return Response(listed(found, bodies.suppressions_out(found.rows)))


@extend_schema(
    methods=["POST"],
    summary=f"Opt up to {MOST_ROWS:,} addresses out",
    request=rows_of(bodies.SuppressionIn),
    responses=bodies.RowsOut,
)
@door(POST="suppressions:write", bulk=True)
def suppressions_bulk(request: ApiRequest, client: Client) -> Response:
    """Each row for itself: an address that cannot be read keeps no other from being opted out."""
    right, wrong = read_rows(bodies.SuppressionIn, request.data)
    results, values = refused_rows(wrong), dict[int, tuple[str, str]]()
    for row, given in right:
        try:
            values[row] = given["channel"], CANONICAL[given["channel"]](given["value"])
        except AddressRefused as refused:
            results[row] = {"row": row, "outcome": "refused", "id": None, "remarks": [refused.sentence]}
    ids: dict[tuple[str, str], int] = {}
    for channel in Channel.values:
        theirs = {value for each, value in values.values() if each == channel}
        ids |= {(channel, value): pk for value, pk in Address.objects.resolve(channel, theirs).items()}
    of_contacts = _of_contacts(ids.values())
    wishes: dict[int, Wish] = {
        row: Wish(
            ids[values[row]],
            values[row][0],
            bodies.SuppressionIn.REASONS[given["reason"]],
            given.get("note", ""),
            ids[values[row]] in of_contacts,
        )
        for row, given in right
        if row in values
    }
    made = suppress_many(client.pk, wishes.values())
    for row, wish in wishes.items():
        pk, is_new = made[wish.address_id, wish.source]
        results[row] = _row(row, pk, is_new)
    noted(request, "suppression.by_api", rows=len(results), refused=len(results) - len(wishes))
    return Response({"results": [results[row] for row in sorted(results)]})


def _of_contacts(addresses: Iterable[int]) -> set[int]:
    """Those that this client's contacts have or had: of a stranger's a client says nothing to other clients."""
    points = ContactPoint.objects.filter(address__in=list(addresses))
    return set(points.values_list("address", flat=True))


@extend_schema(methods=["GET"], summary="One opt-out", responses=bodies.SuppressionOut)
@door(GET="suppressions:read")
def suppression(request: ApiRequest, client: Client, suppression: int) -> Response:  # noqa: ARG001
    """An opt-out as it stands; `enforced_at` is when no hand-off could begin any more."""
    found = Suppression.objects.defer("note").filter(pk=suppression).first()
    if found is None:
        raise Http404
    return Response(bodies.suppressions_out([found])[0])


@extend_schema(
    methods=["GET"],
    summary="Opt-outs of one kind of messages, newest first",
    parameters=[*LIST_PARAMETERS, ON_CHANNEL, OF_PURPOSE, CHANGED],
    responses=listing(bodies.PurposeOptOutOut),
)
@door(GET="suppressions:read")
def purpose_opt_outs(request: ApiRequest, client: Client) -> Response:  # noqa: ARG001
    """Who wants no more of one kind, as chosen on the unsubscribe page: nothing with this purpose is sent there, other kinds may be.

    Whoever left everything stands among the suppressions.
    """
    rows = PurposeOptOut.objects.all()
    for name, known in (("channel", Channel.values), ("purpose", Purpose.values)):
        if wanted := choice(request, name, tuple(known)):
            rows = rows.filter(**{name: wanted})
    if since := instant(request, "changed_since"):
        rows = rows.filter(Q(since__gte=since) | Q(ended_at__gte=since))
    found = page(request, rows, ("channel", "purpose", "changed_since"))
    return Response(listed(found, bodies.purpose_opt_outs_out(found.rows)))


def _row(row: int, pk: int, is_new: bool) -> dict[str, Any]:
    return {"row": row, "outcome": "taken" if is_new else "known", "id": pk, "remarks": []}
