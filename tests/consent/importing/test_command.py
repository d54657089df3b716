"""`manage.py import_contacts` from the file to the report."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consent.importing.report import COLUMNS
from consent.models import Contact, Import
from consent.tasks import load_import, resume_imports
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import HEADER, a_list, order, outcomes, reread

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]

ROWS = [
    ["1", "Jane", "Doe", "574-231-0001", "jane@example.org", "IN", "46601", "2024-01-15", "Y", "N"],
    ["2", "Jane", "Doe", "(574) 231-0001", "JANE@example.org", "IN", "46601", "2023-01-15", "", ""],
    ["3", "Bob", "Ray", "123", "=1+1@example.org", "", "", "", "", ""],
    ["4", "Eve", "Lee", "n/a", "none@none", "", "", "", "", ""],
]


def report(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_report_has_each_line_with_normalised_values_and_no_formulas(tmp_path: Path) -> None:
    people.clinic()
    (tmp_path / "list.csv").write_bytes(a_list(*ROWS))
    out = StringIO()
    call_command(
        "import_contacts",
        "bright-smiles",
        tmp_path / "list.csv",
        report=tmp_path / "report.csv",
        json=True,
        stdout=out,
    )
    counts = json.loads(out.getvalue())
    assert {name: counts[name] for name in ("state", "taken", "merged", "refused")} == {
        "state": "done",
        "taken": 2,
        "merged": 1,
        "refused": 1,
    }
    rows = report(tmp_path / "report.csv")
    assert tuple(rows[0]) == COLUMNS
    assert [(each["line"], each["outcome"], each["phone"], each["email"]) for each in rows] == [
        ("2", "taken", "+15742310001", "jane@example.org"),
        ("3", "merged", "+15742310001", "jane@example.org"),
        ("4", "taken", "", "'=1+1@example.org"),
        ("5", "refused", "", ""),
    ]
    assert "line 2" in rows[1]["reason"]
    assert "ten digits" in rows[2]["reason"]
    assert rows[3]["reason"]


def test_a_mapping_file_says_which_column_is_which(tmp_path: Path) -> None:
    clinic = people.clinic()
    (tmp_path / "list.csv").write_bytes(a_list(*ROWS[:1]))
    (tmp_path / "mapping.json").write_text(json.dumps({"E-mail": "email", "Last Name": "first_name"}))
    call_command(
        "import_contacts",
        "bright-smiles",
        tmp_path / "list.csv",
        mapping=tmp_path / "mapping.json",
        stdout=StringIO(),
    )
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
    assert (jane.first_name, jane.last_name, jane.external_id) == ("Doe", "", "")


@pytest.mark.parametrize(
    "content, mapping, part",
    [
        (b"PK\x03\x04", None, "Excel"),
        (b"First Name,State\nJane,IN\n", None, "nobody could be contacted"),
        (b"Email\njane@example.org\n", "not json", "JSON"),
        (b"Email\njane@example.org\n", '{"Nope": "email"}', "no column called"),
        (b"Email\njane@example.org\n", '["Email"]', "JSON object"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_leaves_nothing_behind(
    tmp_path: Path, uploads_dir: Path, content: bytes, mapping: str | None, part: str
) -> None:
    clinic = people.clinic()
    (tmp_path / "list.csv").write_bytes(content)
    if mapping:
        (tmp_path / "mapping.json").write_text(mapping)
    with pytest.raises(CommandError, match=part):
        call_command(
            "import_contacts",
            "bright-smiles",
            tmp_path / "list.csv",
            mapping=tmp_path / "mapping.json" if mapping else None,
        )
    with acting_for(clinic.pk):
        assert not Import.objects.exists()
    assert not list(uploads_dir.glob("*"))


def test_a_client_or_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    people.clinic(covered=Client.Covered.COVERED)
    with pytest.raises(CommandError, match="no client"):
        call_command("import_contacts", "nobody", tmp_path / "list.csv")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_contacts", "bright-smiles", tmp_path / "list.csv")
    (tmp_path / "list.csv").write_bytes(a_list(*ROWS))
    with pytest.raises(CommandError, match="business associate agreement"):
        call_command("import_contacts", "bright-smiles", tmp_path / "list.csv")


def test_the_bell_carries_ids_and_a_lost_one_is_rung_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    ours, theirs = order(clinic, a_list(*ROWS)), order(rival, a_list(*ROWS[:1]))
    rung: list[tuple[int, int]] = []
    monkeypatch.setattr(load_import, "apply_async", lambda args, **_: rung.append(args))
    assert resume_imports() == 2
    assert rung == [(ours.pk, clinic.pk), (theirs.pk, rival.pk)]
    assert [load_import(*args) for args in rung] == [True, True]
    assert not load_import(ours.pk, clinic.pk)
    assert not load_import(ours.pk, rival.pk)
    assert resume_imports() == 0


@pytest.mark.reliability
@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_an_import_ends_as_if_nothing_had_happened() -> None:
    clinic, twin = people.clinic(), people.rival_clinic()
    rows = [
        [
            str(n),
            f"P{n}",
            f"L{n % 500}",
            f"574-231-{n % 3000:04}",
            f"p{n}@example.org",
            "IN",
            "",
            "2024-01-15",
            "YN"[n % 2],
            "",
        ]
        for n in range(6000)
    ]
    content = a_list(*rows, header=HEADER)
    made = order(clinic, content)
    program = (
        "import django; django.setup(); from consent.importing.loading import load; "
        f"load({made.pk}, {clinic.pk}, chunk=250)"
    )
    kills = 0
    while reread(made).state != Import.State.DONE:
        worker = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "UPLOAD_DIR": _uploads()}
        )
        before, deadline = reread(made).lines_read, time.monotonic() + 120
        while worker.poll() is None and reread(made).lines_read == before and time.monotonic() < deadline:
            time.sleep(0.01 * (1 + kills % 7))
        if worker.poll() is None and kills < 6:
            worker.send_signal(signal.SIGKILL)
            kills += 1
        worker.wait(timeout=120)
    assert kills == 6
    other = order(twin, content)
    load_import(other.pk, twin.pk)
    done, whole = reread(made), reread(other)
    assert (done.taken, done.merged, done.refused) == (whole.taken, whole.merged, whole.refused)
    assert outcomes(made) == outcomes(other)


def _uploads() -> str:
    from django.conf import settings

    return str(settings.UPLOAD_DIR)
