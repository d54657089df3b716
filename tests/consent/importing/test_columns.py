"""Which column is which is guessed from names and values; what we do not take says why."""

from __future__ import annotations

import pytest

from consent.importing import columns
from consent.importing.columns import Mapping, MappingRefused, from_json, guess
from consent.importing.fields import FIELDS
from consent.importing.left_out import REPEATED


def mapped(*header: str, rows: list[list[str]] | None = None) -> dict[str, str]:
    return {column.name: column.field for column in guess(list(header), rows or []).columns if column.field}


@pytest.mark.parametrize(
    "name, field",
    [
        ("Patient ID", "external_id"), ("PatientID", "external_id"), ("patient_number", "external_id"), ("Chart #", "external_id"),
        ("MRN", "external_id"), ("Acct No.", "external_id"), ("First Name", "first_name"), ("FIRST", "first_name"),
        ("FirstName", "first_name"), ("fname", "first_name"), ("Nombre", "first_name"), ("Preferred Name", "first_name"),
        ("LastName", "last_name"), ("Surname", "last_name"), ("Apellidos", "last_name"), ("Patient Name", "full_name"),
        ("Name", "full_name"), ("Cell Phone", "phone"), ("Mobile #", "phone"), ("Phone", "phone"), ("SMS", "phone"),
        ("WirelessPhone", "phone"), ("Teléfono", "phone"), ("E-mail", "email"), ("Email Address", "email"), ("EMAIL", "email"),
        ("State", "state"), ("St", "state"), ("ZIP", "zip"), ("Postal Code", "zip"), ("Zip/Postal Code", "zip"),
        ("Last Visit", "last_visit"), ("Last Appt. Date", "last_visit"), ("LastSeenDate", "last_visit"), ("DOB", "birth_date"),
        ("Date of Birth", "birth_date"), ("Birthdate", "birth_date"), ("Recall Type", "segment"), ("Appointment Type", "segment"),
        ("OK to text?", "sms_consent"), ("SMS Opt-In", "sms_consent"), ("Text Consent", "sms_consent"),
        ("OK to email?", "email_consent"), ("Email Opt In", "email_consent"), ("Accepts Email Marketing", "email_consent"),
        ("Do Not Text", "sms_stop"), ("SMS Opt-Out", "sms_stop"), ("Unsubscribed", "email_stop"), ("Do not email", "email_stop"),
        ("DNC", "contact_stop"), ("Opted out", "contact_stop"), ("OK to contact?", "contact_consent"), ("Language", "language"),
        ("Guarantor ID", "guardian_external_id"), ("Office", "location"), ("Deceased", "deceased"), ("Date of Death", "deceased"),
    ],
)  # fmt: skip
def test_many_spellings_of_a_name_are_known(name: str, field: str) -> None:
    assert mapped(name) == {name: field}


@pytest.mark.parametrize(
    "name, part",
    [
        ("SSN", "Government"), ("Social Security Number", "Government"), ("Driver's License", "Government"),
        ("Diagnosis", "Health detail"), ("ICD-10", "Health detail"), ("Medications", "Health detail"), ("Allergies", "Health detail"),
        ("Primary Insurance", "Insurance"), ("Policy Number", "Insurance"), ("Subscriber ID", "Insurance"), ("Notes", "Free text"),
        ("Comments", "Free text"), ("Street Address", "Postal address"), ("City", "Postal address"), ("Gender", "Personal trait"),
        ("Balance", "Money"), ("Provider", "somebody else"), ("Emergency Contact", "somebody else"), ("Parent Name", "guardian"),
        ("Next Appointment Date", "Future"), ("Favourite colour", "Not on the list"),
        ("tenant_id", "inner workings"), ("id", "inner workings"), ("approved_by", "inner workings"), ("is_staff", "inner workings"),
        ("consent_at", "inner workings"), ("client_id", "inner workings"), ("role", "inner workings"), ("is_superuser", "inner workings"),
    ],
)  # fmt: skip
def test_what_is_not_taken_says_why(name: str, part: str) -> None:
    (column,) = guess([name], []).columns
    assert not column.field
    assert part.casefold() in column.reason.casefold()


