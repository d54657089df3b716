"""The second net: outside a scope a client's model yields a query that cannot be compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models
from django.forms import modelform_factory

from consent.models import Contact, ContactPoint
from tenants.models import Client
from tenants.scope import OutsideTenant, acting_for, acting_for_every_client
from tests import people

pytestmark = pytest.mark.django_db

REFUSED: dict[str, Callable[[], Any]] = {
    "all": lambda: list(Contact.objects.all()),
    "exists": lambda: Contact.objects.exists(),
    "exclude_exists": lambda: Contact.objects.exclude(state="XX").exists(),
    "either": lambda: list(Contact.objects.filter(state="IN") | Contact.objects.all()),
    "get": lambda: Contact.objects.get(pk=1),
    "in_bulk": lambda: Contact.objects.in_bulk([1]),
    "count": lambda: Contact.objects.count(),
    "aggregate": lambda: Contact.objects.aggregate(n=models.Count("*")),
    "update": lambda: Contact.objects.update(state="XX"),
    "delete": lambda: Contact.objects.all().delete(),
    "get_or_create": lambda: Contact.objects.get_or_create(client_id=1, state="IN"),
    "subquery": lambda: list(Client.objects.filter(pk__in=Contact.objects.values("client"))),
    "exists_inside": lambda: list(
        Client.objects.filter(models.Exists(Contact.objects.filter(client=models.OuterRef("pk"))))
    ),
    "union": lambda: list(Contact.objects.all().union(Contact.objects.all())),
    "explain": lambda: Contact.objects.explain(),
    "save_held_row": lambda: Contact(pk=1, client_id=1, state="XX").save(force_update=True),
    "refresh": lambda: Contact(pk=1, client_id=1).refresh_from_db(),
}


@pytest.mark.parametrize("how", REFUSED)
def test_outside_a_scope_it_is_refused(how: str) -> None:
    with pytest.raises(OutsideTenant):
        REFUSED[how]()


def test_defining_forms_and_empty_querysets_ask_nothing() -> None:
    modelform_factory(Contact, fields=["state"])
    assert list(Contact.objects.none()) == []


def test_a_scope_of_nobody_sees_nothing_and_is_no_error() -> None:
    with acting_for([]):
        assert not Contact.objects.exists()
        assert Contact.objects.update(state="XX") == 0
    with acting_for_every_client() as ids:
        assert (ids, Contact.objects.count()) == ((), 0)
    with pytest.raises(OutsideTenant):
        Contact.objects.count()


def test_inside_a_scope_only_that_clients_rows_are_seen() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    with acting_for(rival.pk):
        theirs = people.contact(rival, phone=people.a_phone())
    with acting_for(clinic.pk):
        ours = people.contact(clinic, phone=people.a_phone())
        assert list(Contact.objects.all()) == [ours]
        assert not Contact.objects.filter(pk=theirs.pk).exists()
        assert list(ours.points.values_list("contact", flat=True)) == [ours.pk]
        assert ContactPoint.objects.count() == 1
