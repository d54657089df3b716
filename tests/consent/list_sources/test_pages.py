"""The owner sets a source up, the agency's people look and state, and a stranger meets nothing."""

from __future__ import annotations

from typing import Any

import asyncssh
import pytest
from django.db import connection
from django.test import Client as Browser

from consent.list_sources import pages
from consent.models import ListSource
from tenants import step_up
from tenants.models import AuditEvent, Client, Role
from tenants.scope import acting_for
from tests import people
from tests.consent.list_sources.conftest import again, drop, look

pytestmark = pytest.mark.django_db
URL = "/c/bright-smiles/imports/sources/"
KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
STATED = {"attest": "on", "typed_name": "Olive Owner"}
GIVEN = STATED | {
    "name": "Nightly", "kind": "sftp", "every": "24", "host": "sftp.practice.example", "port": "22", "user_name": "practice",
    "secret": "open sesame", "host_key": f"sftp.practice.example {KEY} comment",
}  # fmt: skip


@pytest.fixture(autouse=True)
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: True)
    monkeypatch.setattr("consent.list_sources.forms.reaches_out", lambda host: host != "inside.example")


def as_(who: Any) -> Browser:
    browser: Browser = people.sign_in(Browser(), who)
    return browser


def test_a_server_is_set_up_with_its_key_and_a_statement(clinic: Client) -> None:
    browser = as_(people.olive())
    answer = browser.post(URL, GIVEN)
    with acting_for(clinic.pk), connection.cursor() as cursor:
        made = ListSource.objects.get()
        cursor.execute("SELECT secret FROM consent_listsource")
        assert "sesame" not in cursor.fetchone()[0]
        assert AuditEvent.objects.filter(verb="list_source.made").exists()
    assert answer["Location"] == f"{URL}{made.pk}/"
    assert (made.host_key, made.secret) == (" ".join(KEY.split()[:2]), "open sesame")
    page = browser.get(answer["Location"]).content.decode()
    assert ("sesame" in page, "Olive Owner" in page) == (False, True)
    assert "Nightly" in browser.get(URL).content.decode()


@pytest.mark.parametrize(
    "change, says",
    [
        ({"attest": ""}, "Without this statement no list is taken."),
        ({"host_key": ""}, "A server needs this."),
        ({"host_key": "ssh-ed25519 nonsense"}, "This is no public key of a server."),
        ({"secret": "-----BEGIN OPENSSH PRIVATE KEY-----\nx"}, "This private key cannot be read."),
        ({"host": "inside.example"}, "Our own network and this machine are never called."),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_kept(
    clinic: Client, change: dict[str, str], says: str
) -> None:
    answer = as_(people.olive()).post(URL, GIVEN | change)
    assert (answer.status_code, says in answer.content.decode()) == (422, True)
    with acting_for(clinic.pk):
        assert not ListSource.objects.exists()


def test_there_is_an_end_to_sources(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    browser = as_(people.olive())
    answers = [browser.post(URL, GIVEN) for _ in range(2)]
    assert [each.status_code for each in answers] == [302, 422]
    assert "End one first." in answers[1].content.decode()
    with acting_for(clinic.pk):
        assert ListSource.objects.count() == 1


def test_the_page_tells_each_file_and_staff_look_and_state(clinic: Client, source: ListSource) -> None:  # noqa: ARG001
    drop(source, "report.xlsx", b"PK\x03\x04")
    drop(source)
    look(source)
    browser = as_(people.alice())
    page = browser.get(f"{URL}{source.pk}/").content.decode()
    assert [each in page for each in ("report.xlsx", "Excel", "list.csv")] == [True] * 3
    assert browser.post(f"{URL}{source.pk}/look/").status_code == 302
    assert browser.post(f"{URL}{source.pk}/statement/", {"typed_name": "A"}).status_code == 422
    assert browser.post(f"{URL}{source.pk}/statement/", STATED).status_code == 302
    assert again(source).attested_name == "Olive Owner"


def test_making_and_ending_one_need_a_sign_in_of_the_last_minutes(
    clinic: Client, source: ListSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_(people.olive())
    monkeypatch.setattr(step_up, "is_lately_proven", lambda _: False)
    for path in (URL, f"{URL}{source.pk}/end/"):
        assert "reauthenticate" in browser.post(path, GIVEN)["Location"]
    with acting_for(clinic.pk):
        assert list(ListSource.objects.filter(ended_at=None)) == [source]


def test_only_the_owner_makes_and_ends_and_a_stranger_meets_nothing(
    clinic: Client, source: ListSource
) -> None:
    bob = people.member("Bob", Role.APPROVER, client=clinic)
    for who in (people.alice(), bob):
        browser = as_(who)
        assert browser.get(f"{URL}{source.pk}/").status_code == 200
        assert {browser.post(each, GIVEN).status_code for each in (URL, f"{URL}{source.pk}/end/")} == {403}
    assert as_(bob).post(f"{URL}{source.pk}/look/").status_code == 403
    with acting_for(clinic.pk):
        ListSource.objects.update(secret="open sesame")
    assert as_(people.olive()).post(f"{URL}{source.pk}/end/").status_code == 302
    with acting_for(clinic.pk):
        assert not ListSource.objects.filter(ended_at=None).exists()
        assert ListSource.objects.get().secret == "", "a password that is not needed is not kept"
    assert as_(people.charlie()).get(URL).status_code == 404
