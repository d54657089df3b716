"""Who was erased stands outside the database, so that a backup can be made to forget again: they, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consent.models import Contact
from messaging.ending.forgetting_again import forget_again
from messaging.evidence import erase_list
from messaging.evidence.erasing import CannotErase
from messaging.evidence.purging import purge_all
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.evidence.test_erasing import Case, found
from tests.tenants.sealed import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_backup_from_before_is_made_to_forget_again(case: Case) -> None:
    case.erase()
    assert [each[:2] for each in erase_list.noted()] == [(case.clinic.pk, case.her.pk)]
    # As after a restore: the rows are back.
    with acting_for(case.clinic.pk):
        Contact.objects.filter(pk=case.her.pk).update(first_name="Canaria")
    assert found() == {"Canaria"}
    assert forget_again() == (1, [])
    assert found() == set()
    assert forget_again() == (0, []), "who is forgotten already is passed over"


def test_whoever_got_the_id_of_an_erased_person_after_a_restore_is_not_erased(case: Case) -> None:
    case.erase()
    erase_list.note(case.clinic.pk, None)
    with superuser() as cursor:  # as when the sequences of an older database went back
        for table in ("consent_contact", "tenants_client"):
            cursor.execute(f"UPDATE {table} SET created_at = clock_timestamp()")
        cursor.execute("UPDATE consent_contact SET first_name = 'Zwitscher' WHERE id = %s", [case.her.pk])
    assert forget_again() == (0, [])
    assert found() == {"Zwitscher"}
    assert Client.objects.get(pk=case.clinic.pk).closed_at is None


def test_of_a_person_who_could_not_be_erased_nobody_stands_on_the_list(case: Case) -> None:
    with acting_for(case.clinic.pk):
        Contact.objects.filter(pk=people.contact(case.clinic, first_name="C.").pk).update(
            merged_into=case.her
        )
    with superuser() as cursor:
        cursor.execute("UPDATE messaging_message SET status = 'unknown' WHERE id = %s", [case.message.pk])
    with pytest.raises(CannotErase):
        case.erase()
    assert erase_list.noted() == []


def test_a_line_that_a_crash_left_out_is_added_from_the_certificate(case: Case) -> None:
    case.erase()
    lines = erase_list.noted()
    erase_list.list_path().unlink()
    purge_all()
    assert [each[:2] for each in erase_list.noted()] == [each[:2] for each in lines]
    assert erase_list.complete() == 0
