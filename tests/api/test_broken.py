"""What nobody foresaw is told as a problem too, and nothing of it is kept."""

from __future__ import annotations

import pytest

from consent.models import Contact
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db


def test_an_error_of_ours_leaves_nothing_half_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("jane@example.org")

    caller = Caller(people.clinic())
    monkeypatch.setattr("consent.api.contacts.noted", broken)
    answer = caller.post("contacts/", {"phone": "+15742310001"}, key="one")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "jane" not in answer.content.decode()
    with acting_for(caller.token.client_id):
        assert not Contact.objects.exists()
    monkeypatch.undo()
    assert caller.post("contacts/", {"phone": "+15742310001"}, key="one").status_code == 201
