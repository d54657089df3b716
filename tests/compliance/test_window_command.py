"""manage.py window: spans in UTC, the rule behind each edge, and why a day is closed."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.models import Freeze
from tests import people

pytestmark = pytest.mark.django_db


def asked(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("window", *words, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def said(*words: str) -> str:
    out = StringIO()
    call_command("window", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "words, spans",
    [
        # Miami in winter: Florida's law, 8 to 20 Eastern.
        (("+13055550142", "--date", "2026-12-09"), [["2026-12-09T13:00Z", "2026-12-10T01:00Z"]]),
        # Pensacola's code lies in both zones; a ZIP decides the address but not the code.
        (("+18505550142", "--date", "2026-12-09"), [["2026-12-09T14:00Z", "2026-12-10T01:00Z"]]),
        (("+18505550142", "--zip", "32501", "--date", "2026-12-09"), [["2026-12-09T14:00Z", "2026-12-10T01:00Z"]]),
        # A Californian number in New York: 9 Pacific to 21 Eastern.
        (("+14155550142", "--state", "NY", "--date", "2026-12-09"), [["2026-12-09T17:00Z", "2026-12-10T02:00Z"]]),
        # The day the clocks go forward, and back.
        (("+13055550142", "--date", "2026-03-08"), [["2026-03-08T12:00Z", "2026-03-09T00:00Z"]]),
        (("+13055550142", "--date", "2026-11-01"), [["2026-11-01T13:00Z", "2026-11-02T01:00Z"]]),
        # El Paso: Mountain and Central time both count in Texas; Sundays begin at noon.
        (("+19155550142", "--date", "2026-12-09"), [["2026-12-09T16:00Z", "2026-12-10T03:00Z"]]),
        (("+19155550142", "--date", "2026-12-13"), [["2026-12-13T19:00Z", "2026-12-14T03:00Z"]]),
        # Toll-free, place unknown: every state at once, Hawaii's morning to Maine's afternoon.
        (("+18005550142", "--date", "2026-12-09"), [["2026-12-09T18:00Z", "2026-12-09T22:00Z"]]),
        # Alabama on a Sunday and on a holiday.
        (("+12055550142", "--date", "2026-12-13"), []),
        (("+12055550142", "--date", "2026-11-26"), []),
    ],
)  # fmt: skip
def test_the_lawful_hours_of_a_number(words: tuple[str, ...], spans: list[list[str]]) -> None:
    assert asked(*words, "--legal")["spans"] == spans


def test_each_edge_names_the_rule_that_set_it_with_its_source() -> None:
    opens, closes = asked("+13055550142", "--date", "2026-12-09", "--legal")["edges"]
    assert (opens["rule"], opens["local"], opens["at"]) == (
        "TCPA-QUIET-HOURS", "2026-12-09T08:00", "2026-12-09T13:00Z",
    )  # fmt: skip
    assert (closes["rule"], closes["state"], closes["local"]) == ("STATE-HOURS", "FL", "2026-12-09T20:00")
    assert "501.616" in closes["source"]


def test_without_legal_the_recommended_hours_narrow_the_law_and_a_clients_own_replace_them() -> None:
    assert asked("+13055550142", "--date", "2026-12-09")["spans"] == [
        ["2026-12-09T15:00Z", "2026-12-09T23:00Z"]
    ]
    assert asked("+13055550142", "--date", "2026-12-13")["spans"] == []
    people.clinic(hours_from=9, hours_until=12)
    own = asked("+13055550142", "--date", "2026-12-09", "--client", "bright-smiles")
    assert own["spans"] == [["2026-12-09T14:00Z", "2026-12-09T17:00Z"]]
    assert {edge["rule"] for edge in own["edges"]} == {"SEND-WINDOW-HOUSE"}


def test_a_closed_day_is_put_off_to_the_next_and_after_three_it_is_held_with_a_reason() -> None:
    sunday = asked("+12055550142", "--date", "2026-12-13", "--legal")
    assert sunday["closed"] == [{"rule": "STATE-HOURS", "state": "AL", "says": "Closed on Sundays."}]
    assert sunday["next"]["date"] == "2026-12-14"
    never = asked("+13055550142", "--state", "GU", "--date", "2026-12-09", "--legal")
    assert never["spans"] == []
    assert never["next"] == {"held": "NO_LAWFUL_WINDOW"}
    assert "held" in said("+13055550142", "--state", "GU", "--date", "2026-12-09", "--legal")


def test_a_freeze_of_a_state_closes_its_day() -> None:
    Freeze.objects.create(state="LA", reason="Hurricane")
    frozen = asked("+15045550142", "--date", "2026-12-09", "--legal")
    assert frozen["spans"] == []
    assert frozen["closed"] == [
        {"rule": "STATE-EMERGENCY", "state": "LA", "says": "Texts to LA are frozen: Hurricane"}
    ]
    assert asked("+13055550142", "--date", "2026-12-09", "--legal")["spans"] != []
    assert asked("+18005550142", "--date", "2026-12-09", "--legal")["spans"] == []


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("+14165550142",), "not a United States phone number"),
        (("hello",), "not a United States phone number"),
        (("+13055550142", "--state", "XX"), "no state 'XX'"),
        (("+13055550142", "--zip", "123"), "no ZIP code"),
        (("+13055550142", "--date", "2026-02-30"), "no day"),
        (("+13055550142", "--client", "nobody"), "no client"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        said(*words)


def test_people_read_it_in_local_time() -> None:
    text = said("(305) 555-0142", "--date", "2026-12-09", "--legal")
    assert "closes Wed 9 Dec 20:00 EST by STATE-HOURS FL (Fla. Stat. 501.616(6), 501.059)" in text
