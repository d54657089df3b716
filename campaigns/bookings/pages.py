"""The bookings of a client: the list, finding somebody's, bringing a file, and what became of each of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns.bookings.columns import FIELDS
from campaigns.bookings.loading import receive
from campaigns.models import Booking, BookingFile, BookingLine
from consent.bell import ring
from consent.finding import CannotSearch, named, read_search, with_address, word_hashes
from consent.importing.decoding import FileRefused
from consent.importing.receiving import NO_AGREEMENT, may_import
from consent.models import Contact
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, client_page
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Client, Role
from tenants.scope import acting_for

MAY_BRING = STAFF | APPROVER | {Role.FRONT_DESK}
ONLY_THEY = "Only the agency, the compliance contact and the front desk bring appointments in."
PART = 5_000  # lines of a report read at a time
COLUMNS = ("line", "outcome", "reason")
SAMPLE = (
    "Patient ID,Appointment ID,Booked at,Appointment date,Status,Value",
    "P-1001,A-501,2026-03-02 14:05,2026-03-09 10:00,Completed,120.00",
)
TONES = {Booking.Status.KEPT: "clear", Booking.Status.CANCELLED: "held", Booking.Status.NO_SHOW: "held"}


@client_page()
@require_GET
def bookings(request: MemberRequest, client: Client) -> HttpResponse:
    """The client's appointments as they stand, the newest booked first."""
    wanted = request.GET.get("status", "")
    known = Booking.objects.filter(client=client, ended_at=None, by_word=False)
    rows, looked_for = _looked_for(known, request.GET)
    if wanted in Booking.Status.values:
        rows = rows.filter(status=wanted)
    page = page_of(rows.select_related("contact", "location"), request.GET.get("after", ""), by="-booked_at")
    masking.record_list(request, "bookings", len({each.contact_id for each in page.rows}))
    values = {
        "page": page, "wanted": wanted, "statuses": Booking.Status.choices, "looked_for": looked_for,
        "listed": [(each, TONES.get(Booking.Status(each.status), "")) for each in page.rows],
        "may_bring": request.member.role in MAY_BRING, "may_see_systems": request.member.role in STAFF | APPROVER,
    }  # fmt: skip
    return render(request, "campaigns/bookings.html", values)


@client_page(only_shows=True)
@require_POST
def booking_search(request: MemberRequest, client: Client) -> HttpResponse:
    """Turn what was typed into an address that holds no personal data, and go there."""
    try:
        wanted = read_search(request.POST.get("q", ""))
    except CannotSearch as refused:
        messages.error(request, str(refused))
        return redirect("bookings", client=client.slug)
    words = ",".join(map(str, word_hashes(client.pk, wanted.words)))
    query = {"words": words} if words else {"address": str(wanted.address_id or 0)}
    return redirect(f"{reverse('bookings', args=[client.slug])}?{urlencode(query)}")


@client_page(roles=MAY_BRING, says=ONLY_THEY)
@require_http_methods(["GET", "POST"])
def booking_new(request: MemberRequest, client: Client) -> HttpResponse:
    """Bring a file; every file that was brought stands below."""
    problem = ""
    if request.method == "POST":
        try:
            given = request.FILES.get("file")
            if given is None:
                raise FileRefused("Choose a file first.")
            made = receive(client, given.chunks(), given.name or "bookings.csv", by=request.user)
        except FileRefused as refused:
            problem = refused.sentence
        else:
            transaction.on_commit(
                lambda: ring("campaigns.tasks.read_bookings", client_id=client.pk, file_id=made.pk)
            )
            return redirect("booking_file", client=client.slug, booking_file=made.pk)
    files = BookingFile.objects.filter(client=client).select_related("made_by")
    values = {
        "problem": problem, "may_import": may_import(client), "no_agreement": NO_AGREEMENT, "sample": SAMPLE,
        "page": page_of(files, request.GET.get("after", "")), "fields": [each.label for each in FIELDS.values()],
    }  # fmt: skip
    return render(request, "campaigns/booking_new.html", values, status=422 if problem else 200)


@client_page()
@require_GET
def booking_file(request: MemberRequest, client: Client, booking_file: int) -> HttpResponse:
    """A file as it stands: being read, refused as a whole, or told line by line."""
    made = _file(client, booking_file)
    if "poll" in request.GET:
        answer = HttpResponse(status=204)
        if made.state != BookingFile.State.WAITING:
            answer["HX-Refresh"] = "true"
        return answer
    wanted = request.GET.get("outcome", "")
    rows = BookingLine.objects.filter(file=made)
    if wanted in BookingLine.Outcome.values:
        rows = rows.filter(outcome=wanted)
    each_kind = [(each.value, each.label, getattr(made, each.value)) for each in BookingLine.Outcome]
    values: dict[str, Any] = {
        "made": made, "page": page_of(rows, request.GET.get("after", ""), by="line"), "wanted": wanted,
        "tabs": [("", "Every line", sum(number for _, _, number in each_kind)), *each_kind],
        "may_bring": request.member.role in MAY_BRING,
    }  # fmt: skip
    return render(request, "campaigns/booking_file.html", values)


@client_page(roles=MAY_BRING, says=ONLY_THEY)
@require_POST
def booking_report(request: MemberRequest, client: Client, booking_file: int) -> StreamingHttpResponse:
    """What became of each line, as a file."""
    made = _file(client, booking_file)
    audit.record("bookings.report_taken", made, client_id=client.pk, request=request)
    return csv_response(f"bookings-{made.pk}-report.csv", COLUMNS, _lines(made))


def _lines(made: BookingFile) -> Iterator[list[str | int]]:
    last = 0
    while True:
        with acting_for(made.client_id):
            rows = BookingLine.objects.filter(file=made, line__gt=last).order_by("line")[:PART]
            part = list(rows.values_list(*COLUMNS))
        yield from (list(each) for each in part)
        if len(part) < PART:
            return
        last = part[-1][0]


def _file(client: Client, pk: int) -> BookingFile:
    rows = BookingFile.objects.select_related("made_by")
    found: BookingFile = get_object_or_404(rows, pk=pk, client=client)
    return found


def _looked_for(rows: QuerySet[Booking], given: QueryDict) -> tuple[QuerySet[Booking], bool]:
    """Narrowed to a search that `booking_search` put into the address; what cannot be read finds nobody."""
    people: QuerySet[Contact] = Contact.objects.all()
    try:
        if address := given.get("address"):
            return rows.filter(contact__in=with_address(people, _bigint(address)).values("pk")), True
        if words := given.get("words"):
            hashes = [_bigint(each) for each in words.split(",")]
            return rows.filter(contact__in=named(people, hashes).values("pk")), True
    except ValueError:
        return rows.none(), True
    return rows, False


def _bigint(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value
