from __future__ import annotations

from html import escape, unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.rendering import (
    MissingValue,
    Person,
    TooLong,
    filled_parts,
    people_by_id,
    person_of,
    render,
    text_of,
)
from campaigns.spoken import STOP_LINE
from consent.models import Contact
from tenants.scope import acting_for
from tests import people

LINK = "https://cts.example/u/token/"
BRAND = {
    "practice_name": "Bright Smiles",
    "practice_phone": "(574) 231-0600",
    "practice_website": "",
    "postal_address": "1 Main St",
}


def content(body: str, subject: str = "", channel: str = "sms") -> dict[str, Any]:
    step: dict[str, Any] = {"position": 1, "channel": channel, "subject": subject, "body": body}
    if channel == "sms":
        step["text"] = text_of(body, BRAND["practice_name"])
    else:
        step["footer"] = ["Bright Smiles", "1 Main St"]
    return {"brand": BRAND, "steps": [step]}


def person(**values: str) -> Person:
    return Person(1, {"first_name": "Jane", "last_name": "Doe", "full_name": "Jane Doe"} | values)


def test_a_text_names_the_practice_and_ends_with_the_stop_line() -> None:
    made = render(content("Hi {{ first_name }}, time for a visit?"), 1, person())
    assert made.text == f"Bright Smiles: Hi Jane, time for a visit?\n{STOP_LINE}"
    assert (made.channel, made.subject, made.html, made.segments) == ("sms", "", "", 1)


@pytest.mark.parametrize("body", ["Bright Smiles here. Come by!", "{{ practice_name }} here. Come by!"])
def test_a_text_that_names_the_practice_is_not_named_twice(body: str) -> None:
    assert render(content(body), 1, person()).text == f"Bright Smiles here. Come by!\n{STOP_LINE}"


@pytest.mark.parametrize("ending", ["Reply STOP to opt out", "\nreply stop to opt out."])
def test_a_stop_line_already_there_is_not_doubled(ending: str) -> None:
    made = render(content("Bright Smiles: come by. " + ending), 1, person())
    assert made.text.lower().count("reply stop") == 1


def test_a_mail_has_subject_text_html_and_the_unsubscribe_link() -> None:
    made = render(
        content("Dear {{ full_name }},\n\ncall {{ practice_phone }}", "Hello {{ first_name }}", "email"),
        1,
        person(),
        LINK,
    )
    assert made.subject == "Hello Jane"
    assert "Dear Jane Doe,\n\ncall (574) 231-0600" in made.text
    assert f"Unsubscribe: {LINK}" in made.text
    assert f'href="{LINK}"' in made.html
    assert "{{" not in made.text + made.html + made.subject


def test_a_mail_without_its_unsubscribe_link_is_not_rendered() -> None:
    with pytest.raises(ValueError, match="unsubscribe"):
        render(content("Hello", "Hi", "email"), 1, person())


@pytest.mark.parametrize(
    "name", ["{{ secret }}", "{% load %}", "${7*7}", "{{object.partner_id.firstname}}", "{{ last_name }}"]
)
def test_a_name_that_looks_like_a_merge_field_is_printed_as_text(name: str) -> None:
    assert f"Hi {name}!" in render(content("Hi {{ first_name }}!"), 1, person(first_name=name)).text
    mail = render(
        content("Hi {{ first_name }}!", "S {{ first_name }}", "email"), 1, person(first_name=name), LINK
    )
    assert mail.subject == f"S {name}"
    assert f"Hi {name}!" in mail.text
    assert f"Hi {escape(name)}!" in mail.html


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=a>",
        '"><a href=javascript:x>',
        "**bold**",
        "[x](http://e)",
    ],
)
def test_html_and_markup_in_a_name_are_text(name: str) -> None:
    made = render(content("Hi {{ first_name }}!", "S", "email"), 1, person(first_name=name), LINK)
    assert f"Hi {escape(name)}!" in made.html
    assert f"Hi {name}!" in made.text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_any_name_is_said_as_it_is_and_breaks_nothing(name: str) -> None:
    made = render(content("Hi {{ first_name }}!", "S", "email"), 1, Person(1, {"first_name": name}), LINK)
    assert unescape(made.html.split("Hi ")[1].split("</p>")[0]).startswith(name.split("</p>")[0][:20])


