"""A list becomes contacts, addresses, opt-outs and consents: once, whole, and the same however often."""

from __future__ import annotations

import gc
import itertools
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, OperationalError, connection

from consent.importing import loading, uploads
from consent.importing.decoding import FileRefused
from consent.importing.loading import load
from consent.importing.receiving import may_import, receive
from consent.models import Address, ConsentRecord, Contact, ContactPoint, Import, ImportRow, Suppression, Tier
from consent.suppressing import suppress
from tenants import statistics
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel, Client, Location
from tenants.scope import acting_for
from tests import people
from tests.consent.importing.lists import (
    HEADER,
    TEN_THOUSAND,
    a_list,
    import_list,
    order,
    outcomes,
    reread,
    truth,
)  # fmt: skip

pytestmark = pytest.mark.django_db

JANE = ["1", "Jane", "Doe", "574-231-0001", "jane@example.org", "IN", "46601", "2024-01-15", "", ""]
BOB = ["2", "Bob", "Ray", "574-231-0002", "bob@example.org", "IN", "46601", "2023-06-01", "", ""]
MODELS: tuple[Any, ...] = (Contact, ContactPoint, ConsentRecord, Suppression)
GUARDIANS = [*HEADER, "DOB", "Guarantor ID", "Office", "Deceased"]


def row(base: list[str], **changes: str) -> list[str]:
    """A line like another one, but for these columns (blanks written as _)."""
    cells = dict(zip(HEADER, base, strict=True))
    for name, value in changes.items():
        cells[
            {
                "id": "Patient ID",
                "first": "First Name",
                "last": "Last Name",
                "phone": "Cell",
                "email": "E-mail",
                "state": "State",
                "zip": "ZIP",
                "visit": "Last Visit",
                "text": "OK to text?",
                "mail": "OK to email?",
            }[name]
        ] = value
    return list(cells.values())  # fmt: skip


def everything(client: Client) -> dict[str, list[dict[str, Any]]]:
    """All facts of a client that an import may touch, except the report of each import."""
    with acting_for(client.pk):
        return {
            model.__name__: [
                {field.attname: getattr(each, field.attname) for field in model._meta.concrete_fields}
                for each in model.objects.order_by("pk")
            ]
            for model in MODELS
        }


def only(client: Client, **wanted: Any) -> Contact:
    with acting_for(client.pk):
        found: Contact = Contact.objects.get(**wanted)
    return found


def addresses(contact: Contact) -> dict[str, str]:
    with acting_for(contact.client_id):
        points = ContactPoint.objects.filter(contact=contact, ended_at=None)
        return {point.channel: point.value for point in points}


def suppressed(client: Client) -> set[str]:
    """Addresses in clear whose suppression is in force."""
    with acting_for(client.pk):
        out = Suppression.objects.in_force(db_now()).values_list("address", flat=True)
        return {point.value for point in ContactPoint.objects.filter(address__in=out)}


@pytest.mark.django_db(transaction=True)  # as a worker runs it: addresses are made on a second connection
def test_the_ten_thousand_come_to_exactly_what_is_true() -> None:
    clinic = people.clinic()
    made = import_list(clinic, TEN_THOUSAND.read_bytes(), chunk=3000)
    assert made.state == Import.State.DONE
    with acting_for(clinic.pk):
        rows = {each.line: each for each in ImportRow.objects.all()}
    wanted = truth()
    assert {line: (each.phone, each.email) for line, each in rows.items()} == {
        line: (each["phone_e164"], each["email_normalised"]) for line, each in wanted.items()
    }
    reachable = {line for line, each in wanted.items() if each["phone_e164"] or each["email_normalised"]}
    assert {line for line, each in rows.items() if each.outcome == "refused"} == set(wanted) - reachable
    again = {line for line in reachable if wanted[line]["note"] == "again"}
    merged = {line for line, each in rows.items() if each.outcome == "merged"}
    assert merged == again
    assert made.taken + made.merged + made.refused == 10_000 == len(rows)
    assert (made.taken, made.merged) == (len(reachable - merged), len(merged))
    _households_are_two_contacts_and_one_address(clinic, rows)


