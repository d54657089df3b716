"""Files in the store of uploads: what a row of any room names stays, what none names goes after a day."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import BookingFile
from compliance.models import RegistryFile
from consent import retention
from consent.importing.receiving import receive
from consent.models import Import, OptOutList
from messaging.models import EvidencePack
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import a_list

pytestmark = pytest.mark.django_db
ROW = ["1", "Jane", "Doe", "(574) 231-0611", "", "IN", "46601", "2024-01-15", "", ""]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


def aged(file: Path) -> None:
    """As if it was written 25 hours ago."""
    then = db_now().timestamp() - 25 * 3600
    os.utime(file, (then, then))


def breaks(*_: object, **__: object) -> None:
    raise RuntimeError("the record cannot be written")


def test_a_file_that_a_row_of_any_room_names_stays_however_long_it_waits(folder: Path) -> None:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        BookingFile.objects.create(client=clinic, stored_as="bookings.upload")
        OptOutList.objects.create(client=clinic, stored_as="opt-outs.upload", brought_by=alice)
        RegistryFile.objects.create(client=clinic, stored_as="registry.upload", as_of=db_now().date())
        EvidencePack.objects.create(client=clinic, stored_as="pack.upload", asked_by=alice)
    named = {f"{name}.upload" for name in ("bookings", "opt-outs", "registry", "pack")}
    for name in (*named, "lost.upload"):
        (folder / name).touch()
        aged(folder / name)
    assert retention.forget_lists() == 1
    assert {path.name for path in folder.iterdir()} == named


def test_what_was_received_and_could_not_be_recorded_goes_after_a_day(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = people.clinic()
    monkeypatch.setattr("tenants.audit.record", breaks)
    with pytest.raises(RuntimeError, match="cannot be written"), acting_for(clinic.pk):
        receive(clinic, [a_list(ROW)], "list.csv", by=None)
    with acting_for(clinic.pk):
        assert not Import.objects.exists()
    [left] = folder.iterdir()
    assert retention.forget_lists() == 0, "it may be on its way into a row"
    aged(left)
    assert retention.forget_lists() == 1
    assert not list(folder.iterdir())
