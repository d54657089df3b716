"""Every route, as nobody, as a stranger, as a rival with our ids, and as every role: no page forgets to ask who is there."""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants.access import Access
from tenants.models import Client, Role
from tests import people
from tests.walked import objects_of

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
# Rows that a page may write while it only shows: that it was seen, and the session's last use.
WRITTEN_BY_LOOKING = ("tenants_auditevent", "tenants_accountevent", "django_session", "usersessions_usersession")


class Route(NamedTuple):
    name: str
    kwargs: tuple[str, ...]
    access: Access | None

    def url(self, given: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={kwarg: given[kwarg] for kwarg in self.kwargs})


def routes(resolver: URLResolver | None = None) -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry)
        elif isinstance(entry, URLPattern):
            access = getattr(entry.callback, "access", None)
            yield Route(entry.name or str(entry.pattern), tuple(entry.pattern.regex.groupindex), access)


ROUTES = list(routes())
CLIENT_PAGES = [route for route in ROUTES if route.access and route.access.kind == "client"]
WITH_OBJECTS = [route for route in CLIENT_PAGES if len(route.kwargs) > 1]
every_client_page = pytest.mark.parametrize("route", CLIENT_PAGES, ids=[route.name for route in CLIENT_PAGES])


def _body(response: HttpResponse) -> str:
    text = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return re.sub(r'(csrf[^"]*"[^"]*"[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*})', "", text.decode(errors="replace"))


def test_every_route_says_who_may_open_it() -> None:
    assert [route.name for route in ROUTES if route.access is None] == []


def test_every_kind_of_door_is_known() -> None:
    kinds = {route.access.kind for route in ROUTES if route.access}
    assert kinds <= {"public", "token", "hook", "account", "signed_in", "agency", "client"}


def test_every_route_under_a_client_is_a_client_page() -> None:
    assert [route.name for route in ROUTES if "client" in route.kwargs and route not in CLIENT_PAGES] == []


@pytest.fixture
def clinic(db: None) -> Client:
    return people.clinic()


@pytest.fixture
def ids(clinic: Client) -> dict[str, Any]:
    return objects_of(clinic) | {"client": clinic.slug}


@every_client_page
def test_nobody_is_sent_to_sign_in(route: Route, ids: dict[str, Any]) -> None:
    for method in METHODS:
        response = getattr(Browser(), method)(route.url(ids))
        assert response.status_code in {302, 405}, method
        if response.status_code == 302:
            assert "/accounts/login/" in response["Location"]


@every_client_page
def test_a_stranger_meets_nothing(route: Route, ids: dict[str, Any]) -> None:
    browser = people.sign_in(Browser(), people.charlie())
    for method in METHODS:
        assert getattr(browser, method)(route.url(ids)).status_code in {404, 405}, method


@pytest.mark.parametrize("route", WITH_OBJECTS, ids=[route.name for route in WITH_OBJECTS])
def test_our_ids_mean_nothing_at_a_rivals_address(route: Route, ids: dict[str, Any]) -> None:
    rival = people.rival_clinic()
    people.charlie()
    boss = people.member("Rachel", Role.OWNER, of=people.agency("Rival Agency"))
    browser = people.sign_in(Browser(raise_request_exception=True), boss)
    none_such = {kwarg: 999_999_999 if isinstance(value, int) else value for kwarg, value in ids.items()}
    for method in ("get", "post"):
        theirs = getattr(browser, method)(route.url(ids | {"client": rival.slug}))
        nothing = getattr(browser, method)(route.url(none_such | {"client": rival.slug}))
        assert theirs.status_code == nothing.status_code
        assert theirs.status_code in {404, 405}, method
        assert _body(theirs) == _body(nothing)


@every_client_page
def test_a_role_opens_only_what_it_may(route: Route, ids: dict[str, Any], clinic: Client) -> None:
    assert route.access
    for role in Role:
        of = {"of": people.agency()} if role in {Role.OWNER, Role.STAFF} else {"client": clinic}
        browser = people.sign_in(Browser(), people.member(f"Role {role}".replace(" ", "").title(), role, **of))
        response = browser.get(route.url(ids))
        assert (response.status_code == 403) is (role not in route.access.roles), role


@every_client_page
def test_looking_writes_nothing(route: Route, ids: dict[str, Any], clinic: Client) -> None:
    role = Role.OWNER if Role.OWNER in route.access.roles else next(iter(route.access.roles))  # type: ignore[union-attr]
    of = {"of": people.agency()} if role in {Role.OWNER, Role.STAFF} else {"client": clinic}
    browser = people.sign_in(Browser(), people.member("Looker", role, **of))
    with CaptureQueriesContext(connection) as asked:
        response = browser.get(route.url(ids))
        _body(response)
    assert response.status_code < 500
    writes = [q["sql"] for q in asked if re.match(r"\s*(INSERT|UPDATE|DELETE|WITH)\b", q["sql"], re.I)]
    assert [sql for sql in writes if not any(f'"{table}"' in sql for table in WRITTEN_BY_LOOKING)] == []


@pytest.mark.django_db
def test_the_walker_has_an_object_for_every_kind_of_id() -> None:
    clinic = people.clinic()
    wanted = {kwarg for route in CLIENT_PAGES for kwarg in route.kwargs} - {"client"}
    assert wanted - set(objects_of(clinic)) == set()
