"""manage.py freeze: an emergency stops texts to a state, and to people whose place is not known."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from compliance.models import Freeze
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_gate import World, at_place

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("freeze", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "state, key, refused",
    [
        ("Louisiana", "LA/America/Chicago", True),
        ("LA", "LA/America/Chicago|TX/America/Chicago", True),
        ("LA", "?", True),
        ("LA", "CA/America/Los_Angeles", False),
        ("LA", "FL/America/Chicago|FL/America/New_York", False),
    ],
)
def test_a_freeze_reaches_whoever_may_be_there_and_nobody_else(state: str, key: str, refused: bool) -> None:
    clinic = people.clinic(health_policy="https://brightsmiles.example/health-data")
    signer = people.bob(clinic)
    with acting_for(clinic.pk):
        world = World(clinic, signer)
        at_place(world, key)
        said(state, "--reason", "Hurricane")
        assert ("state_frozen" in world.codes("sms")) is refused
        assert world.codes("email") == []
        said(state, "--lift")
        assert "state_frozen" not in world.codes("sms")


def test_a_state_is_frozen_once_with_a_reason_and_listed() -> None:
    with pytest.raises(CommandError, match="reason"):
        said("LA")
    with pytest.raises(CommandError, match="no state"):
        said("ZZ", "--reason", "x")
    said("LA", "--reason", "Hurricane")
    assert "frozen already: Hurricane" in said("LA", "--reason", "Again")
    assert "LA since" in said()
    assert Freeze.objects.count() == 1
    assert "may go on" in said("LA", "--lift")
    assert "not frozen" in said("LA", "--lift")
