"""The API answers what docs/openapi.yaml says it answers, whatever it is sent: Schemathesis makes up what that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from tenants.api import limits
from tests import people
from tests.api import openapi
from tests.api.caller import Caller
from tests.walked import objects_of

pytestmark = pytest.mark.django_db
ALL_WELL = ["2xx", "403", "404"]
# A body may be as the document says and name nobody of this client, or be made from what has changed since.
MEANS_NOTHING = [*ALL_WELL, "412", "422"]
HUNDREDS = 200  # requests to each address, rightly, and as many wrongly
REFUSED = ["400", "401", "403", "404", "405", "412", "415", "422", "428"]


def described() -> dict[str, Any]:
    """Every operation of the committed document, to be asked of this code, by method and address."""
    document: Any = schemathesis.openapi.from_dict(yaml.safe_load(openapi.PATH.read_text()))
    document.app = get_wsgi_application()
    return {each.ok().label: each.ok() for each in document.get_all_operations()}


schemathesis.serializer.alias("text/csv", "text/plain")
OPERATIONS = described()


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Caller, dict[str, Any]]]:
    """A key that may do anything, as often as it likes, and one object of each kind to do it to.

    The test's transaction is on its own connection, which must not be closed between requests.
    """
    monkeypatch.setattr(limits, "A_MINUTE", 10**9)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    clinic = people.clinic()
    yield Caller(clinic), objects_of(clinic)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def vanishes(case: Any) -> bool:
    """Whether what is wrong with it is lost on the way: an empty list in an address is nothing."""
    return any(value in ([], {}, None) for value in (case.query or {}).values())


def speak(
    operation: Any, caller: Caller, ids: dict[str, Any], *, times: int, wrongly: bool, exploring: bool = False
) -> int:
    """Send what the document allows, or what it does not, to made-up ids and to real ones; raises what was answered wrongly.

    Returns how many requests were sent. `exploring`: others each time.
    """
    config: Any = operation.schema.config.checks
    expected = ALL_WELL if operation.method == "get" else MEANS_NOTHING
    config.positive_data_acceptance.expected_statuses = expected
    config.negative_data_rejection.expected_statuses = REFUSED
    mode = GenerationMode.NEGATIVE if wrongly else GenerationMode.POSITIVE
    made_up = operation.as_strategy(generation_mode=mode)
    mine = {name: ids[name] for name in (each.name for each in operation.path_parameters)}
    # The rows of a bulk request are refused one by one, in an answer that is 200.
    without = [CHECKS.get_one("negative_data_rejection")] if "/bulk/" in operation.path else []

    sent = 0

    @settings(
        max_examples=times, derandomize=not exploring, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        case=st.one_of(made_up, operation.as_strategy(generation_mode=mode, path_parameters=mine))
        if mine
        else made_up
    )
    def each(case: Any) -> None:
        nonlocal sent
        sent += 1
        headers = {"Authorization": f"Bearer {caller.secret}"}
        lost = [CHECKS.get_one("negative_data_rejection")] if wrongly and vanishes(case) else []
        case.call_and_validate(
            base_url="http://testserver", headers=headers, excluded_checks=[*without, *lost]
        )

    each()
    return sent


@pytest.mark.parametrize("wrongly", [False, True], ids=["rightly", "wrongly"])
def test_whatever_is_asked_the_answer_is_one_of_the_document(speaker: Any, wrongly: bool) -> None:
    for operation in OPERATIONS.values():
        speak(operation, *speaker, times=4, wrongly=wrongly)


@pytest.mark.reliability
@pytest.mark.parametrize("wrongly", [False, True], ids=["rightly", "wrongly"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_it_is_so_for_hundreds_of_requests(speaker: Any, label: str, wrongly: bool) -> None:
    """Over ten thousand, with every address and either way."""
    sent = speak(OPERATIONS[label], *speaker, times=HUNDREDS, wrongly=wrongly, exploring=True)
    assert sent >= HUNDREDS


def test_hundreds_of_each_are_ten_thousand_requests() -> None:
    assert len(OPERATIONS) * 2 * HUNDREDS >= 10_000