def _households_are_two_contacts_and_one_address(clinic: Client, rows: dict[int, ImportRow]) -> None:
    by_phone: dict[str, set[int]] = {}
    for each in rows.values():
        if each.phone and each.contact_id:
            by_phone.setdefault(each.phone, set()).add(each.contact_id)
    homes = {rows[line].phone for line, each in truth().items() if each["note"] == "household"} - {""}
    shared = [by_phone[phone] for phone in homes if len(by_phone[phone]) > 1]
    assert len(shared) > 150  # a few share only with somebody whose number nobody can read
    with acting_for(clinic.pk):
        household = dict(Contact.objects.values_list("pk", "household"))
        points = ContactPoint.objects.filter(channel="sms").values_list("contact", "address")
        address = dict(points)
    for together in shared:
        assert {household[pk] for pk in together} == {min(household[pk] for pk in together)}
        assert len({address[pk] for pk in together}) == 1


def test_importing_the_same_list_again_changes_nothing() -> None:
    clinic = people.clinic()
    raw = b"".join(TEN_THOUSAND.read_bytes().splitlines(keepends=True)[:2000])
    first = import_list(clinic, raw)
    before = everything(clinic)
    made = import_list(clinic, raw, chunk=700)
    assert everything(clinic) == before
    assert (made.taken, made.merged, made.refused) == (0, first.taken + first.merged, first.refused)


@pytest.mark.parametrize("cell", ["N", "No", "STOP", "UNSUB", "unsubscribed"])
def test_any_negative_is_an_opt_out_on_its_channel(cell: str) -> None:
    clinic = people.clinic()
    import_list(clinic, a_list(row(JANE, text=cell), row(BOB, mail=cell)))
    assert suppressed(clinic) == {"+15742310001", "bob@example.org"}
    with acting_for(clinic.pk):
        assert set(Suppression.objects.values_list("source", flat=True)) == {"import"}
        assert not ConsentRecord.objects.exists()


def test_blank_is_not_known_and_yes_is_an_unproven_record() -> None:
    clinic = people.clinic()
    import_list(clinic, a_list(row(JANE, text="Y", mail="yes"), BOB))
    with acting_for(clinic.pk):
        assert not Suppression.objects.exists()
        records = list(ConsentRecord.objects.order_by("channel", "purpose"))
        assert {each.contact.external_id for each in records} == {"1"}
    assert [(each.channel, each.purpose) for each in records] == [
        ("email", "marketing"),
        ("sms", "care"),
        ("sms", "recall"),
    ]
    assert {(each.tier, each.method) for each in records} == {(Tier.NUMBER_GIVEN, "imported")}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("chunk", [1, 10])
def test_when_rows_of_one_person_meet_the_no_wins(first: bool, chunk: int) -> None:
    clinic = people.clinic()
    rows = [row(JANE, text="Y"), row(JANE, text="N", visit="2019-01-01")]
    import_list(clinic, a_list(*(rows if first else rows[::-1])), chunk=chunk)
    assert suppressed(clinic) == {"+15742310001"}
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.in_force(db_now()).exists()


@pytest.mark.parametrize("chunk", [1, 10])
def test_a_no_for_an_address_speaks_for_everybody_who_shares_it(chunk: int) -> None:
    clinic = people.clinic()
    jim = row(JANE, id="3", first="Jim", email="jim@example.org", text="STOP")
    import_list(clinic, a_list(row(JANE, text="Y"), jim), chunk=chunk)
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 2
        assert not ConsentRecord.objects.in_force(db_now()).exists()
        assert Suppression.objects.count() == 1


def test_an_import_never_lifts_an_opt_out() -> None:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        spot = Address.objects.resolve(Channel.SMS, ["+15742310001"])["+15742310001"]
        suppress(clinic.pk, spot, Channel.SMS, Suppression.Source.KEYWORD)
    import_list(clinic, a_list(row(JANE, id="99", phone="(574) 231 0001", text="Y")))
    assert suppressed(clinic) == {"+15742310001"}
    with acting_for(clinic.pk):
        assert Suppression.objects.count() == 1
        assert not ConsentRecord.objects.filter(channel="sms").exists()


