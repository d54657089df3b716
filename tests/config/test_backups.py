"""The restore drill, small: lose the database, come back from a backup and the archived WAL, send nothing, forget who was forgotten."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from compliance.models import StopEverything
from config.backups import BackupFailed, put_back
from config.servers import ground, postgres, roles
from consent.models import Contact
from messaging.evidence.erasing import erase
from tenants import audit, sealing
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people, saved_template
from tests.servers_plugin import TEMPLATE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cts-drill-"))
    made.chmod(0o711)
    home = ground.dwelling(made)
    yield home
    for each in (made, home):
        shutil.rmtree(each, ignore_errors=True)


@contextmanager
def living_on(server: postgres.Postgres) -> Iterator[None]:
    """The application on another server, as its own role."""
    given, kept = connection.settings_dict, dict(connection.settings_dict)
    connections.close_all()
    given |= {
        "HOST": "127.0.0.1",
        "PORT": str(server.port),
        "NAME": TEMPLATE,
        "PASSWORD": server.passwords[roles.APP],
    }
    try:
        yield
    finally:
        connections.close_all()
        given |= {name: kept[name] for name in ("HOST", "PORT", "NAME", "PASSWORD")}


def test_after_a_loss_the_drill_brings_everything_back_and_sends_nothing(
    place: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.UPLOAD_DIR = str(place / "uploads")
    wal = place / "wal"
    wal.mkdir()
    wal.chmod(0o777)  # the server's user writes here
    assert saved_template.restore(place / "first")
    archive = {"archive_mode": "on", "archive_command": f"cp %p {wal}/%f", "fsync": "off"}
    server = postgres.start(place / "first", log=place / "first.log", settings=archive)
    monkeypatch.setenv("ADMIN_DATABASE_URL", server.admin_url)
    with living_on(server):
        clinic = people.clinic()
        with acting_for(clinic.pk):
            jane, john = (
                people.contact(clinic, first_name=name, phone=people.a_phone()) for name in ("Jane", "John")
            )
            audit.record("contact.viewed", jane, client_id=clinic.pk)
        sealing.seal(clinic.pk)
        call_command("backup", to=str(place / "backups"))
        with acting_for(clinic.pk):
            late = people.contact(clinic, first_name="Late")
            erase(john.pk, None)
        sealing.seal(clinic.pk)
        with roles.as_superuser(server.admin_url) as cursor:
            cursor.execute("SELECT pg_switch_wal()")
            cursor.execute("CHECKPOINT")
        server.stop()
    second = place / "second"
    second.mkdir()
    shutil.copy(place / "first" / "passwords.json", second / "passwords.json")
    call_command("restore", source=str(place / "backups"), into=str(second / "data"), wal=str(wal))
    again = postgres.start(second, log=place / "second.log", settings={"fsync": "off"})
    with living_on(again):
        call_command("restore", finish=True)
        with acting_for(clinic.pk):
            assert Contact.objects.get(pk=late.pk).first_name == "Late", (
                "what came after the backup is in the WAL"
            )
            assert Contact.objects.get(pk=john.pk).first_name == ""
        assert StopEverything.objects.in_force(db_now()).exists()
    again.stop()
    told = capsys.readouterr().out
    assert "complete and checked" in told
    assert "Held: nothing is sent" in told
    assert "events are as sealed" in told
    assert "Contact: 3" in told

    # Without the WAL the backup still knows John: the erase list makes it forget him.
    third = place / "third"
    third.mkdir()
    shutil.copy(place / "first" / "passwords.json", third / "passwords.json")
    call_command("restore", source=str(place / "backups"), into=str(third / "data"))
    oldest = postgres.start(third, log=place / "third.log", settings={"fsync": "off"})
    with living_on(oldest):
        with acting_for(clinic.pk):
            assert Contact.objects.get(pk=john.pk).first_name == "John"
        call_command("restore", finish=True)
        with acting_for(clinic.pk):
            assert Contact.objects.get(pk=john.pk).first_name == ""
    oldest.stop()
    told = capsys.readouterr().out
    assert "Erased again: 1." in told
    assert "blocks 2 to 2 came after the backup and are lost" in told

    damaged = next((place / "backups").glob("base-*"))
    (damaged / "PG_VERSION").write_text("17\n")
    with pytest.raises(CommandError, match="pg_verifybackup"):
        call_command("restore", source=str(place / "backups"), into=str(place / "fourth"))


def test_a_restore_never_writes_over_a_database(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("18\n")
    with pytest.raises(BackupFailed, match="not empty"):
        put_back(tmp_path, tmp_path)


def test_a_restore_without_the_erase_list_says_whom_it_cannot_forget(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    clinic = people.clinic()
    with acting_for(clinic.pk):
        erase(people.contact(clinic, first_name="John").pk, None)
    (tmp_path / "erased.jsonl").unlink()
    with pytest.raises(SystemExit):
        call_command("restore", finish=True)
    assert "is back: bring the newest copy" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given, says",
    [
        ({}, "Give --from"),
        ({"source": "/nowhere", "into": "/x"}, "no backup"),
        ({"finish": True, "erased": "/nowhere"}, "no erase list at /nowhere. Nothing was done"),
    ],
)
def test_the_command_says_what_is_missing(given: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("restore", **given)


def test_a_backup_needs_the_servers_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match="ADMIN_DATABASE_URL"):
        call_command("backup", to="/nowhere")
