"""Lists dropped into a folder: taken once, under a statement in force, by the importer of uploads; what is wrong is said and mailed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from consent.importing.loading import load
from consent.list_sources import looking
from consent.list_sources.places import Folder, Found, empty_folders
from consent.models import Contact, Import, ImportRow, ListFetch, ListSource
from consent.tasks import look_at_sources
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import HEADER, a_list
from tests.consent.list_sources.conftest import LINE, a_source, again, checked, drop, found, look

pytestmark = pytest.mark.django_db
ANN = ["P-2", "Ann", "Doe", "574-231-0612", "ann@example.org", *LINE[5:]]
NOBODY = ["P-3", "No", "Body", *[""] * 7]


def kept(settings: Any) -> list[Path]:
    """The uploads that lie there."""
    return [each for each in Path(settings.UPLOAD_DIR).rglob("*") if each.is_file()]


def imports(of: Client) -> list[str]:
    with acting_for(of.pk):
        return list(Import.objects.order_by("pk").values_list("state", flat=True))


def test_the_first_list_waits_for_its_columns_to_be_checked(clinic: Client, source: ListSource) -> None:
    file = drop(source)
    assert look(source) == 1
    assert (found(source), imports(clinic)) == ([("list.csv", "waits")], ["uploaded"])
    assert not file.exists(), "no list lies about in clear"
    assert all("waits for you" in each.subject for each in mail.outbox)
    assert mail.outbox
    assert "list.csv" not in mail.outbox[0].subject + str(mail.outbox[0].body)
    with acting_for(clinic.pk):
        assert not Contact.objects.exists()
    drop(source, "next.csv", a_list(ANN))
    look(source)
    assert found(source)[-1] == ("next.csv", "waits"), "nobody has checked these columns yet"


def test_one_with_the_same_columns_then_goes_in_by_itself_with_the_same_report(
    clinic: Client, source: ListSource
) -> None:
    drop(source)
    look(source)
    checked(source)
    told = len(mail.outbox)
    drop(source, "next.csv", a_list(ANN, NOBODY))
    assert look(source) == 1
    with acting_for(clinic.pk):
        newest = Import.objects.latest("pk")
        assert (newest.state, newest.attested_by) == (Import.State.QUEUED, source.attested_by)
    assert load(newest.pk, clinic.pk)
    with acting_for(clinic.pk):
        assert sorted(Contact.objects.values_list("external_id", flat=True)) == ["P-1", "P-2"]
        rows = ImportRow.objects.filter(of_import=newest).order_by("line")
        assert list(rows.values_list("outcome", flat=True)) == ["taken", "refused"]
        assert AuditEvent.objects.filter(verb="list.fetched").count() == 2
    assert len(mail.outbox) == told


def test_other_columns_wait_for_a_person_again(clinic: Client, source: ListSource) -> None:
    drop(source)
    look(source)
    checked(source)
    drop(source, "other.csv", a_list([*LINE, "x"], header=[*HEADER, "Diagnosis"]))
    look(source)
    assert found(source)[-1] == ("other.csv", "waits")
    assert imports(clinic) == ["done", "uploaded"]


def test_a_file_is_taken_once_whatever_its_name(clinic: Client, source: ListSource, settings: Any) -> None:
    drop(source)
    assert (look(source), look(source)) == (1, 0)
    drop(source, "same-again.csv", age=200)
    assert look(source) == 0
    assert found(source)[-1] == ("same-again.csv", "known")
    assert len(imports(clinic)) == len(kept(settings)) == 1


def test_a_file_whose_taking_away_was_lost_is_not_taken_again(
    clinic: Client, source: ListSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise SystemExit

    file = drop(source)
    with monkeypatch.context() as killed:
        killed.setattr("consent.list_sources.places.Folder.taken", dies)
        with pytest.raises(SystemExit):
            look(source)
    assert file.exists()
    look(source)
    assert (file.exists(), len(imports(clinic)), len(found(source))) == (False, 1, 1)


@pytest.mark.parametrize("name, age", [("list.csv", 5), (".list.csv", 300), ("list.csv.part", 300)])
def test_what_somebody_still_writes_is_left(source: ListSource, name: str, age: float) -> None:
    file = drop(source, name, age=age)
    assert look(source) == 0
    assert (file.exists(), found(source)) == (True, [])


def test_a_link_and_a_folder_are_not_followed(source: ListSource, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(a_list(LINE))
    file, long_ago = drop(source), (1e9, 1e9)
    file.unlink()
    file.symlink_to(secret)
    (file.parent / "sub").mkdir()
    os.utime(file, long_ago, follow_symlinks=False)
    os.utime(secret, long_ago)
    os.utime(file.parent / "sub", long_ago)
    assert (look(source), found(source), again(source).problem) == (0, [], "")
    with (
        Folder(source) as folder,
        pytest.raises(OSError, match="symbolic links"),
    ):  # put there after the look at what lies there
        next(folder.read(Found(file.name, 1, 1)))


def test_a_look_takes_so_many_files_and_the_next_one_goes_on(
    source: ListSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST", 1)
    drop(source)
    drop(source, "next.csv", a_list(ANN), age=200)
    assert (look(source), look(source), look(source)) == (1, 1, 0)


def test_nothing_lies_about_of_a_file_whose_taking_failed(
    source: ListSource, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError

    drop(source)
    with monkeypatch.context() as failing:
        failing.setattr(looking, "audit", SimpleNamespace(record=fails))
        with pytest.raises(RuntimeError):
            look(source)
    assert kept(settings) == []


@pytest.mark.parametrize("ended", [ListSource, Client])
def test_nothing_is_taken_once_the_source_or_the_engagement_ended(
    clinic: Client, source: ListSource, ended: type[ListSource | Client]
) -> None:
    drop(source)
    with acting_for(clinic.pk):
        if ended is ListSource:
            ListSource.objects.update(ended_at=db_now())
        else:
            Client.objects.filter(pk=clinic.pk).update(closed_at=db_now())
    assert (look(source), found(source)) == (0, [])


def test_what_is_no_list_is_refused_once_and_told(clinic: Client, source: ListSource) -> None:
    file = drop(source, "report.xlsx", b"PK\x03\x04 not a list")
    assert look(source) == 0
    told = len(mail.outbox)
    assert (look(source), len(mail.outbox)) == (0, told)
    assert (found(source), file.exists()) == ([("report.xlsx", "refused")], True)
    assert {"was refused" in each.subject for each in mail.outbox} == {True}
    with acting_for(clinic.pk):
        assert "Excel" in ListFetch.objects.get().problem


def test_nothing_is_taken_once_the_statement_ran_out(clinic: Client, source: ListSource) -> None:
    def stated_until(at: Any) -> None:
        with acting_for(clinic.pk):
            ListSource.objects.update(attested_until=at)

    stated_until(db_now() - timedelta(seconds=1))
    file = drop(source)
    look(source)
    told = len(mail.outbox)
    look(source)
    assert (file.exists(), again(source).problem) == (True, looking.RAN_OUT)
    assert len(mail.outbox) == told > 0
    stated_until(db_now() + timedelta(days=1))
    assert look(source) == 1
    assert (again(source).problem, again(source).failing_since) == ("", None)


def test_of_a_covered_client_nothing_is_taken_without_an_agreement() -> None:
    source = a_source(people.clinic(covered=Client.Covered.COVERED))
    drop(source)
    assert look(source) == 0
    assert "business associate agreement" in again(source).problem


def test_a_file_that_breaks_off_is_tried_again(source: ListSource, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        yield b"Patient ID"
        raise OSError

    drop(source)
    with monkeypatch.context() as breaks:
        breaks.setattr("consent.list_sources.places.Folder.read", broken)
        look(source)
    assert (found(source), again(source).problem) == ([], looking.BROKE_OFF)
    assert look(source) == 1


def test_each_source_is_looked_at_in_its_time(clinic: Client, source: ListSource) -> None:
    assert looking.due() == [(source.pk, clinic.pk)]
    drop(source)
    assert looking.look(source.pk, clinic.pk) == 1
    drop(source, "next.csv", a_list(ANN))
    assert (looking.due(), looking.look(source.pk, clinic.pk)) == ([], 0)
    with acting_for(clinic.pk):
        ListSource.objects.update(looked_at=db_now() - timedelta(hours=24, minutes=1))
    assert looking.due() == [(source.pk, clinic.pk)]
    with acting_for(clinic.pk):
        ListSource.objects.update(ended_at=db_now())
    assert look_at_sources() == 0


def test_an_installation_without_folders_says_so(source: ListSource, settings: Any) -> None:
    settings.LIST_FOLDERS_DIR = ""
    look(source)
    assert "no folder for lists" in again(source).problem


def test_each_source_has_a_folder_of_its_own_which_goes_with_the_client(source: ListSource) -> None:
    theirs = drop(a_source(people.rival_clinic()))
    assert (look(source), found(source)) == (0, [])
    mine = drop(source)
    empty_folders(source.client_id)
    assert (mine.exists(), theirs.exists()) == (False, True)
