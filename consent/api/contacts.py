"""People and where to reach them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response

from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.api import bodies
from consent.api.correcting import correct
from consent.api.taking import look_up_mail, take
from consent.importing import households
from consent.models import Address, Contact, ContactPoint
from consent.places import NotUnitedStatesError, unite, window_key
from tenants.api.bodies import MOST_ROWS, read, read_rows
from tenants.api.door import ApiRequest, door, etag_of, noted
from tenants.api.lists import CHANGED, LIST_PARAMETERS, instant, listed, page
from tenants.api.problems import Problem, said
from tenants.api.schema import IF_MATCH, listing, rows_of
from tenants.clock import db_now
from tenants.models import Channel, Client

CANONICAL = {Channel.SMS.value: canonical_sms, Channel.EMAIL.value: canonical_email}


@extend_schema(
    methods=["GET"],
    summary="Contacts, newest first",
    parameters=[*LIST_PARAMETERS, CHANGED],
    responses=listing(bodies.ContactOut),
)
@extend_schema(
    methods=["POST"], summary="Add a contact", request=bodies.ContactIn,
    responses={201: bodies.TakenOut, 200: OpenApiResponse(bodies.TakenOut, "Joined with a person already known.")},
)  # fmt: skip
@door(GET="contacts:read", POST="contacts:write")
def contacts(request: ApiRequest, client: Client) -> Response:
    """A person known already is joined, never doubled; a blank never erases; the later last visit wins."""
    if request.method == "POST":
        taken = take(client, [read(bodies.ContactIn, request.data)])[0]
        if taken.contact is None:
            raise Problem(422, "This person was not taken", " ".join(taken.remarks))
        noted(request, "contact.taken_by_api", f"consent.Contact:{taken.contact}", outcome=taken.outcome)
        told = {"outcome": taken.outcome, "remarks": taken.remarks, "contact": _told(taken.contact)}
        return Response(told, 201 if taken.outcome == "taken" else 200)
    rows = Contact.objects.select_related("location")
    if since := instant(request, "changed_since"):
        ended = ContactPoint.objects.filter(ended_at__gte=since).values("contact")
        rows = rows.filter(Q(changed_at__gte=since) | Q(pk__in=ended))
    found = page(request, rows, ("changed_since",))
    return Response(listed(found, bodies.contacts_out(found.rows)))


@extend_schema(
    methods=["POST"],
    summary=f"Add up to {MOST_ROWS:,} contacts",
    request=rows_of(bodies.ContactIn),
    responses=bodies.RowsOut,
)
@door(POST="contacts:write", bulk=True)
def contacts_bulk(request: ApiRequest, client: Client) -> Response:
    """Each row for itself: what is wrong with one keeps no other from being taken."""
    right, wrong = read_rows(bodies.ContactIn, request.data)
    results = refused_rows(wrong)
    for (number, _), taken in zip(
        right, take(client, [row for _, row in right]) if right else [], strict=True
    ):
        results[number] = {
            "row": number,
            "outcome": taken.outcome,
            "id": taken.contact,
            "remarks": taken.remarks,
        }
    noted(
        request,
        "contact.taken_by_api",
        rows=len(results),
        refused=sum(each["id"] is None for each in results.values()),
    )
    return Response({"results": [results[number] for number in sorted(results)]})


@extend_schema(
    methods=["POST"],
    summary="Find a contact by phone, e-mail or your own id",
    request=bodies.FindIn,
    responses=listing(bodies.ContactOut),
)
@door(POST="contacts:read", once=False)
def contacts_find(request: ApiRequest, client: Client) -> Response:
    """A POST that only reads, so that no address stands in an URL. Up to 200 who have, or had, the address."""
    given = {name: value for name, value in read(bodies.FindIn, request.data).items() if value}
    if len(given) != 1:
        raise Problem(422, "Give one of phone, email and external_id")
    rows = Contact.objects.select_related("location").order_by("id")
    if "external_id" in given:
        rows = rows.filter(external_id=given["external_id"])
    else:
        channel = Channel.SMS.value if "phone" in given else Channel.EMAIL.value
        known = Address.objects.known(channel, canonical(channel, *given.values()))
        rows = (
            rows.filter(pk__in=ContactPoint.objects.filter(address=known).values("contact"))
            if known
            else rows.none()
        )
    return Response({"results": bodies.contacts_out(list(rows[:200])), "next": None})


@extend_schema(methods=["GET"], summary="One contact", responses=bodies.ContactOut)
@extend_schema(
    methods=["PATCH"],
    summary="Correct a contact",
    request=bodies.ContactChange,
    responses=bodies.ContactOut,
    parameters=[IF_MATCH],
)
@door(GET="contacts:read", PATCH="contacts:write")
def contact(request: ApiRequest, client: Client, contact: int) -> Response:
    """A correction names the ETag it was made from (If-Match): what somebody else changed meanwhile is not overwritten."""
    if request.method == "PATCH":
        found = Contact.objects.select_for_update(of=("self",)).filter(pk=contact).first()
        if found is None:
            raise Http404
        tag = request.headers.get("If-Match", "")
        if not tag:
            raise Problem(428, "If-Match is missing", "Read the contact first and send its ETag as If-Match.")
        if tag.strip() != etag_of(_told(contact)):
            raise Problem(412, "The contact was changed meanwhile", "Read it again and decide anew.")
        _refuse_if_joined(found)
        changed = correct(found, read(bodies.ContactChange, request.data))
        noted(request, "contact.corrected_by_api", found, fields=changed)
    return Response(_told(contact))


@extend_schema(methods=["GET"], summary="A contact's addresses", responses=listing(bodies.PointOut))
@extend_schema(
    methods=["POST"],
    summary="Add an address",
    request=bodies.PointIn,
    responses={201: bodies.PointOut, 200: bodies.PointOut},
)
@door(GET="contacts:read", POST="contacts:write")
def points(request: ApiRequest, client: Client, contact: int) -> Response:
    """An address that opted out stays opted out, whoever it is added to."""
    found = (
        Contact.objects.select_for_update(of=("self",)).filter(pk=contact).first()
        if request.method == "POST"
        else Contact.objects.filter(pk=contact).first()
    )
    if found is None:
        raise Http404
    if request.method != "POST":
        rows = list(ContactPoint.objects.filter(contact=found).order_by("id"))
        return Response({"results": bodies.points_out(rows), "next": None})
    _refuse_if_joined(found)
    given = read(bodies.PointIn, request.data)
    value = canonical(given["channel"], given["value"], field="value")
    address_id = Address.objects.resolve(given["channel"], [value])[value]
    point, is_new = ContactPoint.objects.get_or_create(
        client=client,
        contact=found,
        address_id=address_id,
        defaults={"channel": given["channel"], "value": value},
    )
    if point.ended_at:
        raise Problem(
            409,
            "This address had ended for this person",
            f"It ended as: {point.end_reason}. It is not opened again.",
        )
    if is_new:
        if given["channel"] == Channel.SMS:
            found.window_key = unite(found.window_key, _places(value))
        else:
            look_up_mail(client, [found.pk])
        found.changed_at = db_now()
        found.save(update_fields=["window_key", "changed_at"])
        households.unite(client.pk, [address_id])
        noted(request, "contact.point_added", found, point=point.pk)
    return Response(bodies.points_out([point])[0], 201 if is_new else 200)


@extend_schema(methods=["POST"], summary="End an address", request=bodies.EndIn, responses=bodies.PointOut)
@door(POST="contacts:write")
def point_end(request: ApiRequest, client: Client, point: int) -> Response:  # noqa: ARG001
    """They do not have it any more. This is no opt-out: for that, add a suppression."""
    found = ContactPoint.objects.filter(pk=point).first()
    if found is None:
        raise Http404
    reason = read(bodies.EndIn, request.data)["reason"]
    if ContactPoint.objects.filter(pk=point, ended_at=None).update(ended_at=db_now(), end_reason=reason):
        noted(request, "contact.point_ended", f"consent.Contact:{found.contact_id}", point=point)
    return Response(bodies.points_out([ContactPoint.objects.get(pk=point)])[0])


def canonical(channel: str, value: str, field: str = "") -> str:
    """The canonical form, or a refusal that says why."""
    try:
        return CANONICAL[channel](value)
    except AddressRefused as refused:
        name = field or ("phone" if channel == Channel.SMS else "email")
        raise Problem(422, "This address cannot be used", errors=[(name, refused.sentence)]) from None


def refused_rows(wrong: dict[int, Any]) -> dict[int, dict[str, Any]]:
    """The answers to rows that could not be read."""
    return {
        number: {"row": number, "outcome": "refused", "id": None, "remarks": said(errors)}
        for number, errors in wrong.items()
    }


def _refuse_if_joined(contact: Contact) -> None:
    """What is changed of a record that nobody is written to through any more would be lost."""
    if contact.merged_into_id:
        raise Problem(409, "This record was joined into another", f"Use contact {contact.merged_into_id}.")


def _places(number: str) -> str:
    try:
        return window_key(number, "", "")
    except NotUnitedStatesError:
        return window_key(None, "", "")


def _told(contact: int) -> dict[str, Any]:
    found = Contact.objects.select_related("location").filter(pk=contact).first()
    if found is None:
        raise Http404
    return bodies.contacts_out([found])[0]
