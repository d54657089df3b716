"""Bringing a list in by the pages: columns guessed, what would happen, progress, report; a covered client only under agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.test import TestCase
from django.urls import reverse

from consent.importing.loading import load
from consent.models import Contact, ContactPoint, Import, Suppression, Touch
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import import_list, order

pytestmark = pytest.mark.django_db

LIST = (
    "Patient ID,First Name,Last Name,Cell Phone,E-mail,DOB,Diagnosis,OK to text?\n"
    "1,Jane,Doe,(574) 231-0611,jane@example.org,1980-01-02,Caries,Yes\n"
    "2,Joe,Roe,574-231-0612,,1981-01-02,,STOP\n"
    "3,Ann,Poe,not a phone,,,,\n"
)


@pytest.fixture
def clinic() -> Any:
    return people.clinic()


@pytest.fixture
def browser(client: Browser) -> Any:
    return people.sign_in(client, people.alice())


def page(clinic: Client, name: str = "import_new", **kwargs: Any) -> str:
    return reverse(name, kwargs={"client": clinic.slug} | kwargs)


def upload(browser: Browser, clinic: Client, text: str | bytes = LIST) -> Any:
    body = text.encode() if isinstance(text, str) else text
    return browser.post(page(clinic), {"file": SimpleUploadedFile("list.csv", body)})


def uploaded(clinic: Client) -> Import:
    with acting_for(clinic.pk):
        made: Import = Import.objects.get()
    return made


def everything(made: Import) -> dict[str, str]:
    return {f"column-{at}": field for at, field in enumerate(made.mapping["fields"])} | {"attest": "1"}


def test_a_file_is_read_and_its_columns_are_guessed_before_anything_is_taken(
    browser: Browser, clinic: Client
) -> None:
    there = upload(browser, clinic)["Location"]
    answer = browser.get(there)
    text = answer.content.decode()
    assert "<s>Diagnosis</s>" in text
    assert "Adult" in text or "birth" in text.lower()
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 0
    assert (answer.context["dry"].taken, answer.context["dry"].refused) == (2, 1)
    assert answer.context["dry"].opted_out == {"sms": 1, "email": 0}
    assert "Caries" not in text  # what is left out is not shown either
    assert "jane@example.org" in text
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="contact.list_viewed").detail["page"] == "import_columns"
    viewer = people.sign_in(Browser(), people.member("Vera", Role.VIEWER, client=clinic))
    assert "jane@example.org" not in viewer.get(there).content.decode(), "who chooses nothing needs no names"


def test_columns_can_be_changed_and_looked_at_again(browser: Browser, clinic: Client) -> None:
    upload(browser, clinic)
    made = uploaded(clinic)
    chosen = everything(made) | {"column-3": "", "day_first": "1"}
    answer = browser.get(browser.post(page(clinic, "import_columns", import_id=made.pk), chosen)["Location"])
    assert "<s>Cell Phone</s>" in answer.content.decode()
    assert (answer.context["dry"].taken, answer.context["dry"].texts, answer.context["dry"].refused) == (
        1,
        0,
        2,
    )
    assert uploaded(clinic).mapping["day_first"] is True
    wrong = browser.post(
        page(clinic, "import_columns", import_id=made.pk), {"column-1": "phone", "column-2": "phone"}
    )
    assert wrong.status_code == 422


def test_the_rehearsal_tells_whom_we_know_and_writes_nothing(browser: Browser, clinic: Client) -> None:
    import_list(clinic, LIST.encode())
    upload(browser, clinic)
    with acting_for(clinic.pk):
        before, made = Contact.objects.count(), Import.objects.order_by("pk").last()
    answer = browser.get(page(clinic, "import", import_id=made.pk))
    assert (answer.context["dry"].taken, answer.context["dry"].merged, answer.context["dry"].whole) == (
        0,
        2,
        True,
    )
    with acting_for(clinic.pk):
        assert Contact.objects.count() == before


def test_an_upload_whose_file_is_lost_can_still_be_opened_and_deleted(
    browser: Browser, clinic: Client, uploads_dir: Path
) -> None:
    upload(browser, clinic)
    for file in uploads_dir.iterdir():
        file.unlink()
    made = uploaded(clinic)
    assert "no longer here" in browser.get(page(clinic, "import", import_id=made.pk)).content.decode()
    assert browser.post(page(clinic, "import_discard", import_id=made.pk)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_an_import_that_stopped_goes_on_where_it_stopped(
    browser: Browser, clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order(clinic, LIST.encode())
    with monkeypatch.context() as patch:
        patch.setattr("consent.importing.households.unite", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load(made.pk, clinic.pk)
    told = browser.get(page(clinic, "import", import_id=made.pk)).content.decode()
    assert "The import stopped" in told
    assert "Go on after line 0" in told
    rung: list[str] = []
    monkeypatch.setattr("consent.import_pages.ring", lambda task, **_: rung.append(task))
    browser.post(page(clinic, "import_go_on", import_id=made.pk))
    assert rung == ["consent.tasks.load_import"]
    assert load(made.pk, clinic.pk)
    assert uploaded(clinic).state == "done"


def test_an_import_can_be_undone_until_somebody_was_written_to(browser: Browser, clinic: Client) -> None:
    made, late = import_list(clinic, LIST.encode()), import_list(clinic, b"email\nzoe@example.org\n")
    with acting_for(clinic.pk):
        point = ContactPoint.objects.get(contact__made_by_import=late)
        Touch.objects.create(
            client=clinic,
            address_id=point.address_id,
            household=1,
            channel="email",
            purpose="recall",
            at=db_now(),
            message_id=1,
        )
    for each, state, offered in ((made, "undone", True), (late, "done", False)):
        shown = browser.get(page(clinic, "import", import_id=each.pk)).content.decode()
        assert (page(clinic, "import_undo", import_id=each.pk) in shown) is offered
        browser.post(page(clinic, "import_undo", import_id=each.pk))
        with acting_for(clinic.pk):
            assert Import.objects.get(pk=each.pk).state == state
    with acting_for(clinic.pk):
        assert Suppression.objects.in_force(db_now()).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_list_goes_in_and_every_line_is_reported(browser: Browser, clinic: Client) -> None:
    upload(browser, clinic)
    made = uploaded(clinic)
    answer = browser.post(page(clinic, "import_go", import_id=made.pk), everything(made))
    assert browser.get(answer["Location"]).context["made"].state == "queued"
    assert load(made.pk, clinic.pk)
    progress = browser.get(page(clinic, "import_progress", import_id=made.pk))
    assert progress["HX-Refresh"] == "true"
    assert "231-0611" not in browser.get(page(clinic, "import", import_id=made.pk)).content.decode(), "masked"
    people.in_clear(browser, clinic)
    report = browser.get(page(clinic, "import", import_id=made.pk)).content.decode()
    assert "(574) 231-0611" in report
    assert "not a phone" not in report
    file: Any = browser.post(page(clinic, "import_report", import_id=made.pk))
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines[0].lstrip("\ufeff") == "line,outcome,reason,phone,email"
    assert [line.split(",")[1] for line in lines[1:]] == ["taken", "taken", "refused"]
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 2
        assert Suppression.objects.get().source == "import"
        assert AuditEvent.objects.filter(verb="list.report_taken").exists()


def test_without_the_word_that_the_list_was_not_bought_nothing_is_queued(
    browser: Browser, clinic: Client
) -> None:
    upload(browser, clinic)
    made = uploaded(clinic)
    answer = browser.post(page(clinic, "import_go", import_id=made.pk), everything(made) | {"attest": ""})
    assert answer.status_code == 422
    assert "not bought" in answer.content.decode()
    assert uploaded(clinic).state == "uploaded"


def test_two_columns_for_one_field_are_refused_and_the_choices_kept(browser: Browser, clinic: Client) -> None:
    upload(browser, clinic)
    made = uploaded(clinic)
    answer = browser.post(
        page(clinic, "import_go", import_id=made.pk), everything(made) | {"column-2": "first_name"}
    )
    assert answer.status_code == 422
    assert answer.context["columns"][2]["chosen"] == "first_name"
    assert uploaded(clinic).state == "uploaded"


@pytest.mark.parametrize("body", [b"PK\x03\x04not a csv", b"", b"%PDF-1.7"])
def test_a_file_that_is_no_list_is_refused_in_a_sentence(
    browser: Browser, clinic: Client, body: bytes
) -> None:
    answer = upload(browser, clinic, body)
    assert answer.status_code == 422
    assert answer.context["problem"].endswith(".")


def test_a_covered_client_without_an_agreement_cannot_upload(
    browser: Browser, clinic: Client, uploads_dir: Path
) -> None:
    Client.objects.update(covered="covered")
    assert "business associate agreement" in browser.get(page(clinic)).content.decode()
    assert upload(browser, clinic).status_code == 422
    assert not list(uploads_dir.glob("*"))
    with acting_for(clinic.pk):
        people.agreement(clinic)
    assert upload(browser, clinic).status_code == 302


def test_an_upload_can_be_thrown_away(browser: Browser, clinic: Client, uploads_dir: Path) -> None:
    upload(browser, clinic)
    with TestCase.captureOnCommitCallbacks(execute=True):
        browser.post(page(clinic, "import_discard", import_id=uploaded(clinic).pk))
        assert list(uploads_dir.glob("*")), "a rollback would leave a row without its file"
    assert not list(uploads_dir.glob("*"))
    assert uploaded(clinic).state == "undone"


def test_the_list_of_imports_costs_the_same_however_many(
    browser: Browser, clinic: Client, django_assert_max_num_queries: Any
) -> None:
    with acting_for(clinic.pk):
        for number in range(30):
            Import.objects.create(
                client=clinic, file_name=f"{number}.csv", file_sha256="0" * 64, state="done"
            )
    with django_assert_max_num_queries(16):
        assert browser.get(page(clinic, "imports")).status_code == 200


def test_a_stranger_meets_nothing(client: Browser, clinic: Client) -> None:
    stranger = people.sign_in(client, people.charlie())
    assert stranger.get(page(clinic)).status_code == 404
    assert stranger.get(page(clinic, "imports")).status_code == 404
    assert upload(stranger, clinic).status_code == 404
