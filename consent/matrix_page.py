"""How many people said yes to what, how well it is proven, and what is missing for more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from consent.matrix import COLUMNS, Line, matrix, missing, ways
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.csv_export import csv_response
from tenants.models import Channel, Client

KEPT = 60  # seconds a count is shown before it is made anew


@require_GET
@client_page()
def consent_matrix(request: MemberRequest, client: Client) -> HttpResponse:
    """People by purpose, channel and tier; each figure leads to the people."""
    at, lines, lacking = _counted(client)
    of = {
        channel: [line for line in lines if line.channel == channel]
        for channel in (Channel.SMS, Channel.EMAIL)
    }
    values = {
        "at": at,
        "columns": COLUMNS,
        "channels": [(Channel(channel).label, found, found[0].people) for channel, found in of.items()],
        "anybody": any(line.people for line in lines),
        "missing": lacking,
        "ways": ways(client.name),
        "may_import": request.member.role in STAFF,
    }
    return render(request, "consent/matrix.html", values)


@require_GET
@client_page()
def consent_matrix_file(request: MemberRequest, client: Client) -> StreamingHttpResponse:  # noqa: ARG001
    """The same figures as a file: nobody's name or address is in it."""
    at, lines, lacking = _counted(client)
    header = ["channel", "purpose", *(label.lower() for _, label, _ in COLUMNS), "with an address"]

    def rows() -> Iterator[list[Any]]:
        for line in lines:
            counts = [cell.people for cell in line.cells]
            yield [Channel(line.channel).label, line.label, *counts, line.people]
        yield []
        yield ["missing for a signed consent to texts", "people"]
        yield from map(list, lacking)
        yield []
        yield [f"counted {at:%Y-%m-%d %H:%M} UTC"]

    return csv_response(f"consents-{client.slug}.csv", header, rows())


def _counted(client: Client) -> tuple[datetime, list[Line], list[tuple[str, int]]]:
    """As it was at most a minute ago: a list of a million people is not counted for every look."""

    def count() -> tuple[datetime, list[Line], list[tuple[str, int]]]:
        at = db_now()
        return at, matrix(at), missing(at)

    found: tuple[datetime, list[Line], list[tuple[str, int]]] = (
        cache.get_or_set(f"consent-matrix:{client.pk}", count, KEPT) or count()
    )
    return found