def test_a_list_brings_back_no_consent_that_was_taken_back() -> None:
    clinic = people.clinic()
    import_list(clinic, a_list(row(JANE, text="Y")))
    with acting_for(clinic.pk):
        ConsentRecord.objects.filter(ended_at=None).end(db_now())
    import_list(clinic, a_list(row(JANE, text="Y")))
    with acting_for(clinic.pk):
        assert not ConsentRecord.objects.filter(ended_at=None).exists()


def test_the_same_number_is_the_same_person_and_the_latest_visit_wins() -> None:
    clinic = people.clinic()
    import_list(
        clinic,
        a_list(
            row(JANE, visit="2022-01-01", state="TN", zip="37201", last="Miller", email=""),
            row(JANE, visit="2024-01-15", last="Doe", state="IN"),
            row(JANE, visit="2020-01-01", last="Older", email="older@example.org", phone="574-231-0099"),
        ),
    )
    jane = only(clinic)
    assert (jane.name, jane.last_visit, jane.state) == ("Jane Doe", date(2024, 1, 15), "IN")
    assert addresses(jane) == {"sms": "+15742310001", "email": "jane@example.org"}
    assert "TN/" in jane.window_key
    assert "IN/" in jane.window_key


def test_a_blank_never_erases_and_a_later_list_brings_up_to_date() -> None:
    clinic = people.clinic()
    header = [*HEADER, "Recall Type"]
    import_list(clinic, a_list([*JANE, "Hygiene recall"], header=header))
    made = import_list(
        clinic, a_list([*row(JANE, state="", visit="2025-02-01", last="Smith"), ""], header=header)
    )
    jane = only(clinic)
    assert (jane.name, jane.state, jane.segment, jane.last_visit) == (
        "Jane Smith",
        "IN",
        "Hygiene recall",
        date(2025, 2, 1),
    )
    assert outcomes(made) == {2: "merged"}


def test_the_same_name_at_the_same_addresses_is_the_same_person_under_any_number() -> None:
    clinic = people.clinic()
    made = import_list(
        clinic,
        a_list(
            JANE,
            row(JANE, id="77", first="JANE", phone="+1 574 231 0001", email="JANE@EXAMPLE.ORG"),
            row(JANE, id="", email=""),
        ),
    )
    assert outcomes(made) == {2: "taken", 3: "merged", 4: "merged"}
    assert only(clinic).external_id == "1"


def test_a_namesake_with_another_address_is_another_person() -> None:
    clinic = people.clinic()
    made = import_list(clinic, a_list(JANE, row(JANE, id="", email="other.jane@example.org")), chunk=1)
    assert outcomes(made) == {2: "taken", 3: "taken"}


def test_father_and_son_of_one_name_at_one_number_are_two_people() -> None:
    clinic = people.clinic()
    son = row(JANE, id="8", email="")
    assert outcomes(import_list(clinic, a_list(JANE, son))) == {2: "taken", 3: "taken"}
    assert outcomes(import_list(clinic, a_list(son, JANE), chunk=1)) == {2: "merged", 3: "merged"}
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 2


def test_last_name_phone_and_mail_together_are_one_person_unless_a_child() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    import_list(clinic, a_list(JANE, row(JANE, id="8", first="Janie")), chunk=1)
    with acting_for(clinic.pk):
        assert Contact.objects.count() == 1
    child = [*row(JANE, id="8", first="Kim"), "", "1", "", ""]
    for chunk in (10, 1):
        import_list(rival, a_list([*JANE, "", "", "", ""], child, header=GUARDIANS), chunk=chunk)
        with acting_for(rival.pk):
            assert Contact.objects.count() == 2


def test_people_without_a_name_are_known_again_by_their_address() -> None:
    clinic = people.clinic()
    content = b"email\njane@example.org\nbob@example.org\n"
    import_list(clinic, content)
    assert outcomes(import_list(clinic, content)) == {2: "merged", 3: "merged"}


