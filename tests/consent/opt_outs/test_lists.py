"""Lists of opt-outs: everybody in them is never written to, line by line told; the same list again changes nothing."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from consent.importing.decoding import FileRefused
from consent.models import Address, ConsentRecord, OptOutLine, OptOutList, PurposeOptOut, Suppression
from consent.opt_outs import loading
from consent.retention import forget_files
from consent.suppressing import suppress
from tenants.clock import db_now
from tenants.models import AuditEvent, Client
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
JANE = "+15742310611"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def brought(clinic: Client, text: str, **values: Any) -> OptOutList:
    """The list read to its end."""
    with acting_for(clinic.pk):
        made = loading.receive(clinic, [text.encode()], "stops.csv", people.user("Ben"))
        assert loading.order(made, made.mapping, people.user("Ben"))
    assert loading.load(made.pk, clinic.pk, **values)
    with acting_for(clinic.pk):
        made.refresh_from_db()
    return made


def report(clinic: Client, made: OptOutList) -> list[tuple[int, str, str]]:
    with acting_for(clinic.pk):
        rows = OptOutLine.objects.filter(of_list=made).order_by("line")
        return [tuple(row) for row in rows.values_list("line", "outcome", "reason")]


def out(clinic: Client) -> set[tuple[str, str]]:
    with acting_for(clinic.pk):
        return set(Suppression.objects.in_force(db_now()).values_list("channel", "source"))


def is_out(clinic: Client, channel: str, canonical: str) -> bool:
    with acting_for(clinic.pk):
        known = Address.objects.known(channel, canonical)
        return known is not None and Suppression.objects.in_force(db_now()).filter(address=known).exists()


def test_everybody_on_the_list_is_opted_out_whoever_they_are(clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
    made = brought(clinic, "Phone,Email\n(574) 231-0611,\n,gone@EXAMPLE.org\n574.231.0699,both@example.org\n")
    assert (made.state, made.taken, made.known, made.refused) == ("done", 3, 0, 0)
    for channel, address in (
        ("sms", JANE), ("email", "gone@example.org"), ("sms", "+15742310699"), ("email", "both@example.org"),
    ):  # fmt: skip
        assert is_out(clinic, channel, address), address
    assert out(clinic) == {("sms", "import"), ("email", "import")}


def test_each_line_is_told_of_and_a_bad_one_stops_no_other(clinic: Client) -> None:
    lines = ["5742310611,2024-03-07", "12345,", "574-231-0611,", ',"left open', "5742310612,soon"]
    made = brought(clinic, "\n".join(["Mobile,Opt Out Date", *lines, "5742310613,2024-01-02", ""]))
    assert [(line, outcome) for line, outcome, _ in report(clinic, made)] == [
        (2, "taken"), (3, "refused"), (4, "known"), (5, "refused"), (6, "taken"), (7, "taken"),
    ]  # fmt: skip
    said = {line: reason for line, _, reason in report(clinic, made)}
    assert "fewer than ten digits" in said[3]
    assert "quotation mark" in said[5]
    assert "The day could not be read" in said[6]
    assert (made.taken, made.known, made.refused) == (3, 1, 2)


def test_the_same_list_again_changes_nothing(clinic: Client) -> None:
    text = "phone\n5742310611\n5742310612\n"
    brought(clinic, text)
    with acting_for(clinic.pk):
        before = list(Suppression.objects.order_by("pk").values())
    again = brought(clinic, text)
    assert (again.taken, again.known) == (0, 2)
    with acting_for(clinic.pk):
        assert list(Suppression.objects.order_by("pk").values()) == before


def test_a_list_without_names_of_columns_is_read_from_its_first_line(clinic: Client) -> None:
    made = brought(clinic, "5742310611\n5742310612\n")
    assert [line for line, *_ in report(clinic, made)] == [1, 2]
    assert made.taken == 2


def test_a_column_named_for_it_needs_only_one_number_that_can_be_read(clinic: Client) -> None:
    made = brought(clinic, "Mobile Phone\nnone given\nabc\n5742310611\n12\n")
    assert (made.taken, made.refused) == (1, 3)


def test_when_and_how_they_said_it_is_kept_and_nothing_else(clinic: Client) -> None:
    brought(clinic, "Name,Phone,Date,Reason,Diagnosis\nJane Doe,5742310611,3/7/2024,STOP keyword,Caries\n")
    with acting_for(clinic.pk):
        made = Suppression.objects.get()
        assert made.note == "Said no on 2024-03-07. Given as: STOP keyword"
        assert made.since.date() == db_now().date()  # when we knew: no past judgement becomes another one


def test_an_imported_yes_ends_and_what_they_signed_stays_on_record(clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, phone=JANE)
        signed = people.consent(jane)
        imported = ConsentRecord.objects.create(
            client=clinic, contact=jane, address_id=signed.address_id, channel="sms", purpose="care", tier="number_given",
            method=ConsentRecord.Method.IMPORTED,
        )  # fmt: skip
    brought(clinic, f"phone\n{JANE}\n")
    with acting_for(clinic.pk):
        assert ConsentRecord.objects.get(pk=imported.pk).ended_at is not None
        assert ConsentRecord.objects.get(pk=signed.pk).ended_at is None


def test_who_had_said_no_before_is_known_and_a_start_does_not_lift_the_lists_no(clinic: Client) -> None:
    with acting_for(clinic.pk):
        address = Address.objects.resolve("sms", [JANE])[JANE]
        suppress(clinic.pk, address, "sms", Suppression.Source.KEYWORD)
    assert brought(clinic, f"phone\n{JANE}\n").known == 1
    assert out(clinic) == {("sms", "keyword"), ("sms", "import")}


def test_a_killed_worker_goes_on_after_its_last_chunk(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"57423107{n:02}\n" for n in range(10))
    with acting_for(clinic.pk):
        made = loading.receive(clinic, [f"phone\n{lines}".encode()], "stops.csv", people.user("Ben"))
        loading.order(made, made.mapping, people.user("Ben"))
    taken, whole = [], loading._take

    def dies(*given: Any) -> None:
        whole(*given)
        taken.append(1)
        if len(taken) == 2:
            raise RuntimeError

    monkeypatch.setattr(loading, "_take", dies)
    with pytest.raises(RuntimeError):
        loading.load(made.pk, clinic.pk, chunk=4)
    monkeypatch.setattr(loading, "_take", whole)
    with acting_for(clinic.pk):
        made.refresh_from_db()
        assert (made.state, made.lines_read, Suppression.objects.count()) == (
            "failed",
            5,
            4,
        )  # the second chunk went whole
        assert "after line 5" in made.problem
        assert loading.go_on(made, people.user("Ben"))
    assert loading.load(made.pk, clinic.pk, chunk=4)
    with acting_for(clinic.pk):
        made.refresh_from_db()
        assert (made.taken, Suppression.objects.count(), OptOutLine.objects.count()) == (10, 10, 10)


def test_a_chunk_costs_the_same_few_questions_however_many_lines(
    clinic: Client, django_assert_max_num_queries: Any
) -> None:
    lines = "".join(f"5742{n:06},a{n}@example.org\n" for n in range(310_000, 310_500))
    with acting_for(clinic.pk):
        made = loading.receive(clinic, [f"phone,mail\n{lines}".encode()], "stops.csv", people.user("Ben"))
        loading.order(made, made.mapping, people.user("Ben"))
    with django_assert_max_num_queries(50):
        assert loading.load(made.pk, clinic.pk)


@pytest.mark.parametrize("text", ["", "name\nJane\n", "\n\n", "id,city\n1,Bend\n"])
def test_a_file_without_anybody_is_refused_with_a_sentence(clinic: Client, text: str) -> None:
    with acting_for(clinic.pk), pytest.raises(FileRefused):
        loading.receive(clinic, [text.encode()], "stops.csv", people.user("Ben"))


def test_a_covered_client_without_an_agreement_can_bring_none(clinic: Client) -> None:
    Client.objects.filter(pk=clinic.pk).update(covered="covered")
    clinic.refresh_from_db()
    with acting_for(clinic.pk), pytest.raises(FileRefused):
        loading.receive(clinic, [b"phone\n5742310611\n"], "stops.csv", people.user("Ben"))


def test_files_nobody_went_on_with_are_deleted(clinic: Client) -> None:
    with acting_for(clinic.pk):
        made = loading.receive(clinic, [b"phone\n5742310611\n"], "stops.csv", people.user("Ben"))
        OptOutList.objects.filter(pk=made.pk).update(created_at=db_now() - timedelta(days=31))
    assert forget_files(clinic.pk, db_now() - timedelta(days=30)) == 1
    with acting_for(clinic.pk):
        made.refresh_from_db()
        assert made.stored_as == ""


# -- pages ------------------------------------------------------------------------------------------


def bring(client: Any, clinic: Client, text: str) -> Any:
    file = SimpleUploadedFile("stops.csv", text.encode())
    return client.post(f"/c/{clinic.slug}/opt-outs/bring/", {"file": file})


def test_nobody_is_opted_out_before_the_columns_were_looked_at(client: Any, clinic: Client) -> None:
    people.sign_in(client, people.bob(clinic))
    answer = bring(client, clinic, "Name,Cell\nJane Doe,5742310611\n")
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "Opt them out for good" in page
    assert "5742310611" in page
    assert "Jane Doe" not in page  # a column that is left out is not shown
    assert out(clinic) == set()
    assert client.post(answer["Location"] + "go/", {"column-0": "", "column-1": ""}).status_code == 422
    assert client.post(answer["Location"] + "go/", {"column-1": "phone"}).status_code == 302
    with acting_for(clinic.pk):
        assert (made := OptOutList.objects.get()).state == "queued"
    assert "Waiting for a worker" in client.get(answer["Location"]).content.decode()
    loading.load(made.pk, clinic.pk)
    assert "Opted out" in client.get(answer["Location"]).content.decode()
    csv_report = b"".join(client.post(answer["Location"] + "report/").streaming_content).decode()
    assert ("2,taken," in csv_report, "0611" in csv_report) == (True, False)


def test_a_file_can_be_deleted_before_anything_was_taken(client: Any, clinic: Client) -> None:
    people.sign_in(client, people.alice())
    there = bring(client, clinic, "phone\n5742310611\n")["Location"]
    with TestCase.captureOnCommitCallbacks() as kept:
        client.post(there + "discard/")
    assert len(kept) == 1, "its file goes once the row says so for good"
    client.post(there + "go/", {"column-0": "phone"})
    with acting_for(clinic.pk):
        assert OptOutList.objects.get().state == "discarded"


def test_the_list_is_given_back_with_the_address_or_its_hash(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, phone=JANE, email="jane@example.org")
        mail = jane.points.get(channel="email").address_id
        PurposeOptOut.objects.create(client=clinic, address_id=mail, channel="email", purpose="marketing")
    brought(clinic, f"phone,email\n{JANE},\n,=cmd@example.org\n")
    people.sign_in(client, people.bob(clinic))
    text = b"".join(client.post(f"/c/{clinic.slug}/opt-outs/file/").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["address"], bool(row["keyed hash"]), row["only for"]) for row in rows] == [
        (JANE, False, ""),
        ("", True, ""),
        ("jane@example.org", False, "Marketing"),
    ]
    with acting_for(clinic.pk):
        assert AuditEvent.objects.get(verb="opt_outs.exported").detail == {"rows": 3}


def test_taking_the_list_asks_for_a_fresh_sign_in(client: Any, clinic: Client) -> None:
    bob = people.bob(clinic)
    people.sign_in(client, bob)
    people.proven(client, bob, ago=600)
    answer = client.post(f"/c/{clinic.slug}/opt-outs/file/")
    assert "reauthenticate" in answer["Location"]


def test_names_in_the_list_are_masked_for_the_agency(client: Any, clinic: Client) -> None:
    with acting_for(clinic.pk):
        people.contact(clinic, phone=JANE)
    brought(clinic, f"phone\n{JANE}\n")
    people.sign_in(client, people.alice())
    page = client.get(f"/c/{clinic.slug}/opt-outs/").content.decode()
    assert "Names and addresses are masked" in page
    assert "Jane Doe" not in page


def test_the_front_desk_looks_on(client: Any, clinic: Client) -> None:
    brought(clinic, "phone\n5742310611\n")
    people.sign_in(client, people.fred(clinic))
    assert "Opted out of texts on" in client.get(f"/c/{clinic.slug}/opt-outs/").content.decode()
    assert bring(client, clinic, "phone\n5742310612\n").status_code == 403
    assert client.post(f"/c/{clinic.slug}/opt-outs/file/").status_code == 403


def test_a_stranger_brings_and_takes_nothing(client: Any, clinic: Client) -> None:
    made = brought(clinic, "phone\n5742310611\n")
    people.sign_in(client, people.charlie())
    rival = people.rival_clinic()
    for slug in (clinic.slug, rival.slug):
        assert client.get(f"/c/{slug}/opt-outs/lists/{made.pk}/").status_code == 404
        assert client.post(f"/c/{slug}/opt-outs/lists/{made.pk}/report/").status_code == 404
    assert bring(client, clinic, "phone\n5742310612\n").status_code == 404
    assert client.post(f"/c/{clinic.slug}/opt-outs/file/").status_code == 404
    taken = b"".join(client.post(f"/c/{rival.slug}/opt-outs/file/").streaming_content)
    assert taken.count(b"\n") == 1
