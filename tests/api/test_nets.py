"""Every address of the API: nobody is told 401, a rival's key meets nothing, and a key opens only its scopes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from tenants import looks
from tenants.api import limits, tokens
from tenants.clock import db_now
from tenants.models import ApiToken, AuditEvent, Client, Scope
from tenants.scope import acting_for
from tests import people
from tests.api.caller import Caller
from tests.test_walker import ROUTES, Route, entries
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
DOORS = [route for route in ROUTES if route.access and route.access.kind == "api"]
WITH_IDS = [route for route in DOORS if route.kwargs]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.fixture
def ids(clinic: Client) -> dict[str, Any]:
    return objects_of(clinic)


def test_every_address_of_the_api_is_behind_the_door_or_is_nothing() -> None:
    outside = [route.name for route in ROUTES if route.name.startswith("api_") and route not in DOORS]
    assert [name for name in outside if not name.startswith("api_key")] == ["api_nothing"]
    assert len(DOORS) > 15


def test_every_address_that_reads_is_known_as_a_look_at_people_or_at_nobody() -> None:
    callbacks: list[Any] = [each.callback for each in entries()]
    views = [each.cls for each in callbacks if hasattr(each, "cls")]
    read = {
        view.__name__ for view in views if hasattr(view, "once") and ("GET" in view.scopes or not view.once)
    }
    assert read == looks.ROUTES.keys() | looks.OF_NOBODY


def test_nobody_is_told_that_a_key_is_needed(ids: dict[str, Any]) -> None:
    asked: list[tuple[Route, str, dict[str, str]]] = [
        (route, method, {}) for route in DOORS for method in METHODS
    ]
    asked += [
        (DOORS[0], "get", {"authorization": wrong}) for wrong in ("Bearer cts_wrong", "Bearer", "Basic x")
    ]
    browser = Browser()
    for route, method, headers in asked:
        answer = getattr(browser, method)(route.url(ids), headers=headers)
        assert answer.status_code == 401, (route.name, method)
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


def test_a_member_signed_in_is_nobody_here(ids: dict[str, Any]) -> None:
    browser = people.sign_in(Browser(), people.alice())
    assert {browser.get(route.url(ids)).status_code for route in DOORS} == {401}


def test_a_rivals_key_meets_nothing(ids: dict[str, Any]) -> None:
    """Ours and none such are told apart by nothing: not by status, not by body."""
    rival = Caller(people.rival_clinic())
    none_such = dict.fromkeys(ids, 999_999_999)
    for route in WITH_IDS:
        for method in ("get", "post", "patch"):
            ours, nothing = (_ask(rival, route, method, given) for given in (ids, none_such))
            assert ours.status_code == nothing.status_code, (route.name, method)
            assert ours.status_code in {404, 405}, (route.name, method)
            assert ours.content == nothing.content, (route.name, method)
    for route in DOORS:
        if not route.kwargs and (answer := _ask(rival, route, "get", {})).status_code == 200:
            assert answer.json()["results"] == [], route.name
    wrong = {"contact": ids["contact"], "campaign": ids["campaign"]}
    for path in (
        "consents/?contact={contact}",
        "messages/?campaign={campaign}",
        "replies/?contact={contact}",
    ):
        assert rival.get(path.format(**wrong)).json()["results"] == []


def test_everything_of_ours_can_be_read_with_our_key(clinic: Client, ids: dict[str, Any]) -> None:
    ours = Caller(clinic)
    for route in DOORS:
        answer = _ask(ours, route, "get", ids)
        assert answer.status_code in {200, 405}, route.name
        if answer.status_code == 200:
            assert answer["Cache-Control"] == "no-store, private"
            again = ours.ask(
                "get", route.url(ids).removeprefix("/api/v1/"), **{"if-none-match": answer["ETag"]}
            )
            assert (again.status_code, again.content) == (304, b""), route.name
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="api.read").exists()


@pytest.mark.parametrize("scope", Scope.values)
def test_a_key_opens_only_its_scopes(clinic: Client, scope: str) -> None:
    caller = Caller(clinic, scope)
    noun = {"messages": "messages", "replies": "replies"}.get(scope.split(":")[0], scope.split(":")[0])
    for route in DOORS:
        if route.kwargs or route.name.endswith("_find"):
            continue
        mine = route.name.startswith(f"api_{noun}")
        for method, kind in (("get", "read"), ("post", "write")):
            status = _ask(caller, route, method, {}).status_code
            if status != 405:
                assert (status != 403) is (mine and scope.endswith(kind)), (route.name, method)


def test_a_key_that_ended_or_ran_out_opens_nothing(clinic: Client) -> None:
    caller = Caller(clinic)
    assert caller.get("contacts/").status_code == 200
    ApiToken.objects.update(made_at=db_now() - timedelta(days=9), expires_at=db_now() - timedelta(seconds=1))
    assert caller.get("contacts/").status_code == 401
    other = Caller(clinic)
    with acting_for(clinic.pk):
        assert tokens.end(other.token, by=people.user("Olive"))
    assert other.get("contacts/").status_code == 401


def test_a_key_is_kept_as_a_hash_and_its_use_is_noted(clinic: Client) -> None:
    caller = Caller(clinic)
    row = ApiToken.objects.values().get()
    assert caller.secret not in str(row)
    assert row["last_used_at"] is None
    caller.get("contacts/")
    assert ApiToken.objects.get().last_used_at is not None


def test_too_much_at_once_is_put_off(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "A_MINUTE", 3)
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    cache.clear()
    caller, other = Caller(clinic), Caller(clinic)
    assert [caller.get("contacts/").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = caller.get("contacts/")
    assert 0 < int(answer["Retry-After"]) <= 61
    assert other.get("contacts/").status_code == 200
    assert other.post("contacts/bulk/", {"rows": [{}]}).status_code == 429


def test_a_limit_that_cannot_be_counted_stops_nobody(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise limits.cache_errors()("away")

    monkeypatch.setattr(cache, "add", away)
    assert Caller(clinic).get("contacts/").status_code == 200


def test_what_is_not_there_is_told_as_a_problem(clinic: Client) -> None:
    answer = Caller(clinic).get("nothing/here/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def _ask(caller: Caller, route: Route, method: str, ids: dict[str, Any]) -> Any:
    body = {"get": None, "patch": {}, "post": BODIES.get(route.name, {})}[method]
    return caller.ask(method, route.url(ids).removeprefix("/api/v1/"), body)


BODIES = {
    "api_points": {"channel": "sms", "value": "+15742310001"},
    "api_point_end": {"reason": "moved"},
    "api_contacts_find": {"external_id": "P-1"},
}
