"""Two contents with different fingerprints never read as the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from campaigns.differences import differences
from campaigns.fingerprint import fingerprint_of, signed_content
from campaigns.models import Campaign, Step
from tenants.models import Location
from tenants.scope import acting_for
from tests.campaigns.review import asked

pytestmark = pytest.mark.django_db


def leaves(content: Any) -> Iterator[tuple[Any, Any]]:
    """Each place that holds a value: what it is in, and its key."""
    for key in list(content if isinstance(content, dict) else range(len(content))):
        if isinstance(content[key], dict | list) and content[key]:
            yield from leaves(content[key])
        else:
            yield content, key


def another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case list():
            return ["x"]
        case "2030-01-01" | "":
            return "2031-01-01"
        case _:
            return f"{value} x"


def whole() -> dict[str, Any]:
    """A content with everything in it that one may hold."""
    case = asked()
    with acting_for(case.client.pk):
        site = Location.objects.filter(client=case.client).first() or Location.objects.create(
            client=case.client, name="Main Street", time_zone="America/New_York"
        )
        Campaign.objects.update(
            location=site,
            joins=True,
            lapsed_months=9,
            hold_out=10,
            hold_out_seed="one",
            starts_on="2030-01-01",
        )
        Step.objects.filter(position=1).update(other_body="Or this, {{ first_name }}", split_seed="two")
        return signed_content(Campaign.objects.select_related("client", "location").get())


def test_whatever_is_changed_shows() -> None:
    before = whole()
    silent, number = [], len(list(leaves(before)))
    for place in range(number):
        after = copy.deepcopy(before)
        inside, key = list(leaves(after))[place]
        if key in ("purpose", "channel", "provider", "days"):  # one of a few words each
            inside[key] = {"purpose": "care", "channel": "email", "provider": "smtp", "days": "1"}[key]
            inside[key] = "sms" if inside[key] == before.get(key) else inside[key]
        else:
            inside[key] = another(inside[key])
        if fingerprint_of(after) != fingerprint_of(before) and not differences(before, after):
            silent.append(key)
    assert number > 40
    assert silent == []


def test_what_is_not_written_anywhere_is_named_by_its_place() -> None:
    before = whole()
    after = before | {"format": 2}
    (only,) = differences(before, after)
    assert (only.where, only.pieces) == ("Something changed that reads the same", (("added", "format"),))
    assert differences(before, copy.deepcopy(before)) == []


def test_the_time_zone_the_sender_and_the_draws_are_readable() -> None:
    before = whole()
    after = copy.deepcopy(before)
    after["schedule"]["time_zone"] = "America/Denver"
    after["steps"][0]["sender"]["messaging_service"] = "MG2"
    after["measured"]["seed"], after["steps"][0]["other"]["seed"] = "three", "four"
    assert [each.where for each in differences(before, after)] == [
        "The practice’s time zone", "Draw of those held out", "Message 1, sender’s record", "Message 1, draw of the wordings",
    ]  # fmt: skip
