"""Addresses, queries, methods and extra fields as nobody's browser sends them: a 4xx or the plain page, nothing written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tenants.models import Client
from tests import people
from tests.hostile import strings
from tests.test_walker import CLIENT_PAGES, NO_IDS, WRITES, WRITTEN_BY_LOOKING
from tests.walked import objects_of

# Minutes long: with `make reliability`, not with every run of the tests.
pytestmark = [pytest.mark.django_db, pytest.mark.reliability]
WORDS = ["\x00", "..", "%2e%2e", "'", "a" * 5000, "<script>", "\u202e", "null"]
# Every name that a page reads from its address, with what must not trouble it.
QUERIES = {
    "after": ["1~", "~1", "x~1", "9999-12-31~1", "2025-02-29~1", f"~{2**63}", "~-1", "1~1~1", "' OR 1=1--~1"],
    "address": ["x", str(2**63), "-1", "1,2"],
    "words": ["x", str(2**63), ",", ",".join(["1"] * 3000), "1,x"],
    "segment": ["' OR 1=1--", "tenants__users__password__startswith"],
    "state": ["tenants__users__password__startswith", "opted_out_"],
    "sort": ["password", "-client__agency", "?"],
    "before": [*strings.DAYS],
    "since": strings.DAYS,
    "until": strings.DAYS,
    "who": ["0", str(2**63), "x"],
    "area": ["%", "x"],
    "what": ["x" * 200],
    "step": ["x", "-1", str(2**63), "²"],
    "code": ["x", "opted_out'"],
    "outcome": ["x"],
    "campaign": ["x", str(2**63), "²"],
    "show": ["x"],
    "domain": ["x", "a" * 300],
    "number": ["x", str(2**63), "²"],
    "kind": ["x"],
    "provider": ["x"],
    "format": ["csv", "x"],
    "seen": ["x"],
    "full": ["1"],
    "again": ["1"],
}


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def ids(clinic: Client) -> dict[str, Any]:
    return objects_of(clinic) | {"client": clinic.slug}


@pytest.fixture
def olive(ids: dict[str, Any]) -> Browser:
    browser: Browser = people.sign_in(Browser(), people.olive())
    browser.raise_request_exception = False
    return browser


def test_words_in_addresses_that_are_none_of_ours_are_refused(ids: dict[str, Any], olive: Browser) -> None:
    wrong = []
    for route in CLIENT_PAGES:
        for name in set(route.kwargs) & (NO_IDS - {"client"}):
            for word in WORDS:
                try:
                    address = route.url(ids | {name: word})
                except NoReverseMatch:
                    continue
                status = olive.get(address).status_code
                if status not in {400, 403, 404, 405}:
                    wrong.append((route.name, name, word[:20], status))
    assert wrong == []


@pytest.mark.parametrize("door", ["review", "unsubscribe", "invitation", "hook_sendgrid", "hook_smtp"])
def test_a_token_that_is_none_opens_nothing(client: Browser, door: str) -> None:
    client.raise_request_exception = False
    for word in WORDS:
        try:
            address = reverse(door, args=[word])
        except NoReverseMatch:
            continue
        assert client.get(address).status_code in {404, 405}, word[:20]
        assert client.post(address).status_code in {403, 404, 405}, word[:20]


def test_no_query_in_an_address_troubles_a_page(ids: dict[str, Any], olive: Browser) -> None:
    wrong = []
    for route in CLIENT_PAGES:
        plain = olive.get(route.url(ids))
        if plain.status_code != 200 or plain.streaming:
            continue
        for turn in range(max(map(len, QUERIES.values()))):
            query = {name: values[turn % len(values)] for name, values in QUERIES.items()}
            answer = olive.get(route.url(ids), query)
            page = b"" if answer.streaming else answer.content
            if answer.status_code not in {200, 204, 404} or strings.ran(page.decode("utf-8", "replace")):
                wrong.append((route.name, query, answer.status_code))
        if olive.get(route.url(ids), {"after": "\x00"}).status_code != 400:
            wrong.append((route.name, {"after": "NUL"}, 400))
    assert wrong == []


def test_other_methods_write_nothing_and_break_nothing(ids: dict[str, Any], olive: Browser) -> None:
    wrong = []
    for route in CLIENT_PAGES:
        for method in ("head", "put", "patch", "delete", "options", "trace"):
            override = {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST", "HTTP_X_ORIGINAL_URL": "/stop/"}
            with CaptureQueriesContext(connection) as asked:
                answer = getattr(olive, method)(route.url(ids), **override)
            written = [q["sql"] for q in asked if re.match(WRITES, q["sql"], re.I | re.S)]
            written = [sql for sql in written if not any(f'"{table}"' in sql for table in WRITTEN_BY_LOOKING)]
            if answer.status_code >= 500 or written:
                wrong.append((route.name, method, answer.status_code, written))
    assert wrong == []


def test_ten_thousand_ids_at_once_are_refused_with_a_sentence(ids: dict[str, Any], olive: Browser) -> None:
    there = reverse("opt_out", args=[ids["client"], ids["contact"]])
    few = olive.post(there, {"addresses": [str(n) for n in range(1500)], "source": "staff", "note": "x"})
    assert few.status_code == 422
    many = olive.post(there, {"addresses": [str(n) for n in range(10_000)], "source": "staff", "note": "x"})
    assert many.status_code == 400
    assert "More was sent at once than a page ever sends" in many.content.decode()


def test_bytes_that_are_no_text_are_read_as_far_as_they_can_be(ids: dict[str, Any], olive: Browser) -> None:
    there = reverse("contact_pause", args=[ids["client"], ids["contact"]])
    for body in (
        b"reason=%ED%A0%80",
        b"reason=%FF%FE",
        b"reason=%00",
        b"reason[]=x",
        b"=&=&",
        b"reason=" + b"%F0%9F" * 9,
    ):
        answer = olive.post(there, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {302, 400, 422}, body


def test_a_host_that_is_not_ours_is_refused(olive: Browser) -> None:
    for host in ("evil.example", "testserver:x", "testserver@evil.example", "\x00"):
        assert olive.get("/", HTTP_HOST=host).status_code == 400
    assert "evil.example" not in olive.get("/", HTTP_X_FORWARDED_HOST="evil.example").content.decode()


def test_a_stranger_gets_404_with_hostile_words_too(ids: dict[str, Any]) -> None:
    stranger = people.sign_in(Browser(), people.charlie())
    for text in strings.FEW[:2]:
        assert stranger.get(reverse("contacts", args=[ids["client"]]), {"segment": text}).status_code == 404