def test_households_grow_together_in_any_order() -> None:
    """A shares a phone with B, B mail with C, C a phone with D: one household, whoever comes last."""
    chain = [
        ["A", "574-231-0001", ""],
        ["B", "574-231-0001", "bc@example.org"],
        ["C", "574-231-0003", "bc@example.org"],
        ["D", "574-231-0003", "d@example.org"],
        ["E", "574-231-0005", "e@example.org"],
    ]
    for number, rows in enumerate(itertools.permutations(chain)):
        if number % 8:
            continue
        clinic = people.client_of(people.agency(), f"Clinic {number}")
        import_list(clinic, a_list(*rows, header=["First Name", "Phone", "Email"]), chunk=1 + number % 3)
        with acting_for(clinic.pk):
            homes = {each.first_name: each.household for each in Contact.objects.all()}
            first = min(each.pk for each in Contact.objects.exclude(household=homes["E"]))
        assert {homes[name] for name in "ABCD"} == {first}
        assert homes["E"] != first


def test_a_guardian_who_gets_a_name_by_a_later_list_is_named_to_the_child() -> None:
    clinic = people.clinic()
    child = [*row(JANE, id="10", first="Kim", phone="574-231-0003", email=""), "2020-05-05", "1", "", ""]
    unnamed = row(JANE, first="")
    import_list(clinic, a_list(child, [*unnamed, "", "", "", ""], header=GUARDIANS))
    assert only(clinic, external_id="10").filled == ["first_name", "last_name"]
    import_list(clinic, a_list([*JANE, "", "", "", ""], header=GUARDIANS))
    assert "guardian_first_name" in only(clinic, external_id="10").filled


def test_a_child_is_joined_to_a_guardian_further_down() -> None:
    clinic = people.clinic()
    child = [*row(JANE, id="10", first="Kim", phone="574-231-0003", email=""), "2020-05-05", "1", "", ""]
    import_list(clinic, a_list(child, [*JANE, "1985-05-20", "", "", ""], header=GUARDIANS), chunk=1)
    kim = only(clinic, external_id="10")
    with acting_for(clinic.pk):
        assert kim.guardian.external_id == "1"
    assert kim.adult_from == date(2038, 6, 1)
    assert kim.filled == ["first_name", "last_name", "guardian_first_name"]
    before = everything(clinic)
    import_list(clinic, a_list(child, [*JANE, "1985-05-20", "", "", ""], header=GUARDIANS))
    assert everything(clinic) == before


def test_what_is_kept_of_a_person_is_only_what_a_campaign_needs() -> None:
    clinic = people.clinic()
    header = [*HEADER, "DOB", "Recall Type", "SSN", "Diagnosis", "Office", "tenant_id", "is_staff"]
    with acting_for(clinic.pk):
        main = Location.objects.create(client=clinic, name="Main Street", time_zone="America/New_York")
    content = a_list(
        [*JANE, "1985-05-20", "HIV follow-up", "123-45-6789", "B20", "Main street", "7", "1"], header=header
    )
    made = import_list(clinic, content)
    before = everything(clinic)
    import_list(clinic, content)
    assert everything(clinic) == before
    jane = only(clinic)
    assert jane.adult_from == date(2003, 6, 1)
    assert jane.segment == "Follow-up visit"
    assert jane.location_id == main.pk
    assert jane.filled == ["first_name", "last_name", "location_name"]
    stored = str(everything(clinic)) + str(made.mapping)
    for secret in ("1985", "HIV", "123-45", "B20"):
        assert secret not in stored.replace("'names': " + str(made.mapping["names"]), "")


def test_somebody_who_died_stays_so() -> None:
    clinic = people.clinic()
    import_list(clinic, a_list([*JANE, "", "", "", "Y"], header=GUARDIANS))
    import_list(clinic, a_list([*row(JANE, visit="2026-01-01"), "", "", "", ""], header=GUARDIANS))
    assert only(clinic).deceased


def test_a_new_number_replaces_the_old_one_but_a_dead_one_does_not_come_back() -> None:
    clinic = people.clinic()
    import_list(clinic, a_list(JANE))
    import_list(clinic, a_list(row(JANE, phone="574-231-0009", visit="2025-01-01")))
    assert addresses(only(clinic))["sms"] == "+15742310009"
    with acting_for(clinic.pk):
        assert ContactPoint.objects.get(ended_at__isnull=False).end_reason == "moved"
    import_list(clinic, a_list(row(JANE, visit="2025-02-01")))
    assert addresses(only(clinic))["sms"] == "+15742310001"
    with acting_for(clinic.pk):
        ContactPoint.objects.filter(channel="email").update(ended_at=db_now(), end_reason="hard bounce")
    import_list(clinic, a_list(row(JANE, visit="2025-03-01")))
    assert "email" not in addresses(only(clinic))


