"""A clinic, a folder for its lists, and files that look as if nobody had written to them for a while."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from consent.importing.columns import Mapping
from consent.importing.loading import load
from consent.importing.receiving import accept
from consent.list_sources import looking
from consent.list_sources.places import folder_of
from consent.models import Import, ListFetch, ListSource
from tenants.clock import db_now
from tenants.models import Client, Role
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import a_list

LINE = ["P-1", "Jane", "Doe", "574-231-0611", "jane@example.org", "IN", "46601", "2024-01-15", "Y", "Y"]


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.UPLOAD_DIR, settings.LIST_FOLDERS_DIR = str(tmp_path / "uploads"), str(tmp_path / "lists")
    monkeypatch.setattr(looking, "ring", lambda *_, **__: None)
    return tmp_path


@pytest.fixture
def clinic() -> Client:
    made = people.clinic()
    people.member("Sid", Role.STAFF, of=made.agency)  # whom the mails go to
    return made


@pytest.fixture
def source(clinic: Client) -> ListSource:
    return a_source(clinic)


def a_source(of: Client, **values: Any) -> ListSource:
    at, sam = db_now(), people.user("Sam")
    given = {"name": "Nightly export", "kind": "folder", "attested_by": sam, "attested_name": "Sam", "made_by": sam,
             "attested_at": at, "attested_until": at + timedelta(days=365)}  # fmt: skip
    with acting_for(of.pk):
        made: ListSource = ListSource.objects.create(client=of, **given | values)
    return made


def drop(into: ListSource, name: str = "list.csv", content: bytes = b"", age: float = 300) -> Path:
    """A file in the source's folder; a list of one person when nothing is said."""
    path = folder_of(into)
    assert path is not None
    path.mkdir(parents=True, exist_ok=True)
    file = path / name
    file.write_bytes(content or a_list(LINE))
    os.utime(file, (time.time() - age, time.time() - age))
    return file


def look(at: ListSource) -> int:
    return looking.look(at.pk, at.client_id, now=True)


def found(at: ListSource) -> list[tuple[str, str]]:
    with acting_for(at.client_id):
        return list(ListFetch.objects.filter(source=at).order_by("pk").values_list("file_name", "state"))


def checked(at: ListSource) -> None:
    """Somebody looks at the columns of what waits and lets it in."""
    with acting_for(at.client_id):
        made = Import.objects.select_related("client").get(state=Import.State.UPLOADED)
        assert accept(made, Mapping.from_stored(made.mapping), by=people.user("Sam"))
    assert load(made.pk, at.client_id)


def again(at: ListSource) -> ListSource:
    with acting_for(at.client_id):
        now: ListSource = ListSource.objects.select_related("client").get(pk=at.pk)
    return now
