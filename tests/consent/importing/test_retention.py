"""Raw material of imports: files nobody went on with and the addresses in reports go after their time; the report stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from consent import retention
from consent.importing.receiving import receive
from consent.models import Contact, Import, ImportRow
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import a_list, import_list

pytestmark = pytest.mark.django_db(transaction=True)
ROW = ["1", "Jane", "Doe", "(574) 231-0611", "jane@example.org", "IN", "46601", "2024-01-15", "", ""]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


def aged(of: Client, made: Import, days: float = 31) -> None:
    with acting_for(of.pk):
        by = timedelta(days=days)
        Import.objects.filter(pk=made.pk).update(
            created_at=F("created_at") - by, done_at=F("done_at") - by if made.done_at else None
        )


def forget(of: Client) -> int:
    """What is older than thirty days goes; how many files and lines did."""
    before = db_now() - timedelta(days=30)
    return retention.forget_files(of.pk, before) + retention.empty_reports(of.pk, before)


def reread(of: Client, made: Import) -> Import:
    with acting_for(of.pk):
        found: Import = Import.objects.get(pk=made.pk)
    return found


def addresses(of: Client) -> list[tuple[str, str]]:
    with acting_for(of.pk):
        return list(ImportRow.objects.order_by("line").values_list("phone", "email"))


def upload(of: Client) -> Import:
    with acting_for(of.pk):
        return receive(of, [a_list(ROW)], "list.csv", by=None)


def test_an_upload_nobody_went_on_with_is_deleted(folder: Path) -> None:
    clinic = people.clinic()
    old, young = upload(clinic), upload(clinic)
    aged(clinic, old)
    assert forget(clinic) == 1
    assert [path.name for path in folder.iterdir()] == [young.stored_as]
    assert reread(clinic, old).state == Import.State.UNDONE
    assert reread(clinic, young).state == Import.State.UPLOADED
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="list.file_expired").count() == 1


def test_an_import_that_stopped_loses_its_file_and_says_so_when_taken_up_again(
    client: Any, folder: Path
) -> None:
    clinic = people.clinic()
    made = upload(clinic)
    with acting_for(clinic.pk):
        Import.objects.filter(pk=made.pk).update(state=Import.State.FAILED, problem="It stopped.")
    aged(clinic, made)
    forget(clinic)
    assert list(folder.iterdir()) == []
    assert reread(clinic, made).state == Import.State.FAILED
    from consent.importing.loading import load, take_up_again

    with acting_for(clinic.pk):
        assert take_up_again(made, by=None)
    load(made.pk, clinic.pk)
    assert "Upload it again" in reread(clinic, made).problem


def test_a_report_loses_its_addresses_and_nothing_else(client: Any, folder: Path) -> None:
    clinic = people.clinic()
    bad = ["2", "Bo", "Lee", "123", "not an address", "IN", "46601", "2024-01-15", "", ""]
    old = import_list(clinic, a_list(ROW, bad))
    before = addresses(clinic)
    assert any(phone for phone, _ in before)
    aged(clinic, old, days=29)
    assert forget(clinic) == 0
    aged(clinic, old, days=2)
    assert forget(clinic) == 2
    assert addresses(clinic) == [("", "")] * len(before)
    with acting_for(clinic.pk):
        assert list(ImportRow.objects.order_by("line").values_list("outcome", flat=True)) == [
            "taken",
            "refused",
        ]
        assert Contact.objects.get().points.count() == 2
    assert forget(clinic) == 0
    people.sign_in(client, people.alice())
    page = client.get(reverse("import", args=[clinic.slug, old.pk])).content.decode()
    assert "removed from this report" in page


def test_a_long_report_is_emptied_part_by_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LINES", 2)
    clinic = people.clinic()
    rows = [[str(n), "Jane", f"Doe{n}", f"(574) 231-06{n}{n}", "", "IN", "", "", "", ""] for n in range(1, 6)]
    aged(clinic, import_list(clinic, a_list(*rows)))
    forget(clinic)
    assert addresses(clinic) == [("", "")] * 5


def test_a_file_that_no_import_names_goes_after_a_day(folder: Path) -> None:
    clinic = people.clinic()
    made = upload(clinic)
    for name, hours in (
        ("lost.upload", 25),
        ("being-written.upload", 1),
        (made.stored_as, 48),
        ("notes.txt", 48),
    ):
        (folder / name).touch()
        then = db_now().timestamp() - hours * 3600
        os.utime(folder / name, (then, then))
    retention.forget_lists()
    assert {path.name for path in folder.iterdir()} == {"being-written.upload", made.stored_as, "notes.txt"}