def test_two_clients_with_one_list_know_nothing_of_each_other() -> None:
    clinic, rival = people.clinic(), people.rival_clinic()
    import_list(clinic, a_list(row(JANE, text="STOP")))
    import_list(rival, a_list(row(JANE, text="Y")))
    assert suppressed(clinic) == {"+15742310001"}
    assert not suppressed(rival)
    with acting_for(rival.pk):
        assert ConsentRecord.objects.filter(channel="sms").count() == 2
    assert only(clinic).pk != only(rival).pk
    with acting_for([clinic.pk, rival.pk]):
        assert ContactPoint.objects.filter(channel="sms").values("address").distinct().count() == 1


def test_a_line_without_a_usable_address_is_refused_with_the_reason() -> None:
    clinic = people.clinic()
    made = import_list(
        clinic, a_list(row(JANE, phone="+44 20 7946 0958", email="none@none"), row(BOB, phone="", email=""))
    )
    assert outcomes(made) == {2: "refused", 3: "refused"}
    with acting_for(clinic.pk):
        told = ImportRow.objects.get(line=2)
        assert told.reason.startswith("No phone number and no e-mail address")
        assert "outside the United States" in told.reason
        assert (told.phone, told.email) == ("", "")
        assert not Contact.objects.exists()


def test_a_covered_client_without_an_agreement_can_take_in_no_list(uploads_dir: Path) -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    with acting_for(clinic.pk):
        assert not may_import(clinic)
        with pytest.raises(FileRefused, match="business associate agreement"):
            receive(clinic, [a_list(JANE)], "list.csv", by=None)
        assert not Import.objects.exists()
        assert not uploads_dir.exists()
        people.agreement(clinic)
        assert may_import(clinic)
        receive(clinic, [a_list(JANE)], "list.csv", by=None)


def test_a_client_of_whom_nobody_said_whether_it_is_covered_counts_as_covered() -> None:
    clinic = people.clinic(covered=Client.Covered.UNSET)
    with acting_for(clinic.pk):
        assert not may_import(clinic)


# -- breaking off and going on ----------------------------------------------------------------------