def test_of_several_phones_the_mobile_one_is_taken() -> None:
    header = ["Home Phone", "Phone", "Work Phone", "Mobile Phone", "Fax"]
    found = guess(header, [])
    assert found.position_of("phone") == 3
    assert [column.reason for column in found.columns if not column.field] == [REPEATED] * 4


def test_of_two_columns_with_one_name_the_first_is_taken() -> None:
    assert mapped("Email", "Email (2)") == {"Email": "email"}


def test_first_and_last_name_are_better_than_the_whole_name() -> None:
    assert mapped("Name", "First Name", "Last Name") == {"First Name": "first_name", "Last Name": "last_name"}


def test_values_tell_what_a_name_does_not() -> None:
    rows = [
        ["jane@example.org", "574-231-0642", "x"],
        ["bob@example.org", "(574) 231-0643", "y"],
        ["", "", "z"],
    ]
    assert mapped("Contact 1", "Contact 2", "Contact 3", rows=rows) == {
        "Contact 1": "email",
        "Contact 2": "phone",
    }


def test_values_unmask_a_misleading_name() -> None:
    rows = [["active", "jane@example.org"], ["lapsed", "bob@example.org"]]
    assert mapped("State", "Email", rows=rows) == {"Email": "email"}


def test_a_column_that_is_ruled_out_is_not_found_by_its_values() -> None:
    assert mapped("Emergency contact", rows=[["jane@example.org"]]) == {}


def test_a_file_without_names_is_refused() -> None:
    for header in (["Jane", "574-231-0642"], ["jane@example.org", "x"], ["Jane", "2024-01-05"]):
        with pytest.raises(MappingRefused, match="looks like a person"):
            guess(header, [])


def test_day_first_is_seen_from_the_whole_column() -> None:
    header = ["Last Visit", "Email"]
    assert guess(header, [["25/12/2024", ""], ["3/4/2024", ""]]).day_first
    assert not guess(header, [["12/25/2024", ""], ["3/4/2024", ""]]).day_first
    assert not guess(header, [["12/25/2024", ""], ["25/12/2024", ""]]).day_first


def test_a_person_s_choice_wins_and_takes_the_field_from_the_guess() -> None:
    found = guess(["Phone", "Work Phone", "Email"], []).choosing({"Work Phone": "phone", "Email": ""})
    assert [column.field for column in found.columns] == ["", "phone", ""]


def test_a_choice_that_cannot_be_is_refused() -> None:
    found = guess(["Phone", "Work Phone"], [])
    for choices, part in (
        ({"Phone": "ssn"}, "not something we take"),
        ({"Fax": "phone"}, "no column called"),
        ({"Phone": "phone", "Work Phone": "phone"}, "two columns"),
    ):
        with pytest.raises(MappingRefused, match=part):
            found.choosing(choices)


def test_a_mapping_that_reaches_nobody_is_refused() -> None:
    with pytest.raises(MappingRefused, match="nobody could be contacted"):
        guess(["First Name", "State"], []).check()
    guess(["Email"], []).check()


def test_a_mapping_survives_being_stored() -> None:
    found = guess(["Phone", "SSN", "Last Visit"], [["574-231-0642", "1", "25/12/2024"]])
    assert Mapping.from_stored(found.stored()) == found


def test_a_mapping_file_leaves_out_what_it_does_not_name() -> None:
    header = ["Phone", "Email", "State"]
    found = from_json(header, [], {"Phone": "phone"})
    assert [column.field for column in found.columns] == ["phone", "", ""]
    assert from_json(header, [], {"columns": {"Phone": "phone"}, "day_first": True}).day_first
    for wrong in ({"Nope": "phone"}, {"Phone": 3}, {"columns": ["Phone"]}):
        with pytest.raises(MappingRefused):
            from_json(header, [], wrong)


def test_no_spelling_belongs_to_two_fields() -> None:
    seen: dict[str, str] = {}
    for key, field in FIELDS.items():
        for spelling in field.spellings:
            assert columns.fold(spelling) == spelling, spelling
            assert seen.setdefault(spelling, key) == key, spelling
