"""Encrypted fields: each case in which the package alone goes quietly wrong."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Concat, Upper

from consent.models import Contact
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def jane() -> Any:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        yield people.contact(clinic, first_name="José")


def raw(person: Contact) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_name FROM consent_contact WHERE id = %s", [person.pk])
        return str(cursor.fetchone()[0])


def test_it_reads_back_and_is_not_plain_at_rest(jane: Contact) -> None:
    assert Contact.objects.get().first_name == "José"
    assert "José" not in raw(jane)
    assert raw(jane).startswith("gAAAA")


def test_bulk_update_stores_the_value_not_its_sql(jane: Contact) -> None:
    jane.first_name = "Zoë"
    Contact.objects.bulk_update([jane], ["first_name"])
    assert Contact.objects.get().first_name == "Zoë"
    assert raw(jane).startswith("gAAAA")


def test_update_with_a_plain_value_is_encrypted(jane: Contact) -> None:
    Contact.objects.update(first_name="Zoë")
    assert Contact.objects.get().first_name == "Zoë"
    assert raw(jane).startswith("gAAAA")


@pytest.mark.parametrize(
    "expression", [Value("Zoë"), F("last_name"), Upper("first_name"), Concat("first_name", Value("x"))]
)
def test_expressions_are_refused_rather_than_written_plain(jane: Contact, expression: Any) -> None:
    with pytest.raises(FieldError):
        Contact.objects.update(first_name=expression)
    jane.first_name = expression
    with pytest.raises(FieldError):
        jane.save()


@pytest.mark.parametrize(
    "lookup", ["first_name", "first_name__gt", "first_name__icontains", "first_name__in", "first_name__lower"]
)
def test_filters_are_refused_rather_than_silently_empty(jane: Contact, lookup: str) -> None:
    with pytest.raises(FieldError):
        list(Contact.objects.filter(**{lookup: ["José"] if lookup.endswith("in") else "José"}))


def test_a_foreign_token_raises_instead_of_being_shown(jane: Contact) -> None:
    stranger = Fernet(Fernet.generate_key()).encrypt(b"Eve").decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consent_contact SET first_name = %s", [stranger])
    with pytest.raises(InvalidToken):
        Contact.objects.get()


def test_a_token_typed_by_a_user_is_not_decrypted(jane: Contact) -> None:
    token = raw(jane)
    jane.last_name = token
    jane.save()
    assert Contact.objects.get().last_name == token
