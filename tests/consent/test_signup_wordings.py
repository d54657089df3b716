"""The wording of the hosted form: it says everything it must or is not shown, and each version stays as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client as Browser

from consent import signing_up
from consent.models import SignupForm, SignupWording
from consent.proof import names
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.consent.test_signing_up import ALL, browser, clinic, form, shown

__all__ = ["browser", "clinic", "form"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("purposes", [["care"], ["recall"], ["marketing"], ALL])
def test_the_starter_says_everything_it_must(purposes: list[str], language: str) -> None:
    wording = signing_up.starter("Bright Smiles", purposes, language)
    assert signing_up.lint(wording, purposes, "Bright Smiles") == []


@pytest.mark.parametrize(
    "without, says",
    [
        ("hasta 4 mensajes al mes", "how often"), ("tarifas", "rates"), ("STOP", "STOP"), ("HELP", "HELP"),
        ("condición", "condition"), ("ofertas y otra publicidad", "marketing"), ("automatizado", "automatically"),
    ],
)  # fmt: skip
def test_a_spanish_wording_is_asked_for_the_same(without: str, says: str) -> None:
    wording = signing_up.starter("Bright Smiles", ALL, "es").replace(without, "")
    assert [each for each in signing_up.lint(wording, ALL, "Bright Smiles") if says in each]


def test_a_spanish_form_speaks_spanish_and_takes_no_english_wording(client: Any, clinic: Client) -> None:
    people.sign_in(client, people.bob(clinic))
    given = {
        "name": "Sitio",
        "purposes": ALL,
        "language": "es",
        "wording": signing_up.starter(clinic.name, ALL),
    }
    answer = client.post(f"/c/{clinic.slug}/sign-up/", given)
    assert "This wording is English" in answer.content.decode()
    lacking = client.post(f"/c/{clinic.slug}/sign-up/", given | {"wording": "Sí."})
    assert "how often" in lacking.content.decode()
    in_spanish = signing_up.starter(clinic.name, ALL, "es")
    assert client.post(f"/c/{clinic.slug}/sign-up/", given | {"wording": in_spanish}).status_code == 302
    with acting_for(clinic.pk):
        there = f"/s/{SignupForm.objects.get().public_id}/"
    page = client.get(there).content.decode()
    for says in (in_spanish, "Nombre", "Apellido", "Número de celular", "Por usted", "Su nombre completo"):
        assert says in page
    assert "First name" not in page
    refused = client.post(there, {}, headers={"Sec-Fetch-Site": "same-origin"}).content.decode()
    assert "First name" not in refused


@pytest.mark.parametrize(
    "without, says",
    [
        ("Bright Smiles", "does not name"), ("up to 4 texts a month", "how often"), ("rates may apply", "rates"),
        ("STOP", "STOP"), ("HELP for help", "HELP"), ("not a condition", "condition"), ("marketing", "marketing"),
        ("automated", "automatically"),
    ],
)  # fmt: skip
def test_a_wording_that_leaves_something_out_is_not_shown(
    client: Any, clinic: Client, without: str, says: str
) -> None:
    people.sign_in(client, people.bob(clinic))
    wording = signing_up.starter(clinic.name, ALL).replace(without, "").replace("offers", "news")
    given = {"name": "Website", "purposes": ALL, "language": "en", "wording": wording}
    answer = client.post(f"/c/{clinic.slug}/sign-up/", given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not SignupForm.objects.exists()
    assert names("Bright  smiles", "bright smiles")


def test_a_new_wording_is_a_new_version_and_the_former_stays(
    client: Any, clinic: Client, browser: Browser
) -> None:
    people.sign_in(client, people.bob(clinic))
    there = f"/c/{clinic.slug}/sign-up/"
    wording = signing_up.starter(clinic.name, ALL)
    given = {"name": "Website", "purposes": ALL, "language": "en", "wording": wording}
    assert client.post(there, given).status_code == 302
    form = SignupForm.objects.get()
    newer = wording.replace("up to 4", "up to 2")
    assert client.post(f"{there}{form.pk}/", given | {"wording": newer}).status_code == 302
    assert "up to 2 texts" in shown(browser, form)
    page = client.get(there).content.decode()
    assert f"/s/{form.public_id}/" in page
    assert page.index("up to 2 texts") < page.index("up to 4 texts")
    with acting_for(clinic.pk):
        assert list(SignupWording.objects.order_by("number").values_list("number", "wording")) == [
            (1, wording),
            (2, newer),
        ]
    assert client.post(f"{there}{form.pk}/close/").status_code == 302
    assert browser.get(f"/s/{form.public_id}/").status_code == 404


def test_a_stranger_writes_no_wording(client: Any, clinic: Client, form: SignupForm) -> None:
    people.sign_in(client, people.charlie())
    rival = people.rival_clinic()
    for slug in (clinic.slug, rival.slug):
        assert client.get(f"/c/{slug}/sign-up/{form.pk}/").status_code == 404
        assert client.post(f"/c/{slug}/sign-up/{form.pk}/close/").status_code == 404
    people.sign_in(client, people.fred(clinic))
    assert client.get(f"/c/{clinic.slug}/sign-up/").status_code == 403


def test_how_long_a_yes_lasts_is_kept_with_each_version(
    client: Any, clinic: Client, form: SignupForm
) -> None:
    people.sign_in(client, people.bob(clinic))
    there = f"/c/{clinic.slug}/sign-up/{form.pk}/"
    given = {
        "name": "Website",
        "purposes": ALL,
        "language": "en",
        "wording": signing_up.starter(clinic.name, ALL),
    }
    assert client.post(there, given | {"lasts_months": "11"}).status_code == 422
    assert client.post(there, given | {"lasts_months": "24"}).status_code == 302
    with acting_for(clinic.pk):
        assert list(SignupWording.objects.order_by("number").values_list("lasts_months", flat=True)) == [
            None,
            24,
        ]
    assert '<option value="24" selected>' in client.get(there).content.decode()
    assert "a yes ends after 24 months" in client.get(f"/c/{clinic.slug}/sign-up/").content.decode()


@pytest.mark.parametrize(
    "given, months, ends",
    [
        ("2026-01-31T20:00:00-05:00", 1, "2026-02-28T00:00:00-05:00"),
        ("2026-12-15T23:30:00-05:00", 12, "2027-12-15T00:00:00-05:00"),
        ("2026-12-31T04:00:00+00:00", 6, "2027-06-30T00:00:00-04:00"),
    ],
)
def test_it_ends_as_that_day_begins_by_the_practices_clock(given: str, months: int, ends: str) -> None:
    clinic = Client(time_zone="America/New_York")
    assert str(signing_up.end_of(datetime.fromisoformat(given), months, clinic)) == ends.replace("T", " ")
