"""Files at each door: a list with nasty cells goes in and comes out as it was; what is no list or document is refused."""

from __future__ import annotations

import csv
import io
import zipfile
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import Approval
from consent.models import ConsentRecord, Contact, Import
from tenants.csv_export import safe_cell
from tenants.models import Agreement, AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import a_list, import_list
from tests.hostile import strings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path / "uploads")
    return tmp_path / "uploads"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def olive(clinic: Client) -> Browser:
    browser: Browser = people.sign_in(Browser(), people.olive())
    return browser


def office(*members: tuple[str, bytes]) -> bytes:
    """A workbook of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", b"<workbook/>"),
            *members,
        ):
            file.writestr(name, content)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_LISTS = {
    "plain.xlsx": office(),
    "renamed.csv": office(),
    "macro.xlsm": office(("xl/vbaProject.bin", b"Sub Auto_Open()")),
    "link.xlsx": office(("xl/externalLinks/externalLink1.xml", b'<x Target="file:///etc/passwd"/>')),
    "bomb.xlsx": office(("xl/worksheets/sheet1.xml", bytes(5_000_000))),
    "slip.zip": office(("../../../etc/cron.d/evil", b"* * * * * root id")),
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "vector.svg": SVG,
    "declared.csv": b"<?xml version='1.0'?>" + SVG,
    "page.csv": b"<!doctype html><script>alert(1)</script>",
    "document.csv": b"%PDF-1.7\nFirst name,Email\nJane,jane@example.org\n",
    "packed.csv": b"\x1f\x8b\x08\x00" + bytes(500),
    "program.csv": b"MZ\x90\x00" + bytes(500),
}


@pytest.mark.parametrize("name", NO_LISTS)
def test_what_is_no_list_is_refused_with_what_to_do(
    clinic: Client, olive: Browser, uploads: Path, name: str
) -> None:
    file = SimpleUploadedFile(name, NO_LISTS[name], content_type="text/csv")
    answer = olive.post(reverse("import_new", args=[clinic.slug]), {"file": file})
    assert answer.status_code == 422
    assert answer.context["problem"].endswith(".")
    with acting_for(clinic.pk):
        assert not Import.objects.exists()
    assert not list(uploads.glob("*"))


def test_the_command_refuses_the_same(clinic: Client, tmp_path: Path) -> None:
    for name, content in NO_LISTS.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CommandError):
            call_command("import_contacts", clinic.slug, tmp_path / name)


def test_what_is_no_document_is_not_filed(clinic: Client, olive: Browser) -> None:
    given = {"kind": "client", "parties": "One and Two", "signed_on": "2026-01-05"}
    refused = {
        name: content for name, content in NO_LISTS.items() if content[:4] not in (b"\x89PNG", b"%PDF")
    }
    for name, content in refused.items():
        file = SimpleUploadedFile(name.split(".")[0] + ".pdf", content, content_type="application/pdf")
        answer = olive.post(reverse("agreement_new", args=[clinic.slug]), given | {"file": file})
        assert answer.status_code == 422, name
        assert "no PDF, PNG or JPEG" in answer.content.decode(), name
    with acting_for(clinic.pk):
        assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\r\nSet-Cookie: x=1.pdf", 'a".html', "<script>.pdf", "x" * 300]
)
def test_a_document_is_taken_down_again_as_nothing_but_a_document(
    clinic: Client, olive: Browser, name: str
) -> None:
    file = SimpleUploadedFile(name, b"%PDF-1.7\n<script>alert(31337)</script>", content_type="text/html")
    given = {"kind": "client", "parties": "One and Two", "signed_on": "2026-01-05", "file": file}
    assert olive.post(reverse("agreement_new", args=[clinic.slug]), given).status_code == 302
    with acting_for(clinic.pk):
        filed = Agreement.objects.get()
    answer = olive.get(reverse("agreement_file", args=[clinic.slug, filed.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "Set-Cookie" not in answer.headers
    assert "/" not in filed.file_name
    page = olive.get(reverse("readiness", args=[clinic.slug])).content.decode()
    assert "<script>.pdf" not in page


CELLS = [
    *strings.TEMPLATES, *strings.MARKUP, "=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", '=cmd|"/C calc"!A0', '"quoted", and; more',
    "O'Neil-Smith", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L", "👩‍👩‍👧‍👦 🏳️‍🌈", "𝒥𝒶𝓃𝑒", "محمد", "' OR 1=1--", "Robert'); DROP TABLE Students;--", "\\N", "null",
    "NaN", "1e999", "../../etc/passwd", "%00", "ﷺ" * 12,
]  # fmt: skip


def exported(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_imported_is_stored_shown_and_exported_as_it_was(clinic: Client, olive: Browser) -> None:
    rows = [
        [str(n), name, "Doe", f"574-231-{n:04}", f"n{n}@example.org", "IN", "46601", "2024-01-02", "", ""]
        for n, name in enumerate(CELLS, 1)
    ]
    import_list(clinic, a_list(*rows))
    with acting_for(clinic.pk):
        stored = {each.external_id: each for each in Contact.objects.all()}
    assert {key: each.first_name for key, each in stored.items()} == {
        str(n): name for n, name in enumerate(CELLS, 1)
    }
    people.in_clear(olive, clinic)
    shown = olive.get(reverse("contacts", args=[clinic.slug])).content.decode()
    assert strings.ran(shown) == []
    assert escape(CELLS[-1]) in shown
    lines = exported(olive.post(reverse("contacts_file", args=[clinic.slug])))
    assert sorted(line["first name"] for line in lines) == sorted(map(safe_cell, CELLS))
    assert not [line for line in lines for cell in line.values() if cell.startswith(tuple("=+-@＝"))]


def test_columns_that_name_our_inner_workings_decide_nothing(clinic: Client) -> None:
    rival = people.rival_clinic()
    header = [
        "First name",
        "Cell",
        "tenant_id",
        "client_id",
        "id",
        "approved_by",
        "is_staff",
        "consent_at",
        "opted_out_by",
    ]
    import_list(
        clinic,
        a_list(
            ["Jane", "574-231-0001", str(rival.pk), str(rival.pk), "7", "1", "true", "2020-01-01", ""],
            header=header,
        ),
    )
    with acting_for(clinic.pk):
        jane = Contact.objects.get()
        assert jane.external_id == ""
        assert not ConsentRecord.objects.exists()
        assert not Approval.objects.exists()
    with acting_for(rival.pk):
        assert not Contact.objects.exists()


def test_every_file_that_can_be_taken_is_disarmed(clinic: Client, olive: Browser) -> None:
    """The reasons, people, report and pack files are held beside their pages; here the contacts and the records."""
    from tenants import audit

    with acting_for(clinic.pk):
        for formula in strings.FORMULAS:
            people.contact(
                clinic, first_name=formula, last_name=formula, segment=formula[:20], phone=people.a_phone()
            )
            audit.record("campaign.edited", formula, client_id=clinic.pk, note=formula)
    for door in ("contacts_file", "records_file"):
        lines = exported(olive.post(reverse(door, args=[clinic.slug])))
        assert len(lines) >= len(strings.FORMULAS)
        for line in lines:
            for cell in line.values():
                assert cell == safe_cell(cell) or cell.startswith("'"), door
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="contact.exported").exists()
