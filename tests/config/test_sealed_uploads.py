"""A file on its way in never lies readable on a disk, and nobody unknown leaves one there."""

from __future__ import annotations

import re
import tempfile
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from config.sealed_uploads import SealedFile
from consent.importing import receiving
from consent.models import Import
from tenants.models import Client
from tenants.scope import acting_for
from tests import people

LINE = b"Jane,Doe,+15742310611,jane@example.org\n"
LARGE = b"first_name,last_name,phone,email\n" + LINE * 80_000  # 3 MB: more than is kept in memory


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[BytesIO]:
    """The temporary files that were made; they stay readable after the request."""
    made: list[BytesIO] = []

    class Kept(BytesIO):
        def close(self) -> None:
            self.content = self.getvalue()

    def make(*_: Any, **__: Any) -> Kept:
        made.append(Kept())
        return made[-1]  # type: ignore[return-value]

    monkeypatch.setattr(tempfile, "TemporaryFile", make)
    return made


def upload(browser: Any, clinic: Client, content: bytes) -> Any:
    there = reverse("import_new", args=[clinic.slug])
    return browser.post(there, {"file": SimpleUploadedFile("list.csv", content, "text/csv")})


@pytest.mark.django_db
def test_a_large_list_arrives_whole_and_its_temporary_file_is_unreadable(
    client: Any, stored: list[Any], settings: Any, tmp_path: Any
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    clinic = people.clinic()
    people.sign_in(client, people.alice())
    assert upload(client, clinic, LARGE).status_code == 302
    with acting_for(clinic.pk):
        assert Import.objects.get().size == len(LARGE)
    (spool,) = stored
    assert len(spool.getvalue()) == len(LARGE)
    assert b"Jane,Doe" not in spool.getvalue()
    assert not re.search(rb"example|\+1574", spool.getvalue())


@pytest.mark.django_db
def test_whoever_is_not_signed_in_leaves_no_file_anywhere(client: Any, stored: list[Any]) -> None:
    clinic = people.clinic()
    assert upload(client, clinic, LARGE).status_code == 302
    assert stored == []


@pytest.mark.django_db
def test_a_file_beyond_the_limit_fills_no_disk_and_is_refused_at_its_field(
    client: Any, stored: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_KEPT_AT_MOST = 1024 * 1024
    monkeypatch.setattr(receiving, "MAX_SIZE", 1024 * 1024)
    clinic = people.clinic()
    people.sign_in(client, people.alice())
    refused = upload(client, clinic, LARGE)
    assert refused.status_code == 422
    assert "This file is larger than 1 MB" in refused.content.decode()
    assert len(stored[0].getvalue()) < 1.2 * 1024 * 1024
    with acting_for(clinic.pk):
        assert not Import.objects.exists()


def test_the_handler_keeps_what_the_importer_takes(settings: Any) -> None:
    assert settings.FILE_UPLOAD_KEPT_AT_MOST == receiving.MAX_SIZE


@given(parts=st.lists(st.binary(max_size=70)), at=st.integers(0, 200), size=st.integers(-1, 100))
def test_what_was_written_is_read_from_anywhere(parts: list[bytes], at: int, size: int) -> None:
    sealed, plain = SealedFile(), BytesIO()
    for part in parts:
        sealed.write(part)
        plain.write(part)
    sealed.seek(at)
    plain.seek(at)
    assert sealed.read(size) == plain.read(size)
    assert sealed.tell() == plain.tell()
    sealed.close()
    assert sealed.closed
