"""Appointments, told by the practice's own system as they are made, kept or cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from campaigns.bookings.cells import MOST_CENTS
from campaigns.bookings.reading import NO_PLACE, Line, places_of, wrong_with
from campaigns.bookings.taking import Told, take
from campaigns.models import Booking, BookingLine
from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.importing.receiving import NO_AGREEMENT, may_import
from tenants.api.bodies import MOST_ROWS, Choice, Strict, read, read_rows
from tenants.api.door import ApiRequest, door, noted
from tenants.api.lists import LIST_PARAMETERS, choice, id_parameter, listed, number, page
from tenants.api.problems import Problem, said
from tenants.api.schema import listing, rows_of
from tenants.clock import db_now
from tenants.models import Client

OF_CONTACT = id_parameter("contact", "Of this contact only.")
WITH_STATUS = OpenApiParameter("status", str, enum=Booking.Status.values)


class Instant(serializers.DateTimeField):
    """A time that says its zone: without one it could be anybody's."""

    default_error_messages = {"no_zone": "Say the zone too, as in 2026-03-02T14:05:00-05:00."}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("no_zone")
        return value


def _text(most: int, says: str = "") -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, help_text=says or None)


class BookingIn(Strict):
    """An appointment. Whose it is: one of contact, external_id, or phone and e-mail. Say nothing of what is treated."""

    contact = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    external_id = _text(80, "The person's id in your own system.")
    phone = _text(200)
    email = _text(1000)
    number = _text(80, "Your own number of the appointment: the same number is the same appointment.")
    booked_at = Instant(help_text="When it was made.")
    for_at = Instant(help_text="When it is for.")
    status = Choice(Booking.Status.choices, default=Booking.Status.BOOKED)
    cents = serializers.IntegerField(
        min_value=0, max_value=MOST_CENTS, required=False, allow_null=True, help_text="What it is worth."
    )
    currency = Choice(
        [("USD", "US dollars")], default="USD", error_messages={"invalid_choice": "Only USD is taken."}
    )
    location = _text(120, "The name of one of the client's locations.")


class BookingOut(serializers.Serializer[Any]):
    """An appointment as it stands."""

    id = serializers.IntegerField(help_text="Another one after every change.")
    contact = serializers.IntegerField(source="contact_id")
    number = serializers.CharField()
    booked_at = serializers.DateTimeField()
    for_at = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(Booking.Status.choices)
    cents = serializers.IntegerField(allow_null=True)
    location = serializers.SerializerMethodField()
    since = serializers.DateTimeField(help_text="When it was told so.")

    def get_location(self, booking: Booking) -> str:
        return booking.location.name if booking.location else ""


class BookingToldOut(serializers.Serializer[Any]):
    """What became of an appointment sent to us."""

    outcome = serializers.ChoiceField(BookingLine.Outcome.choices)
    remarks = serializers.ListField(child=serializers.CharField())
    booking = BookingOut()


class BookingRowOut(serializers.Serializer[Any]):
    """What became of one row, by its place in `rows`."""

    row = serializers.IntegerField()
    outcome = serializers.ChoiceField(BookingLine.Outcome.choices)
    id = serializers.IntegerField(allow_null=True)
    remarks = serializers.ListField(child=serializers.CharField())


class BookingRowsOut(serializers.Serializer[Any]):
    results = BookingRowOut(many=True)


@extend_schema(
    methods=["GET"],
    summary="Appointments, newest first",
    parameters=[*LIST_PARAMETERS, OF_CONTACT, WITH_STATUS],
    responses=listing(BookingOut),
)
@extend_schema(
    methods=["POST"], summary="Tell of an appointment", request=BookingIn,
    responses={201: BookingToldOut, 200: OpenApiResponse(BookingToldOut, "Known already, or changed.")},
)  # fmt: skip
@door(GET="bookings:read", POST="bookings:write")
def bookings(request: ApiRequest, client: Client) -> Response:
    """A person who has booked hears no more of the campaigns launched before; a change is told by sending it again."""
    if request.method == "POST":
        (told,) = take_rows(client, [(0, read(BookingIn, request.data))])
        if told.booking is None:
            raise Problem(422, "This appointment was not taken", told.says)
        noted(request, "booking.told_by_api", f"campaigns.Booking:{told.booking}", outcome=told.outcome)
        made = Booking.objects.select_related("location").get(pk=told.booking)
        body = {"outcome": told.outcome, "remarks": told.line.remarks, "booking": BookingOut(made).data}
        return Response(body, 201 if told.outcome == BookingLine.Outcome.TAKEN else 200)
    rows = Booking.objects.filter(ended_at=None, by_word=False).select_related("location")
    if contact := number(request, "contact"):
        rows = rows.filter(contact=contact)
    if status := choice(request, "status", tuple(Booking.Status.values)):
        rows = rows.filter(status=status)
    found = page(request, rows, ("contact", "status"))
    return Response(listed(found, [dict(BookingOut(each).data) for each in found.rows]))


@extend_schema(
    methods=["POST"],
    summary=f"Tell of up to {MOST_ROWS:,} appointments",
    request=rows_of(BookingIn),
    responses=BookingRowsOut,
)
@door(POST="bookings:write", bulk=True)
def bookings_bulk(request: ApiRequest, client: Client) -> Response:
    """Each row for itself: what is wrong with one keeps no other from being taken."""
    results = results_of(client, request.data)
    refused = sum(each["id"] is None for each in results)
    noted(request, "booking.told_by_api", rows=len(results), refused=refused)
    return Response({"results": results})


def results_of(client: Client, data: Any) -> list[dict[str, Any]]:
    """What became of each of the `rows` of a body, in order; what can be taken is in the database then."""
    right, wrong = read_rows(BookingIn, data)
    results: dict[int, dict[str, Any]] = {
        row: {"row": row, "outcome": BookingLine.Outcome.REFUSED.value, "id": None, "remarks": said(errors)}
        for row, errors in wrong.items()
    }
    for told in take_rows(client, right) if right else []:
        remarks = [*([told.reason] if told.reason else []), *told.line.remarks]
        results[told.line.line] = {
            "row": told.line.line, "outcome": str(told.outcome), "id": told.booking, "remarks": remarks,
        }  # fmt: skip
    return [results[row] for row in sorted(results)]


def take_rows(client: Client, rows: list[tuple[int, dict[str, Any]]]) -> list[Told]:
    """Rows that `BookingIn` read, into the database, inside `acting_for(client)`. Raises `Problem` without an agreement."""
    if not may_import(client):
        raise Problem(403, "Nothing may be taken in for this client yet", NO_AGREEMENT)
    at, places = db_now(), places_of(client)
    return take(client, [_line(row, given, places, at) for row, given in rows])


def _line(row: int, given: dict[str, Any], places: dict[str, Any], at: datetime) -> Line:
    line = Line(
        row, external_id=given.get("external_id", ""), contact_id=given.get("contact"), number=given.get("number", ""),
        booked_at=given["booked_at"], for_at=given["for_at"], status=Booking.Status(given["status"]), cents=given.get("cents"),
    )  # fmt: skip
    for name, canonical in (("phone", canonical_sms), ("email", canonical_email)):
        if given.get(name):
            try:
                setattr(line, name, canonical(given[name]))
            except AddressRefused as refused:
                line.remarks.append(refused.sentence)
    if given.get("location"):
        there = places.get(given["location"].casefold())
        line.location_id = there.pk if there else None
        line.remarks += [] if there else [NO_PLACE]
    line.refused = wrong_with(line, at)
    return line
