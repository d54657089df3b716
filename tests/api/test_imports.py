"""A list that a client's own system brings: attested, read by the worker as from the page, told line by line, nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from consent.importing.loading import load
from consent.models import Contact, Import
from tenants.models import Agreement, AuditEvent, Client
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db
LIST = b"First Name,Mobile,State,Procedure\nJane,574-231-0611,IN,Crown\nJim,12,IN,Crown\nAnn,574-231-0612,IN,Crown\n"
URL = "imports/?attested=yes"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def caller(clinic: Client) -> Caller:
    return Caller(clinic)


def brought(
    caller: Caller, body: bytes = LIST, url: str = URL, *, key: str = "list-1", kind: str = "text/csv"
) -> Any:
    headers = {"authorization": f"Bearer {caller.secret}", "idempotency-key": key}
    return caller.browser.post(f"/api/v1/{url}", data=body, content_type=kind, headers=headers)


def test_a_list_is_taken_in_as_from_the_page_with_its_report_line_by_line(
    clinic: Client, caller: Caller, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("consent.api.imports.ring", lambda task, **given: rung.append((task, given)))
    with django_capture_on_commit_callbacks(execute=True):
        answer = brought(caller)
    told = answer.json()
    assert (answer.status_code, told["state"], told["taken"]) == (202, "queued", 0)
    assert rung == [("consent.tasks.load_import", {"import_id": told["id"], "client_id": clinic.pk})]
    assert [each["field"] for each in told["columns"]] == ["first_name", "phone", "state", ""]
    assert load(told["id"], clinic.pk)
    one = caller.get(f"imports/{told['id']}/").json()
    assert (one["state"], one["taken"], one["refused"]) == ("done", 2, 1)
    url = f"imports/{told['id']}/lines/?limit=2"
    page = caller.get(url).json()
    rest = caller.get(f"{url}&after={page['next']}").json()
    lines = page["results"] + rest["results"]
    assert [(each["line"], each["outcome"]) for each in lines] == [(2, "taken"), (3, "refused"), (4, "taken")]
    assert rest["next"] is None
    (refused,) = caller.get(f"imports/{told['id']}/lines/?outcome=refused").json()["results"]
    assert refused["reason"]
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 2
        made = Import.objects.get()
        assert (made.attested_by, made.file_name) == (caller.token.made_by, "CRM.csv")
        assert AuditEvent.objects.filter(verb="list.brought_by_api").count() == 1


def test_the_same_request_again_brings_it_once(clinic: Client, caller: Caller) -> None:
    first, again = brought(caller), brought(caller)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again["Idempotent-Replay"] == "true"
    with acting_for(clinic.pk):
        assert Import.objects.count() == 1


def test_columns_are_named_where_the_guess_is_not_right(caller: Caller) -> None:
    columns = quote(json.dumps({"First Name": "", "Procedure": "segment"}))
    told = brought(caller, url=f"{URL}&columns={columns}").json()
    assert [each["field"] for each in told["columns"]] == ["", "phone", "state", "segment"]


@pytest.mark.parametrize(
    "body, url, says",
    [
        (LIST, "imports/", "Say yes: the client gave this list"),
        (LIST, URL + "&colums=x", "There is no such parameter"),
        (LIST, URL + "&columns=[1]", "A JSON object"),
        (LIST, URL + "&columns=" + quote('{"Phone": "diagnosis"}'), "A JSON object"),
        (LIST, URL + "&columns=" + quote('{"Doe": "phone"}'), "The file has no such column."),
        (LIST, URL + "&columns=" + quote('{"Mobile": ""}'), "nobody could be contacted"),
        (b"Jane,574-231-0611\n", URL, "looks like a person"),
        (b"", URL, ""),
        (b"PK\x03\x04" + b"\0" * 99, URL, ""),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_and_leaves_nothing(
    clinic: Client, caller: Caller, settings: Any, tmp_path: Path, body: bytes, url: str, says: str
) -> None:
    settings.UPLOAD_DIR = tmp_path
    answer = brought(caller, body, url)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "Doe" not in answer.content.decode()
    with acting_for(clinic.pk):
        assert not Import.objects.exists()
    assert list(tmp_path.rglob("*.upload")) == []


def test_no_other_kind_nothing_too_large_and_nothing_without_its_scope(
    clinic: Client, caller: Caller, settings: Any
) -> None:
    assert brought(caller, kind="application/json").status_code == 415
    assert brought(Caller(clinic, "contacts:write", "imports:read")).status_code == 403
    assert Caller(clinic, "imports:write").get("imports/").status_code == 403
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(LIST) - 1
    assert brought(caller).status_code == 413


def test_a_covered_client_without_its_agreement_is_sent_away(clinic: Client, caller: Caller) -> None:
    Client.objects.filter(pk=clinic.pk).update(covered=Client.Covered.COVERED)
    with acting_for(clinic.pk):
        Agreement.objects.all().delete()
    answer = brought(caller)
    assert answer.status_code == 403
    assert "business associate agreement" in answer.json()["detail"]


def test_a_rivals_key_meets_none_of_it(caller: Caller) -> None:
    ident = brought(caller).json()["id"]
    rival = Caller(people.rival_clinic())
    assert rival.get(f"imports/{ident}/").status_code == 404
    assert rival.get(f"imports/{ident}/lines/").status_code == 404
    assert rival.get("imports/").json()["results"] == []
