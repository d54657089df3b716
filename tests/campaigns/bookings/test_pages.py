"""The pages of the bookings: bringing a file, reading what became of it, finding somebody's, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from campaigns.bookings import loading
from campaigns.models import Booking, BookingFile
from consent.models import Contact
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.bookings.files import HEAD, brought, hours, standing
from tests.messaging.flight import queries_of

pytestmark = pytest.mark.django_db
URL = "/c/bright-smiles/bookings/"


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def jane(clinic: Client) -> Contact:
    with acting_for(clinic.pk):
        return people.contact(clinic, external_id="P-1", phone="+15742310611", email="jane@example.org")


def as_(who: Any) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def sent(browser: Browser, *lines: str, name: str = "appointments.csv", head: str = HEAD) -> Any:
    return browser.post(f"{URL}new/", {"file": SimpleUploadedFile(name, "\n".join([head, *lines]).encode())})


@pytest.mark.parametrize("role", [Role.STAFF, Role.APPROVER, Role.FRONT_DESK])
def test_a_file_is_brought_read_and_told_line_by_line(clinic: Client, jane: Contact, role: Role) -> None:
    who = people.alice() if role is Role.STAFF else people.member("Flo", role, client=clinic)
    browser = as_(who)
    answer = sent(browser, f"P-1,A-1,{hours(-3)},{hours(50)},booked,$80", f"P-9,,{hours(-3)},{hours(50)},,")
    with acting_for(clinic.pk):
        made = BookingFile.objects.get()
    assert answer["Location"] == f"{URL}files/{made.pk}/"
    assert "being read" in browser.get(answer["Location"]).content.decode()
    assert "HX-Refresh" not in browser.get(answer["Location"] + "?poll=1")
    assert loading.load(clinic.pk, made.pk)
    assert browser.get(answer["Location"] + "?poll=1")["HX-Refresh"] == "true"
    page = browser.get(answer["Location"]).content.decode()
    assert "Nobody of this client has this patient number" in page
    assert (
        "Nobody of this client has" not in browser.get(answer["Location"] + "?outcome=taken").content.decode()
    )
    report: Any = browser.post(answer["Location"] + "report/")
    lines = b"".join(report.streaming_content).decode().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["taken", "refused"]
    listed = browser.get(URL).content.decode()
    assert ("Jane Doe" in listed) == (role is not Role.STAFF), "masked for who need not see them"
    assert "$80.00" in listed
    assert f"/contacts/{jane.pk}/" in listed
    with acting_for(clinic.pk):
        verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs >= {"bookings.uploaded", "bookings.read", "bookings.report_taken"}


@pytest.mark.parametrize(
    "head, line, says",
    [
        ("", "", "This file is empty"),
        ("Patient ID,Booked at", "1,2", "No column says for when it was booked"),
        ("PK\x03\x04", "", "Excel workbook"),
    ],
)
def test_what_is_no_file_of_appointments_is_refused_with_a_sentence(
    clinic: Client, head: str, line: str, says: str
) -> None:
    answer = sent(as_(people.alice()), line, head=head)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with acting_for(clinic.pk):
        assert not BookingFile.objects.exists()


def test_no_file_is_asked_for_again(clinic: Client) -> None:  # noqa: ARG001
    answer = as_(people.alice()).post(f"{URL}new/")
    assert (answer.status_code, "Choose a file first." in answer.content.decode()) == (422, True)


def test_a_viewer_reads_and_brings_nothing(clinic: Client) -> None:
    browser = as_(people.member("Val", Role.VIEWER, client=clinic))
    page = browser.get(URL)
    assert page.status_code == 200
    assert f"{URL}new/" not in page.content.decode().split("<main")[1].split("nothing")[0]
    assert browser.get(f"{URL}new/").status_code == 403


def test_somebodys_appointments_are_found_by_phone_mail_or_name_and_no_address_stands_in_the_url(
    clinic: Client,
    jane: Contact,  # noqa: ARG001
) -> None:
    with acting_for(clinic.pk):
        people.contact(clinic, first_name="Ann", external_id="P-2", name_words=[])
    brought(clinic, f"P-1,,{hours(-3)},{hours(50)},booked,", f"P-2,,{hours(-2)},{hours(0.2)},kept,")
    browser = people.in_clear(as_(people.alice()), clinic)
    for typed in ("574 231 0611", "jane@example.org"):
        answer = browser.post(f"{URL}find/", {"q": typed}, follow=True)
        (address, _), *_ = answer.redirect_chain
        assert "574" not in address.replace("bookings", "")[:60] or "address=" in address
        assert "@" not in address
        text = answer.content.decode()
        assert ("Jane Doe" in text, "Ann Doe" in text) == (True, False)
    assert (
        "No such booking"
        in browser.post(f"{URL}find/", {"q": "nobody@example.org"}, follow=True).content.decode()
    )
    assert "Type a phone number" in browser.post(f"{URL}find/", {"q": "  "}, follow=True).content.decode()
    kept = browser.get(f"{URL}?status=kept").content.decode()
    assert ("Jane Doe" in kept, "Ann Doe" in kept) == (False, True)


@pytest.mark.parametrize(
    "query", ["?address=x", "?words=1,b", "?address=99999999999999999999", "?status=%00", "?after=~~"]
)
def test_what_nobody_typed_finds_nobody_or_everything(clinic: Client, query: str) -> None:  # noqa: ARG001
    assert as_(people.alice()).get(URL + query).status_code in (200, 400)


def test_a_contacts_page_shows_their_own_appointments(clinic: Client, jane: Contact) -> None:
    with acting_for(clinic.pk):
        ann = people.contact(clinic, first_name="Ann", external_id="P-2")
    brought(clinic, f"P-1,,{hours(-3)},{hours(0.2)},no show,$95.50")
    browser = as_(people.alice())
    text = browser.get(f"/c/bright-smiles/contacts/{jane.pk}/life/?kind=booked").content.decode()
    assert ("Did not come" in text, "$95.50" in text) == (True, True)
    assert (
        "No appointment is known"
        in browser.get(f"/c/bright-smiles/contacts/{ann.pk}/life/?kind=booked").content.decode()
    )


def test_the_empty_page_teaches_the_next_step(clinic: Client) -> None:  # noqa: ARG001
    assert "Bring appointments" in as_(people.alice()).get(URL).content.decode()


def test_the_list_costs_a_fixed_number_of_queries(clinic: Client, jane: Contact) -> None:  # noqa: ARG001

    when = hours(-3)
    browser = as_(people.alice())
    brought(clinic, f"P-1,A-1,{when},{hours(50)},,")
    before = queries_of(browser, URL)
    brought(clinic, *[f"P-1,B-{number},{when},{hours(50)},," for number in range(20)])
    assert queries_of(browser, URL) == before


def test_a_stranger_meets_no_bookings(clinic: Client, jane: Contact) -> None:  # noqa: ARG001
    file = brought(clinic, f"P-1,,{hours(-3)},{hours(50)},,")
    stranger = as_(people.charlie())
    for path in ("", "new/", f"files/{file.pk}/"):
        assert stranger.get(URL + path).status_code == 404
    assert stranger.post(f"{URL}files/{file.pk}/report/").status_code == 404
    assert sent(stranger, "x").status_code == 404
    assert len(standing(clinic)) == 1
    with acting_for(clinic.pk):
        assert Booking.objects.count() == 1
