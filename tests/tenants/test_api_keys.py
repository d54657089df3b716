"""Making and ending keys of the API: by the owner, after proving who is there, shown once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from tenants import step_up
from tenants.models import ApiToken, AuditEvent
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db
URL = "/c/bright-smiles/settings/keys/"
WANTED = {"name": "Website form", "scopes": ["contacts:write", "consents:write"], "days": "90"}


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: True)


def as_(who: Any) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def test_a_key_is_shown_once_and_works() -> None:
    clinic = people.clinic()
    browser = as_(people.olive())
    page = browser.post(URL, WANTED)
    made = ApiToken.objects.get()
    secret = next(
        word
        for word in page.content.decode().replace("<", " ").replace(">", " ").split()
        if word.startswith("cts_")
    )
    assert page["Cache-Control"] == "no-store, private"
    assert secret not in browser.get(URL).content.decode()
    answer = Browser().get("/api/v1/consents/", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 403  # it may write only
    browser.post(f"{URL}{made.pk}/end/")
    assert (
        Browser().get("/api/v1/consents/", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    )
    with acting_for(clinic.pk):
        assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"api_key.made", "api_key.ended"}


def test_nobody_makes_a_key_without_proving_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    people.clinic()
    browser = as_(people.olive())
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: False)
    assert "reauthenticate" in browser.post(URL, WANTED)["Location"]
    assert not ApiToken.objects.exists()


def test_a_key_needs_a_name_scopes_and_an_end() -> None:
    people.clinic()
    browser = as_(people.olive())
    wrongs: tuple[dict[str, Any], ...] = ({"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"days": "9999"})
    for wrong in wrongs:
        assert browser.post(URL, WANTED | wrong).status_code == 422
    assert not ApiToken.objects.exists()


def test_staff_look_and_a_stranger_gets_nothing() -> None:
    people.clinic()
    staff = as_(people.alice())
    assert b"Only the agency" in staff.get(URL).content
    assert staff.post(URL, WANTED).status_code == 403
    stranger = as_(people.charlie())
    assert stranger.get(URL).status_code == 404
    assert stranger.post(URL, WANTED).status_code == 404