def test_a_value_that_is_missing_stops_the_message_and_is_named() -> None:
    with pytest.raises(MissingValue) as missing:
        render(content("Hi {{ first_name }}"), 1, person(first_name=""))
    assert missing.value.field == "first_name"
    with pytest.raises(MissingValue):
        render(content("Visit {{ practice_website }}"), 1, person())


def test_a_subject_stays_one_line_whatever_the_name_holds(db: None) -> None:
    with acting_for((of := people.clinic()).pk):
        them = people.contact(of, first_name="Jane\r\nBcc: all@example.org", last_name="D\x00\u202eoe")
        who = people_by_id(of, [them.pk])[them.pk]
        made = render(content("Hi", "Hello {{ full_name }}", "email"), 1, who, LINK)
    assert made.subject == "Hello Jane Bcc: all@example.org D oe"


def test_a_text_too_long_for_the_provider_is_refused() -> None:
    assert len(render(content("Bright Smiles " + "a" * 1563), 1, person()).text) == 1600 - 1
    assert len(render(content("Bright Smiles " + "a" * 1564), 1, person()).text) == 1600
    with pytest.raises(TooLong):
        render(content("Bright Smiles " + "a" * 1565), 1, person())


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120),
    st.sampled_from(
        ["Hi {{ first_name }}", "Come by. Reply STOP to opt out {{ first_name }}", "{{ first_name }}\n"]
    ),
)
@example(STOP_LINE, "Hi {{ first_name }}")
def test_no_value_takes_the_stop_line_from_the_end(name: str, body: str) -> None:
    person = person_of(Contact(first_name=name, last_name=""))
    if not person.values["first_name"]:
        with pytest.raises(MissingValue):
            render(content(body), 1, person)
    else:
        assert render(content(body), 1, person).text.endswith(f"\n{STOP_LINE}")


def test_a_value_counts_towards_the_borders_and_may_change_the_alphabet() -> None:
    words = content("Bright Smiles " + "a" * 120 + " {{ first_name }}")  # 157 characters without the name
    counted = {name: render(words, 1, person(first_name=name)).segments for name in ("Ann", "Anne", "Ann😀")}
    assert counted == {"Ann": 1, "Anne": 2, "Ann😀": 3}
    with pytest.raises(TooLong):  # and not cut, which would lose the stop line
        render(content("Bright Smiles " + "a" * 1560 + " {{ first_name }}"), 1, person(first_name="Anne"))


def test_a_practice_whose_name_holds_braces_breaks_nothing() -> None:
    assert text_of("Hi", "{{ Smile }}").startswith("{ { Smile } }: Hi")


def test_the_digest_changes_with_every_part_and_with_nothing_else() -> None:
    mail = content("Hi {{ first_name }}", "S", "email")
    one, two = render(mail, 1, person(), LINK), render(mail, 1, person(), LINK)
    assert one == two
    assert (
        len(
            {
                one.sha256,
                render(mail, 1, person(first_name="Joe"), LINK).sha256,
                render(mail, 1, person(), LINK + "x").sha256,
            }
        )
        == 3
    )


def test_nothing_personal_shows_when_a_person_or_a_message_is_printed() -> None:
    made = render(content("Hi {{ first_name }}"), 1, person())
    assert "Jane" not in repr(made) + repr(person())


@pytest.mark.django_db
def test_people_are_loaded_in_two_queries_and_only_those_asked_for() -> None:
    with acting_for((of := people.clinic()).pk):
        mother = people.contact(of, first_name="Ana", phone=people.a_phone())
        ids = [
            people.contact(of, first_name=f"Kid{n}", guardian=mother, phone=people.a_phone()).pk
            for n in range(5)
        ]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = people_by_id(of, ids)
        assert len(asked) == 2
        assert set(found) == set(ids)
        first = found[ids[0]]
        assert first.values["guardian_first_name"] == "Ana"
        assert len(first.points) == 1
        assert next(iter(first.points.values())).startswith("+1")


@pytest.mark.django_db
def test_a_rivals_contact_is_not_found() -> None:
    with acting_for((rival := people.rival_clinic()).pk):
        theirs = people.contact(rival).pk
    with acting_for((of := people.clinic()).pk):
        assert people_by_id(of, [theirs]) == {}


@pytest.mark.django_db
def test_the_parts_a_contact_fills_are_those_the_gate_compares() -> None:
    with acting_for((of := people.clinic()).pk):
        them = people.contact(of, first_name="Jane", last_name="")
        assert filled_parts(them) == ["first_name"]
