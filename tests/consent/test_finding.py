"""A person is found by any word of their name: of their own client alone, and by an index however many people there are."""

from __future__ import annotations

import pytest
from django.db import connection

from consent.finding import named, named_anywhere, word_hashes
from consent.models import Contact
from consent.models.contact import WORDS_INDEXED
from tenants.models import Client
from tenants.scope import OutsideTenant, acting_for
from tests import people

pytestmark = pytest.mark.django_db
WORDS = ("maría", "del", "carmen", "garcía", "lópez", "de", "la", "cruz")
MANY = 3_000


def called(of: Client, *words: str) -> Contact:
    return people.contact(of, name_words=word_hashes(of.pk, words))


@pytest.mark.parametrize("number", [1, 2, WORDS_INDEXED, WORDS_INDEXED + 1, len(WORDS)])
def test_any_word_finds_a_name_of_however_many_and_all_must_be_there(number: int) -> None:
    clinic, name = people.clinic(), WORDS[:number]
    with acting_for(clinic.pk):
        theirs = called(clinic, *name)
        called(clinic, "ann", "lee")
        for words in (*[(each,) for each in name], name, name[::-1]):
            assert named(Contact.objects.all(), word_hashes(clinic.pk, words)).get() == theirs
            assert named_anywhere(Contact.objects.all(), words).get() == theirs
        missing = word_hashes(clinic.pk, (*name[:7], "nobody"))
        assert not named(Contact.objects.all(), missing).exists()


def test_a_rivals_person_is_never_found_even_under_the_very_same_codes() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    codes = word_hashes(clinic.pk, ("jane",))
    with acting_for(rival.pk):
        people.contact(rival, name_words=codes)
        called(rival, "jane")
    with acting_for(clinic.pk):
        assert not named(Contact.objects.all(), codes).exists()
        assert not named_anywhere(Contact.objects.all(), ("jane",)).exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM consent_contact WHERE (name_words)[1] = %s", codes)
            assert cursor.fetchone() == (0,)
    with acting_for([clinic.pk, rival.pk]):
        found = named_anywhere(Contact.objects.all(), ("jane",)).get()
        assert found.name_words == word_hashes(rival.pk, ("jane",)), "each client’s own code counts there"


def test_nobody_is_found_outside_every_client() -> None:
    with pytest.raises(OutsideTenant):
        named(Contact.objects.all(), [1]).exists()
    with acting_for([]):
        assert not named_anywhere(Contact.objects.all(), ("jane",)).exists()


def test_the_application_goes_by_the_indexes_of_the_words() -> None:
    """As its own role: row-level security keeps PostgreSQL from every index whose operator is not leakproof."""
    clinic = people.clinic()
    same = [each.column for each in Contact._meta.local_fields if each.column not in ("id", "name_words")]
    columns = ", ".join(same)
    with acting_for(clinic.pk), connection.cursor() as cursor:
        called(clinic, "ann", "lee")
        cursor.execute(
            f"INSERT INTO consent_contact ({columns}, name_words)"
            f" SELECT {columns}, ARRAY[n, -n] FROM consent_contact, generate_series(1, %s) AS n",
            [MANY],
        )
        cursor.execute("ANALYZE consent_contact")
        plan = named(Contact.objects.all(), word_hashes(clinic.pk, ("ann", "nobody"))).explain()
    indexes = {*(f"name_word_{n}" for n in range(1, WORDS_INDEXED + 1)), "long_names"}
    assert {each for each in indexes if each in plan} == indexes, plan
