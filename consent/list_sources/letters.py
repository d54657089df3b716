"""The agency hears by mail of a list that was refused or waits, and once of a source that fails. No name of a file stands in a mail."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from consent.models import ListFetch, ListSource
from tenants.agency_mail import addresses, letter, post
from tenants.scope import acting_for


def about_a_file(source: ListSource, row: ListFetch) -> int:
    """A file was refused, or its columns are to be checked; returns how many mails were taken."""
    return _post(source, waits=row.state == ListFetch.State.WAITS, says=row.problem)


def about_a_failure(source: ListSource, problem: str) -> int:
    """A look failed, and the one before had not."""
    return _post(source, fails=True, says=problem)


def _post(source: ListSource, **values: object) -> int:
    client = source.client
    page = settings.PUBLIC_URL + reverse("list_source", args=[client.slug, source.pk])
    with acting_for(client.pk):
        to = addresses(client)
    values |= {"client": client, "source": source, "page": page}
    return post(letter("emails/list-source.txt", each, **values) for each in to)
