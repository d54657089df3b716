"""`manage.py client_end`: gives everything back, and deletes what two people agreed on, or what nobody is left to agree to."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from messaging.ending import asking
from messaging.evidence.certifying import is_genuine
from messaging.models import Certificate, Departure, EvidencePack
from tenants.clock import db_now
from tenants.models import Membership, Role, User
from tenants.scope import acting_for
from tests.messaging.evidence.test_erasing import CANARIES, Case, found

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR, settings.LIST_FOLDERS_DIR = str(tmp_path), str(tmp_path / "lists")
    return tmp_path


@pytest.fixture
def case() -> Case:
    return Case()


def delete(case: Case, **given: str) -> None:
    call_command("client_end", client=case.clinic.slug, delete=True, **given)


def test_it_gives_everything_back_once(case: Case, folder: Path) -> None:
    out = folder / "all.zip"
    call_command("client_end", client=case.clinic.slug, export=str(out))
    assert zipfile.is_zipfile(out)
    with pytest.raises(CommandError, match="exists already"):
        call_command("client_end", client=case.clinic.slug, export=str(out))
    with pytest.raises(CommandError, match="no client nobody"):
        call_command("client_end", client="nobody", delete=True)


def test_without_the_name_it_counts_and_with_it_two_people_must_have_agreed(case: Case) -> None:
    with pytest.raises(CommandError, match="Nothing was deleted. It would be: contacts 3, addresses 5"):
        delete(case)
    with pytest.raises(CommandError, match="it takes two people, and nobody has agreed"):
        delete(case, name="Bright Smiles", by="Olive")
    assert found() == set(CANARIES)


def test_what_two_people_agreed_on_it_deletes_in_the_name_of_the_second(case: Case, capsys: Any) -> None:
    bob: User = Membership.objects.get(client=case.clinic, role=Role.APPROVER).user
    with acting_for(case.clinic.pk):
        EvidencePack.objects.create(client=case.clinic, asked_by=bob, whole=True, made_at=db_now())
        asking.ask(case.clinic, bob)
    with pytest.raises(CommandError, match="nobody has agreed"):
        delete(case, name="Bright Smiles")
    with acting_for(case.clinic.pk):
        asking.agree(case.clinic, case.olive)
    delete(case, name="Bright Smiles", by="Somebody else")
    assert found() == set()
    assert '"what": "client"' in capsys.readouterr().out
    with acting_for(case.clinic.pk):
        made = Certificate.objects.get()
        assert (made.by, "ordered_by" in made.text) == (case.olive, False)
        assert Departure.objects.get().done_at is not None


def test_where_nobody_is_left_to_agree_the_certificate_names_who_ordered_it(case: Case) -> None:
    Membership.objects.filter(role__in=asking.ENDERS).update(ended_at=db_now())
    with pytest.raises(CommandError, match="say who orders it"):
        delete(case, name="Bright Smiles")
    assert found() == set(CANARIES)
    delete(case, name="Bright Smiles", by="Ora Host, for the court")
    assert found() == set()
    with acting_for(case.clinic.pk):
        made = Certificate.objects.get()
        assert json.loads(made.text)["ordered_by"] == "Ora Host, for the court"
        assert is_genuine(made)