def numbered(count: int) -> bytes:
    return a_list(
        *(
            row(
                JANE,
                id=str(n),
                first=f"Jane{n}",
                phone=f"574-231-{n:04}",
                email=f"jane{n}@example.org",
                text="NY"[n % 2],
            )
            for n in range(1, count + 1)
        )
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dies_at", ["staging.clear", "households.unite"])
def test_a_worker_that_dies_loses_its_chunk_only_and_the_next_one_goes_on(
    monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    clinic, twin = people.clinic(), people.rival_clinic()
    made = order(clinic, numbered(50))
    module, _, name = dies_at.partition(".")
    calls = itertools.count()
    working = getattr(__import__(f"consent.importing.{module}", fromlist=[name]), name)

    def dying(*args: Any) -> None:
        working(*args)
        if next(calls) == 2:
            raise OperationalError("the connection is gone")

    with monkeypatch.context() as patch:
        patch.setattr(f"consent.importing.{module}.{name}", dying)
        with pytest.raises(OperationalError):
            load(made.pk, clinic.pk, chunk=10)
    broken_off = reread(made)
    assert (broken_off.state, broken_off.lines_read, broken_off.taken) == (Import.State.RUNNING, 21, 20)
    assert len(outcomes(made)) == 20
    assert load(made.pk, clinic.pk, chunk=10)
    import_list(twin, numbered(50))
    done = reread(made)
    assert (done.state, done.taken, done.stored_as) == (Import.State.DONE, 50, "")
    for one, other in zip(everything(clinic).values(), everything(twin).values(), strict=True):
        assert len(one) == len(other)


def test_an_unforeseen_error_stops_the_import_with_a_sentence_and_it_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic = people.clinic()
    made = order(clinic, numbered(30))
    with monkeypatch.context() as patch:
        patch.setattr("consent.importing.households.unite", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load(made.pk, clinic.pk, chunk=10)
    stopped = reread(made)
    assert stopped.state == Import.State.FAILED
    assert "after line 0" in stopped.problem
    assert not load(made.pk, clinic.pk)
    with acting_for(clinic.pk):
        assert loading.take_up_again(stopped, by=None)
    assert load(made.pk, clinic.pk)
    assert reread(made).taken == 30


def test_a_collision_with_somebody_else_s_write_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = people.clinic()
    made = order(clinic, numbered(5))
    working, calls = loading._commit, itertools.count()

    def colliding(*args: Any) -> None:
        if next(calls) == 0:
            raise IntegrityError
        working(*args)

    monkeypatch.setattr(loading, "_commit", colliding)
    assert load(made.pk, clinic.pk)
    assert reread(made).taken == 5


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_only_one_is_at_an_import() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    clinic = people.clinic()
    made = order(clinic, numbered(200))

    def work(_: int) -> bool:
        try:
            return load(made.pk, clinic.pk, chunk=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    done = reread(made)
    assert (done.state, done.taken, len(outcomes(made))) == (Import.State.DONE, 200, 200)


def test_a_chunk_whose_place_was_taken_is_not_committed() -> None:
    clinic = people.clinic()
    made = order(clinic, numbered(5))
    with acting_for(clinic.pk):
        Import.objects.filter(pk=made.pk).update(state=Import.State.RUNNING)
    made.lines_read = 3  # what this worker believes; another one stands elsewhere
    with uploads.opened(made.stored_as) as file, pytest.raises(loading.Busy):
        loading._chunks(made, file, 10)
    assert not outcomes(made)


def test_a_damaged_upload_stops_with_a_sentence(uploads_dir: Path) -> None:
    clinic = people.clinic()
    made = order(clinic, numbered(5))
    stored = uploads_dir / made.stored_as
    stored.write_text(stored.read_text()[:-20])
    assert load(made.pk, clinic.pk)
    assert (reread(made).state, reread(made).problem) == (Import.State.FAILED, loading.DAMAGED)


def test_the_upload_is_encrypted_and_gone_when_the_import_is_done(uploads_dir: Path) -> None:
    clinic = people.clinic()
    made = order(clinic, a_list(JANE))
    (stored,) = uploads_dir.iterdir()
    assert b"jane@" not in stored.read_bytes().lower()
    load(made.pk, clinic.pk)
    assert not list(uploads_dir.iterdir())
    assert not reread(made).stored_as


def test_the_deed_is_on_record_in_numbers_only() -> None:
    clinic = people.clinic()
    import_list(clinic, a_list(JANE, BOB))
    with acting_for(clinic.pk):
        told = {each.verb: each.detail for each in AuditEvent.objects.all()}
    assert told["list.imported"] == {"taken": 2, "merged": 0, "refused": 0}
    assert "jane" not in str(told).lower()


def test_nasty_names_are_stored_as_typed() -> None:
    clinic = people.clinic()
    names = [
        "{{ secret }}",
        "<script>alert(1)</script>",
        "=1+1",
        "Robert'); DROP TABLE Students;--",
        "\\N",
        "a\\tb",
        "Ω≈ç√∫˜µ≤≥÷",
        "田中さんにあげて下さい",
        "👾 🙇",
        "\\.",
        "ﷺ",
    ]
    rows = [
        row(JANE, id=f"{n}\\", first=name, phone=f"574-231-{n:04}", email=f"n{n}@example.org")
        for n, name in enumerate(names, 1)
    ]
    import_list(clinic, a_list(*rows))
    with acting_for(clinic.pk):
        stored = {each.external_id: each.first_name for each in Contact.objects.all()}
    assert stored == {f"{n}\\": name for n, name in enumerate(names, 1)}


def test_who_came_with_a_list_that_was_undone_goes_with_the_next_one() -> None:
    clinic = people.clinic()
    first = import_list(clinic, a_list(JANE))
    with acting_for(clinic.pk):
        Import.objects.filter(pk=first.pk).update(state=Import.State.UNDONE)
    second = import_list(clinic, a_list(JANE))
    assert only(clinic).made_by_import_id == second.pk


def test_a_switchboard_number_shared_by_hundreds_does_not_break_anything() -> None:
    clinic = people.clinic()
    rows = [row(JANE, id=str(n), first=f"Jane{n}", email=f"jane{n}@example.org") for n in range(1, 400)]
    import_list(clinic, a_list(*rows), chunk=100)
    before = everything(clinic)
    import_list(clinic, a_list(*rows), chunk=150)
    assert everything(clinic) == before
    with acting_for(clinic.pk):
        assert Contact.objects.values("household").distinct().count() == 1


def test_an_import_leaves_pythons_search_for_cycles_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    commit = loading._commit

    def looking(*given: Any) -> None:
        seen.append(gc.isenabled())
        commit(*given)

    monkeypatch.setattr(loading, "_commit", looking)
    import_list(people.clinic(), a_list(JANE, BOB))
    assert seen == [False]
    assert gc.isenabled()


def _known_contacts() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'consent_contact'::regclass")
        return float(cursor.fetchone()[0])


def test_after_a_long_list_the_database_knows_how_many_people_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics, "MANY", 50)
    clinic = people.clinic()
    many = [row(JANE, id=str(n), last=f"Doe{n}", phone=f"574231{n:04d}", email=f"j{n}@example.org") for n in range(77)]  # fmt: skip
    assert _known_contacts() != 77
    import_list(clinic, a_list(*many))
    assert _known_contacts() == 77


def test_a_short_list_spends_no_time_on_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(statistics, "gather", lambda *models: asked.append(models))
    import_list(people.clinic(), a_list(JANE, BOB))
    assert asked == []


@pytest.mark.parametrize("change", ["DELETE FROM consent_address", "UPDATE consent_address SET id = id + 1"])
def test_an_address_is_never_let_go(change: str) -> None:
    import_list(people.clinic(), a_list(JANE))
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


# -- a consent that ends ------------------------------------------------------------------------------

ENDING = [*HEADER, "Consent Until"]


def ends(client: Client) -> set[tuple[str, str, Any]]:
    """Of each consent what it is to, and the last day by the client's clock."""
    with acting_for(client.pk):
        return {
            (
                each.channel,
                each.purpose,
                each.expires_at and each.expires_at.astimezone(ZoneInfo(client.time_zone)).isoformat(),
            )
            for each in ConsentRecord.objects.filter(ended_at=None)
        }


def test_a_yes_ends_with_its_last_day_by_the_clients_clock() -> None:
    clinic = people.clinic(time_zone="America/New_York")
    import_list(clinic, a_list([*row(JANE, text="yes", mail="yes"), "12/31/2050"], header=ENDING))
    last = "2051-01-01T00:00:00-05:00"
    assert ends(clinic) == {("sms", "care", last), ("sms", "recall", last), ("email", "marketing", last)}


@pytest.mark.parametrize(
    "cell, why", [("31/31/2050", "not a date"), ("1/15/2024", "over already"), ("1/15/2999", "too far ahead")]
)
def test_a_last_day_that_is_wrong_or_over_takes_the_yes_with_it_and_is_reported(cell: str, why: str) -> None:
    clinic = people.clinic()
    made = import_list(clinic, a_list([*row(JANE, text="yes", mail="no"), cell], header=ENDING))
    assert (ends(clinic), suppressed(clinic)) == (set(), {"jane@example.org"})
    with acting_for(clinic.pk):
        assert (
            f"Last day of the consent: {why}, so no yes is taken."
            in ImportRow.objects.get(of_import=made).reason
        )


def test_of_last_days_the_earliest_counts_whichever_list_tells_it() -> None:
    clinic = people.clinic(time_zone="UTC")
    lines = [[*row(JANE, text="yes"), day] for day in ("2050-05-01", "2049-05-01", "")]
    import_list(clinic, a_list(*lines, header=ENDING))
    assert {end for _, _, end in ends(clinic)} == {"2049-05-02T00:00:00+00:00"}
    import_list(clinic, a_list(row(JANE, text="yes")))
    assert {end for _, _, end in ends(clinic)} == {"2049-05-02T00:00:00+00:00"}
    for day, last in (("2051-05-01", "2049-05-02"), ("2048-05-01", "2048-05-02")):
        import_list(clinic, a_list([*row(JANE, text="yes"), day], header=ENDING))
        assert ends(clinic) == {("sms", purpose, f"{last}T00:00:00+00:00") for purpose in ("care", "recall")}
