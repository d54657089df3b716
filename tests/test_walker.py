"""Every route, as nobody, as a stranger, as a rival with our ids, and as every role: no page forgets to ask who is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants.access import Access
from tenants.clock import db_now
from tenants.models import Client, Membership, Role
from tenants.models.member import AGENCY_ROLES
from tests import people
from tests.walked import objects_of

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
# Rows that a page may write while it only shows: that it was seen, and the session's last use.
# A previewed mail is shown in a sandboxed frame with a policy of its own: its styles are inline, as mails' are.
MAIL_FRAMES = {"preview_mail", "review_mail"}
# A statement that writes, also as a part of a WITH.
WRITES = r"\s*(?:INSERT|UPDATE|DELETE|WITH\b.*\b(?:INSERT INTO|UPDATE|DELETE FROM))\b"
WRITTEN_BY_LOOKING = (
    "tenants_auditevent",
    "tenants_accountevent",
    "django_session",
    "usersessions_usersession",
)


class Route(NamedTuple):
    name: str
    kwargs: tuple[str, ...]
    access: Access | None

    def url(self, given: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={kwarg: given[kwarg] for kwarg in self.kwargs})


def entries(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from entries(entry)
        elif isinstance(entry, URLPattern):
            yield entry


def routes() -> Iterator[Route]:
    for entry in entries():
        access = getattr(entry.callback, "access", None)
        yield Route(entry.name or str(entry.pattern), tuple(entry.pattern.regex.groupindex), access)


ROUTES = list(routes())
CLIENT_PAGES = [route for route in ROUTES if route.access and route.access.kind == "client"]
NO_IDS = {"client", "channel", "provider", "code", "key"}  # words of ours in an address, not somebody's row
WITH_OBJECTS = [route for route in CLIENT_PAGES if set(route.kwargs) - NO_IDS]


def _body(response: Any) -> str:
    text = b"".join(response.streaming_content) if response.streaming else response.content
    return re.sub(
        r'(csrf[^"]*"[^"]*"[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*})',
        "",
        text.decode(errors="replace"),
    )


def test_every_route_says_who_may_open_it() -> None:
    assert [route.name for route in ROUTES if route.access is None] == []


def test_every_kind_of_door_is_known() -> None:
    kinds = {route.access.kind for route in ROUTES if route.access}
    assert kinds <= {"public", "token", "hook", "api", "account", "signed_in", "agency", "client"}


def test_every_route_under_a_client_is_a_client_page() -> None:
    assert [route.name for route in ROUTES if "client" in route.kwargs and route not in CLIENT_PAGES] == []


@pytest.fixture
def clinic(db: None) -> Client:
    return people.clinic()


@pytest.fixture
def ids(clinic: Client) -> dict[str, Any]:
    return objects_of(clinic) | {"client": clinic.slug}


def _sign_in_as(role: Role, clinic: Client) -> Browser:
    of: dict[str, Any] = {"of": people.agency()} if role in AGENCY_ROLES else {"client": clinic}
    browser: Browser = people.sign_in(Browser(), people.member(f"As{role}", role, **of))
    return browser


def test_nobody_is_sent_to_sign_in(ids: dict[str, Any]) -> None:
    browser = Browser()
    for route in CLIENT_PAGES:
        for method in METHODS:
            response = getattr(browser, method)(route.url(ids))
            assert response.status_code in {302, 405}, (route.name, method)
            if response.status_code == 302:
                assert "/accounts/login/" in response["Location"], (route.name, method)


def test_a_stranger_meets_nothing(ids: dict[str, Any]) -> None:
    browser = people.sign_in(Browser(), people.charlie())
    met = [
        (route.name, method, status)
        for route in CLIENT_PAGES
        for method in METHODS
        if (status := getattr(browser, method)(route.url(ids)).status_code) not in {404, 405}
    ]
    assert met == []


def test_a_member_who_left_meets_nothing_from_the_next_click_on(ids: dict[str, Any], clinic: Client) -> None:
    browser = _sign_in_as(Role.STAFF, clinic)
    assert browser.get(reverse("client", args=[clinic.slug])).status_code == 200
    Membership.objects.filter(role=Role.STAFF).update(ended_at=db_now())
    assert {browser.get(route.url(ids)).status_code for route in CLIENT_PAGES} <= {404, 405}


def test_our_ids_mean_nothing_at_a_rivals_address(ids: dict[str, Any]) -> None:
    """Theirs and none such are told apart by nothing: not by status, not by body."""
    rival = people.rival_clinic()
    boss = people.member("Rachel", Role.OWNER, of=people.agency("Rival Agency"))
    browser = people.sign_in(Browser(), boss)
    none_such = {kwarg: 999_999_999 if isinstance(value, int) else value for kwarg, value in ids.items()}
    for route in WITH_OBJECTS:
        for method in ("get", "post"):
            theirs = getattr(browser, method)(route.url(ids | {"client": rival.slug}))
            nothing = getattr(browser, method)(route.url(none_such | {"client": rival.slug}))
            assert theirs.status_code == nothing.status_code, (route.name, method)
            assert theirs.status_code in {403, 404, 405}, (route.name, method)
            assert _body(theirs) == _body(nothing), (route.name, method)


def test_a_role_opens_only_what_it_may(ids: dict[str, Any], clinic: Client) -> None:
    wrong = []
    for role in Role:
        browser = _sign_in_as(role, clinic)
        for route in CLIENT_PAGES:
            assert route.access
            status = browser.get(route.url(ids)).status_code
            if status == 405 and role not in route.access.roles:
                status = browser.post(route.url(ids)).status_code
            if (status == 403) is not (role not in route.access.roles):
                wrong.append((route.name, role.value, status))
    assert wrong == []


def test_looking_writes_nothing(ids: dict[str, Any], clinic: Client) -> None:
    browsers = {role: _sign_in_as(role, clinic) for role in Role}
    for route in CLIENT_PAGES:
        assert route.access
        role = Role.OWNER if Role.OWNER in route.access.roles else min(route.access.roles)
        with CaptureQueriesContext(connection) as asked:
            response = browsers[role].get(route.url(ids))
            _body(response)
        assert response.status_code < 500, route.name
        writes = [q["sql"] for q in asked if re.match(WRITES, q["sql"], re.I | re.S)]
        assert [
            sql for sql in writes if not any(f'"{table}"' in sql for table in WRITTEN_BY_LOOKING)
        ] == [], route.name


def test_every_answer_carries_the_headers_that_protect_it(ids: dict[str, Any], clinic: Client) -> None:
    browser = _sign_in_as(Role.OWNER, clinic)
    for route in ROUTES:
        if route.access is None or set(route.kwargs) - set(ids):
            continue
        answer = browser.get(route.url(ids))
        policy = answer.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, route.name
        assert "unsafe" not in policy or route.name in MAIL_FRAMES, route.name
        assert answer["X-Content-Type-Options"] == "nosniff", route.name
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", route.name


def test_the_walker_has_an_object_for_every_kind_of_id(ids: dict[str, Any]) -> None:
    assert {kwarg for route in CLIENT_PAGES for kwarg in route.kwargs} - set(ids) == set()
