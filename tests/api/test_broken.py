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


def test_what_no_number_is_and_what_no_year_holds_is_answered_like_everything_else() -> None:
    caller = Caller(people.clinic())
    nowhere = caller.get("contacts/%0A/")
    assert (nowhere.status_code, nowhere["Content-Type"]) == (404, "application/problem+json")
    for edge in ("0001-01-01T00:03:00%2B02:00", "9999-12-31T23:59:00-02:00"):
        assert caller.get(f"messages/?changed_since={edge}").status_code == 200
    bare = caller.post("contacts/", {"phone": "+15742310001", "zip": 2134})
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "zip")
