"""Everything a client owns, given back in open formats, to whom it belongs and to nobody else."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse

from compliance.checks import CHECKS
from compliance.models import Policy
from messaging.ending.exporting import NOT_THEIRS, columns, owned_tables, pieces
from messaging.evidence.making import make_pack
from messaging.models import EvidencePack
from tenants import sealing_keys
from tenants.clock import db_now
from tenants.models import Agreement, AuditEvent, Client, ProviderAccount, User
from tenants.scope import acting_for
from tests import people
from tests.messaging.flight import claimed
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db
PAGES = ("ending", "ending_export", "ending_ask", "ending_withdraw", "ending_agree")


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = str(tmp_path)
    return tmp_path


@pytest.fixture
def clinic() -> Client:
    made = people.clinic()
    with acting_for(made.pk):
        jane = people.contact(made, first_name="Jane", phone="+15742319876", email="jane@example.org")
        people.consent(jane)
        paper = base64.b64encode(b"%PDF signed").decode()
        Agreement.objects.filter(pk=people.agreement(made).pk).update(file=paper, file_name="baa.pdf")
        settings = '{"auth_token": "t-1234567890"}'
        ProviderAccount.objects.create(client=made, provider="smtp", account_id="u", settings=settings)
    return made


def files_of(clinic: Client) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces(clinic)))) as made:
        return {name: made.read(name) for name in made.namelist()}


def as_(who: User) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def path(name: str, clinic: Client) -> str:
    return reverse(name, kwargs={"client": clinic.slug})


def test_every_table_is_there_as_csv_and_as_json(clinic: Client) -> None:
    files = files_of(clinic)
    for model in owned_tables():
        assert {f"data/{model._meta.db_table}.csv", f"data/{model._meta.db_table}.jsonl"} <= set(files)
    rows = list(csv.DictReader(io.StringIO(files["data/consent_contactpoint.csv"].decode())))
    assert {row["value"] for row in rows} == {"+15742319876", "jane@example.org"}
    told = [json.loads(line) for line in files["data/consent_contact.jsonl"].decode().splitlines()]
    assert [row["first_name"] for row in told] == ["Jane"]
    assert [files[name] for name in files if name.startswith("files/agreement-")] == [b"%PDF signed"]


def test_the_wording_of_the_policies_that_messages_name_goes_along(clinic: Client) -> None:
    launched(clinic, texts=1)
    claimed(clinic)
    Policy.objects.create(fingerprint="0123456789abcdef", rules=[])  # by which nobody here was judged
    files = files_of(clinic)
    messages = [json.loads(line) for line in files["data/messaging_message.jsonl"].decode().splitlines()]
    named = {name for each in messages for name in (each["evidence"] or {}).get("policy", [])}
    policies = [json.loads(line) for line in files["data/compliance_policy.jsonl"].decode().splitlines()]
    assert len(named) == 1
    assert {each["fingerprint"] for each in policies} == named
    assert {rule["code"] for rule in policies[0]["rules"]} == {check.code for check in CHECKS}


def test_every_file_is_summed_and_the_list_is_signed(clinic: Client) -> None:
    files = files_of(clinic)
    sums = {
        name: digest
        for digest, _, name in (line.partition("  ") for line in files["SHA256SUMS"].decode().splitlines())
    }
    assert sums == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if not name.startswith("SHA256SUMS")
    }
    signature = bytes.fromhex(files["SHA256SUMS.sig"].decode())
    assert sealing_keys.is_signed(files["SHA256SUMS"].decode(), signature, sealing_keys.public_key())


def test_nobody_of_another_client_and_no_secret_is_in_it(clinic: Client) -> None:
    rival = people.rival_clinic()
    with acting_for(rival.pk):
        people.contact(rival, first_name="Rita", phone="+15742319999", email="rita@example.org")
    told = b"".join(files_of(clinic).values())
    assert b"Jane" in told
    for other in (b"Rita", b"+15742319999", b"rita@example.org", b"t-1234567890", people.PASSWORD.encode()):
        assert other not in told


def test_no_column_that_opens_anything_is_in_it() -> None:
    shown = {f"{model._meta.label}.{name}" for model in owned_tables() for name in columns(model)}
    words = ("secret", "password", "settings", "token", "url", "key_hash")
    assert {each for each in shown if any(word in each.rpartition(".")[2] for word in words)} == set()


def test_no_table_of_a_client_is_left_out_by_oversight() -> None:
    """A new table is in it by itself; what is left out has a name that exists."""
    assert {apps.get_model(label)._meta.label for label in NOT_THEIRS} == NOT_THEIRS
    assert len(owned_tables()) > 40


def test_it_is_asked_for_made_and_taken_from_the_pages(clinic: Client) -> None:
    owner = as_(people.olive())
    assert owner.post(path("ending_export", clinic)).status_code == 302
    with acting_for(clinic.pk):
        pack = EvidencePack.objects.get()
    assert make_pack(clinic.pk, pack.pk)
    where = reverse("evidence_file", kwargs={"client": clinic.slug, "pack": pack.pk})
    assert as_(people.alice()).post(where).status_code == 403, "not for the agency's staff"
    answer: Any = owner.post(where)
    assert zipfile.is_zipfile(io.BytesIO(b"".join(answer.streaming_content)))
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="evidence.taken").count() == 1
    page = owner.get(path("evidence", clinic)).content.decode()
    assert "everything, to take along" in page


def test_only_owner_and_compliance_contact_end_an_engagement(clinic: Client) -> None:
    staff, stranger = as_(people.alice()), as_(people.charlie())
    for name in PAGES:
        method = "get" if name == "ending" else "post"
        assert getattr(staff, method)(path(name, clinic)).status_code == 403, name
        assert getattr(stranger, method)(path(name, clinic)).status_code == 404, name


def test_all_of_it_asks_for_a_sign_in_of_the_last_five_minutes(clinic: Client) -> None:
    olive = people.olive()
    browser = as_(olive)
    people.proven(browser, olive, ago=301)
    for name in PAGES[1:]:
        answer = browser.post(path(name, clinic))
        assert answer["Location"].startswith("/accounts/reauthenticate/"), name
    with acting_for(clinic.pk):
        assert not EvidencePack.objects.filter(asked_at__lte=db_now()).exists()
