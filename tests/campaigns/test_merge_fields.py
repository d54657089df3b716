from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.merge_fields import BY_NAME, CONTACT_PARTS, FIELDS, BadField, fields_in, parts_needed, pieces


def test_plain_merge_fields_are_found_once_each_in_order() -> None:
    assert fields_in("Hi {{ last_name }}, {{first_name}} {{  last_name  }}") == ["last_name", "first_name"]


@pytest.mark.parametrize(
    "text",
    [
        "{{ first_name|upper }}",
        "{{ first_name.upper }}",
        "{{ object.partner_id.firstname }}",
        "{{ secret }}",
        "{{ First_Name }}",
        "{{}}",
        "{{ first_name",
        "first_name }}",
        "{% load x %}",
        "{%",
        "%}",
        "{{{ first_name }}}",
        "{{ {{ first_name }} }}",
        "{{ first_name }} {{ unsubscribe_url }}",
        "{{\nfirst_name }}",
        "{{ first_name\u00a0}}",
    ],
)
def test_anything_else_in_braces_is_refused_with_its_position(text: str) -> None:
    with pytest.raises(BadField) as refused:
        pieces("Hello " + text)
    assert refused.value.position >= 6
    assert str(refused.value.position + 1) in refused.value.says


@pytest.mark.parametrize("text", ["${7*7}", "{ first_name }", "100 % {sure}", "{#", "<% x %>"])
def test_single_braces_are_just_text(text: str) -> None:
    assert pieces(text) == [(text, "")]


def test_what_a_step_needs_are_parts_of_a_contact_only() -> None:
    assert parts_needed(["{{ full_name }} {{ practice_name }}", "{{ location_name }}"]) == [
        "first_name",
        "last_name",
        "location_name",
    ]
    assert {part for field in FIELDS for part in field.parts} == set(CONTACT_PARTS)


def test_every_field_has_a_sentence_and_an_example() -> None:
    assert all(field.says.endswith(".") and field.example for field in FIELDS)
    assert all(fields_in(field.written) == [name] for name, field in BY_NAME.items())


@given(st.text(alphabet="{}%_ afirst_nme|.\n", max_size=60))
def test_reading_either_refuses_or_loses_nothing(text: str) -> None:
    refused, cut = None, []
    try:
        cut = pieces(text)
    except BadField as bad:
        refused = bad
    if refused is not None:
        assert 0 <= refused.position < len(text)
    else:
        assert cut
        assert not any(mark in literal for literal, _ in cut for mark in ("{{", "}}", "{%", "%}"))
