"""The list of contacts, finding one, and the list as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_POST

from consent.consent_page import RECORDERS
from consent.contact_forms import STATES, ContactFilter
from consent.finding import (
    CannotSearch,
    Wanted,
    named,
    named_anywhere,
    read_search,
    with_address,
    word_hashes,
)
from consent.matrix import cell_words
from consent.models import Contact, Suppression
from consent.reachability import Reach, opted_out_sentence, reach_of
from tenants import audit, masking
from tenants.access import APPROVER, STAFF, MemberRequest, agency_page, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.keyset import page_of
from tenants.models import Agency, Channel, Client
from tenants.scope import acting_for
from tenants.step_up import lately_proven

SEGMENTS_KEPT = 300  # seconds a client's list of segments is kept before it is read anew
FOUND_AT_MOST = 50
CHUNK = 1000
COLUMNS = [
    "id",
    "first name",
    "last name",
    "phones",
    "e-mails",
    "last visit",
    "segment",
    "state",
    "language",
    "text",
    "mail",
    "opted out",
]


@require_GET
@client_page()
def contacts(request: MemberRequest, client: Client) -> HttpResponse:
    """The client's people, with consent at a glance."""
    form = ContactFilter(request.GET, segments=segments_of(client))
    rows, looked_for = chosen(form, request.GET)
    page = page_of(rows, request.GET.get("after", ""), by=form.order())
    masking.record_list(request, "contacts", len(page.rows))
    reach = reach_of(page.rows)
    values = {
        "form": form,
        "page": page,
        "rows": [(contact, reach[contact.pk]) for contact in page.rows],
        "looked_for": looked_for,
        "chips": _chips(form, request.GET),
        "orphan": _opted_out_without_contact(request.GET) if looked_for and not page.rows else "",
        "may_take": request.member.role in STAFF | APPROVER,
        "may_add": request.member.role in RECORDERS,
    }
    return render(request, "consent/contacts.html", values)


@require_POST
@client_page(only_shows=True)
def contact_search(request: MemberRequest, client: Client) -> HttpResponse:
    """Turn what was typed into an address that holds no personal data, and go there."""
    try:
        wanted = read_search(request.POST.get("q", ""))
    except CannotSearch as refused:
        return render(request, "consent/contacts_not_searched.html", {"problem": str(refused)}, status=422)
    if wanted.words:
        hashes = word_hashes(client.pk, wanted.words)
        query, rows = {"words": ",".join(map(str, hashes))}, named(_everybody(), hashes)
    else:
        query = {"address": str(wanted.address_id or 0)}
        rows = with_address(_everybody(), wanted.address_id or 0)
    only = list(rows.values_list("pk", flat=True)[:2])
    if len(only) == 1:
        return redirect("contact", client=client.slug, contact=only[0])
    return redirect(f"{reverse('contacts', args=[client.slug])}?{urlencode(query)}")


@require_POST
@agency_page()
def find(request: MemberRequest, agency: Agency) -> HttpResponse:
    """The same search through every client this member may see."""
    values: dict[str, Any] = {"agency": agency}
    try:
        wanted = read_search(request.POST.get("q", ""))
    except CannotSearch as refused:
        return render(request, "consent/find.html", values | {"problem": str(refused)}, status=422)
    rows = _everywhere(wanted)
    found = list(rows.select_related("client").order_by("client__name", "-id")[:FOUND_AT_MOST])
    audit.record_many(
        "contact.found", Counter(contact.client_id for contact in found), by=request.user, request=request
    )
    reach = reach_of(found)
    values["rows"] = [(contact, reach[contact.pk]) for contact in found]
    return render(request, "consent/find.html", values)


@require_POST
@client_page(
    roles=STAFF | APPROVER, says="Only the agency and the compliance contact can take the list as a file."
)
@lately_proven
def contacts_file(request: MemberRequest, client: Client) -> StreamingHttpResponse:
    """The chosen contacts as a file; taking it is on record."""
    form = ContactFilter(request.POST, segments=segments_of(client))
    rows, _ = chosen(form, request.POST)
    audit.record("contact.exported", client_id=client.pk, request=request, filters=sorted(form.changed_data))

    def lines() -> Iterator[list[Any]]:
        last = 0
        with acting_for(client.pk):
            while part := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
                reach = reach_of(part)
                yield from (_line(contact, reach[contact.pk]) for contact in part)
                last = part[-1].pk

    return csv_response(f"contacts-{client.slug}.csv", COLUMNS, lines())


