"""Appointments by file: what is right is taken, what is wrong is a sentence at its line, and twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.bookings import loading, reading, taking
from campaigns.models import Booking, BookingFile, Launch
from consent.importing.decoding import FileRefused
from consent.models import Contact, ContactPoint
from tenants.clock import db_now
from tenants.models import Client, Location
from tenants.scope import acting_for
from tests import people
from tests.campaigns.bookings.files import HEAD, brought, hours, reasons, standing, told
from tests.messaging.world import launched

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, external_id="P-1", phone="+15742310611", email="jane@example.org")


def test_an_appointment_is_taken_with_nothing_of_what_is_treated(clinic: Client, jane: Contact) -> None:
    file = brought(
        clinic, "P-1,A-7,3/2/2026 2:05 PM,2099-03-09,Scheduled,Root canal,Tooth 14,$120.50"
        .replace("2099", str(db_now().year + 1)),
        head="Patient ID,Appointment ID,Booked at,Appointment date,Status,Procedure,Notes,Production",
    )  # fmt: skip
    assert told(file) == [(2, "taken", "")]
    (row,) = standing(clinic)
    assert (row["contact_id"], row["number"], row["status"], row["cents"]) == (
        jane.pk,
        "A-7",
        "booked",
        12050,
    )
    assert row["booked_at"] == datetime(2026, 3, 2, 19, 5, tzinfo=UTC)
    assert not row["day_only"]
    left_out = {each["name"]: each["reason"] for each in file.columns if not each["label"]}
    assert set(left_out) == {"Procedure", "Notes"}
    assert "Root canal" not in str(row) + str(told(file))


def test_the_same_file_again_changes_nothing(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    lines = [f"P-1,,{hours(-5)},{hours(50)},booked,80", f"P-1,A-2,{hours(-4)},{hours(90)},booked,"]
    first, again = brought(clinic, *lines), brought(clinic, *lines)
    assert (first.taken, again.taken, again.known) == (2, 0, 2)
    with acting_for(clinic.pk):
        assert Booking.objects.count() == 2


def test_what_changed_is_ended_and_written_anew(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    brought(clinic, f"P-1,A-1,{hours(-5)},{hours(0.2)},booked,80")
    file = brought(clinic, f"P-1,A-1,{hours(-5)},{hours(0.2)},completed,95")
    assert told(file) == [(2, "changed", "")]
    (row,) = standing(clinic)
    assert (row["status"], row["cents"]) == ("kept", 9500)
    with acting_for(clinic.pk):
        former = Booking.objects.exclude(ended_at=None).get()
        assert (former.status, former.ended_at) == ("booked", row["since"])


def test_an_appointment_without_a_number_is_known_again_when_it_gets_one(
    clinic: Client, jane: Contact
) -> None:  # noqa: ARG001
    when = f"{hours(-5)},{hours(50)}"
    assert brought(clinic, f"P-1,,{when},booked,").taken == 1
    assert brought(clinic, f"P-1,A-1,{when},booked,").changed == 1
    assert brought(clinic, f"P-1,,{when},booked,").known == 1
    assert brought(clinic, f"P-1,A-2,{when},booked,").taken == 1  # two numbers, two appointments


WRONG = [
    ("P-9,,{ago},{ahead},,", taking.UNKNOWN),
    ("P-1,,{ago},{ahead},,-20", "Value: it is below zero. Bring what the appointment is worth; refunds are not counted."),
    ("P-1,,{ago},{ahead},,(20.00)", "Value: it is below zero. Bring what the appointment is worth; refunds are not counted."),
    ("P-1,,{ago},{ahead},,€120", "Value: only US dollars are taken, as in 120.00 or $120."),
    ("P-1,,{ago},{ahead},,120 EUR", "Value: only US dollars are taken, as in 120.00 or $120."),
    ("P-1,,{ago},{ahead},,1.005", "Value: it has fractions of a cent."),
    ("P-1,,{ago},{ahead},,99999999", "Value: it is over a million dollars, so another column is meant."),
    ("P-1,,{ago},{ahead},perhaps,", "Status: this word is not known here. Understood are booked, kept, cancelled, no show and their like."),
    ("P-1,,,{ahead},,", "There is no day on which it was booked."),
    ("P-1,,{ago},,,", "There is no day for which it was booked."),
    ("P-1,,{ahead},{ahead},,", "It was booked in the future by the clock here."),
    ("P-1,,{ago},31/31/2026,,", "For when: not a date."),
    ("P-1,,{ago},{day} 25:00,,", "For when: no hour of the day."),
    ("P-1,,{ago},{day} 10:00+99:99,,", "For when: no time zone is so far from UTC."),
    ("P-1,,{day} 00:00:00-24:00,{ahead},,", "Booked: no time zone is so far from UTC."),
    (",,{ago},{ahead},,", "Nobody is named on this line: no patient number, phone or e-mail that can be read."),
    ("P-1,,2019-01-02,2019-02-03,kept,90", taking.BEFORE),
]  # fmt: skip


@pytest.mark.parametrize("line, says", WRONG, ids=[each for _, each in WRONG])
def test_a_wrong_line_is_a_sentence_and_the_rest_is_taken(
    clinic: Client, jane: Contact, line: str, says: str
) -> None:  # noqa: ARG001
    given = line.format(ago=hours(-5), ahead=hours(50), day=f"{db_now():%Y-%m-%d}")
    file = brought(clinic, given, f"P-1,A-8,{hours(-6)},{hours(60)},,")
    assert told(file) == [(2, "refused", says), (3, "taken", "")]


def test_what_is_over_before_its_day_is_booked_and_has_brought_nothing(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    lines = [f"P-1,A-{n},{hours(-6)},{hours(50 + n)},{word},90" for n, word in enumerate(("kept", "no show"))]
    assert told(brought(clinic, *lines)) == [(n, "taken", reading.NOT_YET) for n in (2, 3)]
    assert {row["status"] for row in standing(clinic)} == {"booked"}


def test_another_currency_is_refused_by_its_column(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    head = "Patient ID,Booked at,Appointment date,Value,Currency"
    file = brought(
        clinic, f"P-1,{hours(-5)},{hours(50)},80,CAD", f"P-1,{hours(-5)},{hours(60)},80,usd", head=head
    )
    assert reasons(file) == ["Value: only US dollars are taken, and this line is in another currency.", ""]


def test_the_same_appointment_on_two_lines_counts_once(
    clinic: Client, jane: Contact, monkeypatch: Any
) -> None:  # noqa: ARG001
    monkeypatch.setattr(loading, "AT_ONCE", 1)  # each line in a chunk of its own
    same = f"P-1,A-1,{hours(-5)},{hours(50)}"
    file = brought(clinic, f"{same},booked,80", f"{same},cancelled,80")
    assert told(file)[1] == (3, "refused", "Line 2 tells of the same appointment; that one counts.")
    assert [row["status"] for row in standing(clinic)] == ["booked"]


def test_a_person_is_known_by_phone_or_mail_and_never_guessed(clinic: Client, jane: Contact) -> None:
    with acting_for(clinic.pk):
        ann = people.contact(clinic, first_name="Ann", phone="+15742310611", email="ann@example.org")
    head = "Patient ID,Phone,E-mail,Booked at,Appointment date"
    when = f"{hours(-5)},{hours(50)}"
    file = brought(
        clinic, f",(574) 231-0611,,{when}", f",574-231-0611,ANN@example.org,{when}", f",,jane@example.org,{when}",
        f"P-2,,ann@example.org,{hours(-4)},{hours(80)}", f"P-2,,jane@example.org,{hours(-4)},{hours(80)}", head=head,
    )  # fmt: skip
    assert reasons(file) == [taking.SEVERAL, "", "", "", taking.UNKNOWN]
    assert [row["contact_id"] for row in standing(clinic)] == [ann.pk, jane.pk, ann.pk]


def test_an_address_that_was_given_up_names_nobody_any_more(clinic: Client, jane: Contact) -> None:
    line = f",,jane@example.org,{hours(-5)},{hours(50)}"
    with acting_for(clinic.pk):
        ContactPoint.objects.filter(contact=jane).end(db_now(), end_reason="moved")
    file = brought(clinic, line, head="Patient ID,Phone,E-mail,Booked at,Appointment date")
    assert reasons(file) == [taking.UNKNOWN]


def test_times_without_a_zone_are_the_locations_own_and_a_day_alone_is_its_beginning(
    clinic: Client, jane: Contact
) -> None:  # noqa: ARG001
    with acting_for(clinic.pk):
        Location.objects.create(client=clinic, name="Gary", time_zone="America/Chicago")
    ahead = db_now().year + 1
    file = brought(
        clinic, f"P-1,gary,2026-01-05 09:00,{ahead}-01-05", f"P-1,,2026-01-05,{ahead}-01-06 9am",
        f"P-1,Elkhart,2026-01-05T09:00:00Z,{ahead}-01-07 09:00:00-07:00", head="Patient ID,Location,Booked at,Appointment date",
    )  # fmt: skip
    gary, whole_day, utc = standing(clinic)
    assert gary["booked_at"] == datetime(2026, 1, 5, 15, tzinfo=UTC)
    assert (whole_day["booked_at"], whole_day["day_only"]) == (datetime(2026, 1, 5, 5, tzinfo=UTC), True)
    assert whole_day["for_at"] == datetime(ahead, 1, 6, 14, tzinfo=UTC)
    assert (utc["booked_at"], utc["for_at"]) == (
        datetime(2026, 1, 5, 9, tzinfo=UTC),
        datetime(ahead, 1, 7, 16, tzinfo=UTC),
    )
    assert reasons(file)[2] == "Its location is not known here and was left out."


@pytest.mark.parametrize(
    "booked, at",
    [
        ("2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # twice that night: the first
        ("2026-03-08 02:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # never that night
        ("2026-03-08 02:30:00Z", datetime(2026, 3, 8, 2, 30, tzinfo=UTC)),
        ("Mar 3, 2026 12:05 am", datetime(2026, 3, 3, 5, 5, tzinfo=UTC)),
        ("3/13/26 12pm", datetime(2026, 3, 13, 16, tzinfo=UTC)),
    ],
)
def test_hours_are_read_as_people_and_clocks_write_them(
    clinic: Client, jane: Contact, booked: str, at: datetime
) -> None:  # noqa: ARG001
    brought(clinic, f'P-1,,"{booked}",{db_now().year + 1}-01-05,,')
    assert [row["booked_at"] for row in standing(clinic)] == [at]


def test_what_is_over_is_kept_only_when_a_launch_came_before_it(clinic: Client) -> None:
    made = launched(clinic, texts=1)
    with acting_for(clinic.pk):
        Launch.objects.filter(campaign=made).update(at=db_now() - timedelta(days=10))
        Contact.objects.update(external_id="P-1")
    file = brought(
        clinic,
        f"P-1,,{hours(-24 * 9)},{hours(-24 * 8)},kept,",
        f"P-1,,{hours(-24 * 11)},{hours(-24 * 7)},kept,",
    )
    assert reasons(file) == ["", taking.BEFORE]


@pytest.mark.parametrize(
    "head, says",
    [
        ("Name,Booked at,Appointment date", "No column says whose appointment it is."),
        ("Patient ID,Appointment date", "No column says when it was booked."),
        ("Patient ID,Booked at,Procedure", "No column says for when it was booked."),
    ],
)
def test_a_file_that_lacks_a_column_is_refused_with_its_name(clinic: Client, head: str, says: str) -> None:
    with acting_for(clinic.pk), pytest.raises(FileRefused, match=says):
        loading.receive(clinic, [f"{head}\n1,2,3\n".encode()], "a.csv", by=None)


def test_of_a_covered_client_nothing_is_taken_without_an_agreement() -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    with acting_for(clinic.pk), pytest.raises(FileRefused, match="business associate agreement"):
        loading.receive(clinic, [HEAD.encode()], "a.csv", by=None)


def test_a_file_that_is_too_long_is_refused_before_anything_of_it_is_read(
    clinic: Client, jane: Contact, monkeypatch: Any, settings: Any, tmp_path: Path
) -> None:  # noqa: ARG001
    settings.UPLOAD_DIR = str(tmp_path)
    monkeypatch.setattr(loading, "MAX_LINES", 2)
    lines = [f"P-1,A-{n},{hours(-5)},{hours(50)},," for n in range(3)]
    with pytest.raises(FileRefused, match="more than 2 lines"):
        brought(clinic, *lines)
    with acting_for(clinic.pk):
        assert not BookingFile.objects.exists()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    assert brought(clinic, *lines[:2]).taken == 2


def test_a_million_lines_are_refused_while_they_arrive_and_nothing_is_kept(
    clinic: Client, monkeypatch: Any, settings: Any, tmp_path: Path
) -> None:
    settings.UPLOAD_DIR = str(tmp_path)
    monkeypatch.setattr(loading, "MAX_SIZE", 1000)
    read: list[int] = []

    def arriving() -> Iterator[bytes]:
        for number in range(1_000_000):
            read.append(number)
            yield f"P-{number},,{hours(-5)},{hours(50)},,\n".encode()

    with acting_for(clinic.pk), pytest.raises(FileRefused, match="larger than"):
        loading.receive(clinic, arriving(), "a.csv", by=None)
    assert len(read) < 100
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_read_once_whoever_rings_again(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    file = brought(clinic, f"P-1,,{hours(-5)},{hours(50)},,")
    assert not loading.load(clinic.pk, file.pk)
    assert file.stored_as == ""


def test_of_a_day_alone_it_is_over_when_the_day_is(
    clinic: Client, jane: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:  # noqa: ARG001
    noon = db_now().astimezone(ZoneInfo("America/New_York")).replace(hour=12)
    monkeypatch.setattr(taking, "db_now", lambda: noon)
    file = brought(clinic, f"P-1,,2025-01-02,{noon:%Y-%m-%d},booked,")
    assert (file.taken, standing(clinic)[0]["for_day_only"]) == (1, True)


def test_a_long_file_costs_a_fixed_number_of_queries(
    clinic: Client, django_assert_max_num_queries: Any
) -> None:
    with acting_for(clinic.pk):
        for number in range(40):
            people.contact(clinic, external_id=f"P-{number}")
    when = f"{hours(-5)},{hours(50)}"
    lines = [f"P-{number},,{when},," for number in range(40)]
    with django_assert_max_num_queries(35):
        file = brought(clinic, *lines)
    assert file.taken == 40


def test_a_rivals_people_are_nobody_here(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    rival = people.rival_clinic()
    head = "Phone,Booked at,Appointment date"
    assert reasons(brought(rival, f"574 231 0611,{hours(-5)},{hours(50)}", head=head)) == [taking.UNKNOWN]
