"""A child whose guardian's records are joined, or parted again, is written to by the name that its guardian then has."""

from __future__ import annotations

import pytest

from consent.models import Contact
from messaging.duplicates.merging import merge, part
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_joining import known

pytestmark = pytest.mark.django_db


def test_a_child_learns_whether_its_guardian_has_a_name_when_two_records_are_joined_and_parted() -> None:
    clinic = people.clinic()
    bob = people.bob(clinic)
    with acting_for(clinic.pk):
        named, nameless = known(clinic, filled=["first_name"]), known(clinic, first="", filled=[])
        child = people.contact(clinic, first_name="Kim", guardian=nameless)
        joined = merge(named.pk, nameless.pk, bob)
        assert "guardian_first_name" in Contact.objects.get(pk=child.pk).filled
        part(joined.pk, bob)
        assert "guardian_first_name" not in Contact.objects.get(pk=child.pk).filled