@require_GET
@client_page()
def contacts_strip(request: MemberRequest, client: Client) -> HttpResponse:
    """How many people there are, and how many opted out: for the overview."""
    at = db_now()
    values = {
        "people": _everybody().count(),
        "out_sms": Suppression.objects.in_force(at)
        .filter(channel=Channel.SMS)
        .values("address")
        .distinct()
        .count(),
        "out_mail": Suppression.objects.in_force(at)
        .filter(channel=Channel.EMAIL)
        .values("address")
        .distinct()
        .count(),
    }
    return render(request, "consent/contacts_strip.html", values)


def segments_of(client: Client) -> list[str]:
    """The client's segments, as they were at most five minutes ago."""

    def read() -> list[str]:
        return list(
            Contact.objects.exclude(segment="")
            .order_by("segment")
            .values_list("segment", flat=True)
            .distinct()
        )

    found: list[str] = cache.get_or_set(f"segments:{client.pk}", read, SEGMENTS_KEPT) or []
    return found


def chosen(form: ContactFilter, given: QueryDict) -> tuple[QuerySet[Contact], bool]:
    """Whom the filters and the search show, and whether somebody was looked for."""
    return _looked_for(form.chosen(_everybody()), given)


def _everybody() -> QuerySet[Contact]:
    """Each person once: not the records that were joined into another."""
    rows: QuerySet[Contact] = Contact.objects.filter(merged_into=None)
    return rows


def _looked_for(rows: QuerySet[Contact], given: QueryDict) -> tuple[QuerySet[Contact], bool]:
    """Narrowed to a search that `contact_search` put into the address; what cannot be read finds nobody."""
    try:
        if address := given.get("address"):
            return with_address(rows, _bigint(address)), True
        if words := given.get("words"):
            return named(rows, [_bigint(each) for each in words.split(",")]), True
    except ValueError:
        return rows.none(), True
    return rows, False


def _bigint(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value


def _everywhere(wanted: Wanted) -> QuerySet[Contact]:
    if not wanted.words:
        return with_address(_everybody(), wanted.address_id or 0)
    return named_anywhere(_everybody(), wanted.words)


def _opted_out_without_contact(given: QueryDict) -> str:
    """An opt-out outlives its contact: say so when the address is looked for."""
    try:
        address = _bigint(given.get("address", ""))
    except ValueError:
        return ""
    found = Suppression.objects.in_force(db_now()).filter(address=address).order_by("since").first()
    return opted_out_sentence(found) if found else ""


def _chips(form: ContactFilter, given: QueryDict) -> list[dict[str, str]]:
    words = dict(STATES)
    chips = []
    if form.is_valid():
        value = form.cleaned_data
        for name, label in (
            ("segment", f"Segment: {value['segment']}" if value["segment"] else ""),
            ("cell", cell_words(value["cell"]) or "Nobody" if value["cell"] else ""),
            ("state", words.get(value["state"], "") if value["state"] else ""),
            (
                "before",
                f"Last visit before {date_format(value['before'], 'j M Y')}" if value["before"] else "",
            ),
        ):
            if label:
                chips.append({"label": label, "href": _without(given, name)})
    if given.get("address") or given.get("words"):
        chips.append({"label": "Search", "href": _without(given, "address", "words")})
    return chips


def _without(given: QueryDict, *names: str) -> str:
    rest = given.copy()
    for name in (*names, "after"):
        rest.pop(name, None)
    return "?" + rest.urlencode()


def _line(contact: Contact, reach: Reach) -> list[Any]:
    text, mail = reach.marks
    return [
        contact.external_id,
        contact.first_name,
        contact.last_name,
        " ".join(point.value for point in reach.points if point.channel == Channel.SMS),
        " ".join(point.value for point in reach.points if point.channel == Channel.EMAIL),
        contact.last_visit or "",
        contact.segment,
        contact.state,
        contact.language,
        text[2],
        mail[2],
        "; ".join(opted_out_sentence(each) for each in reach.suppressions),
    ]
