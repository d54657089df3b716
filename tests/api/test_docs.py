"""docs/api.md runs as it stands, and docs/openapi.yaml is what the code says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings

import pytest
from pytest_django.live_server_helper import LiveServer

from config.env import ROOT
from consent.models import Contact, Suppression
from tenants.scope import acting_for
from tests import people
from tests.api import openapi
from tests.api.caller import Caller
from tests.test_walker import ROUTES

API = (ROOT / "docs" / "api.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_examples_run_as_they_stand(live_server: LiveServer) -> None:
    clinic = people.clinic()
    caller = Caller(clinic)
    export, *blocks = re.findall(r"```sh\n(.*?)```", API, re.DOTALL)
    assert export.startswith("export API=")
    with acting_for(clinic.pk):
        jane = people.contact(clinic, first_name="", last_name="", phone="+15742310611", external_id="P-1001")
    script = (
        "\n".join(blocks)
        .replace("contacts/1/", f"contacts/{jane.pk}/")
        .replace("contact=1", f"contact={jane.pk}")
    )
    script = script.replace('"contact": 1', f'"contact": {jane.pk}')
    shim = f'curl() {{ "{sys.executable}" "{ROOT}/tests/api/curl.py" "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-eu", "-c", shim + script], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "API": f"{live_server.url}/api/v1", "KEY": caller.secret},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    answers = [
        (int(code), json.loads(body)) for body, code in zip(lines[0::2], lines[1::2], strict=False) if body
    ]
    assert [code for code, _ in answers] == [
        200,
        200,
        200,
        200,
        201,
        201,
        200,
        201,
        200,
        201,
        200,
        200,
        200,
        200,
    ]
    told = [body for _, body in answers]
    assert told[0]["contact"]["first_name"] == "Jane"
    assert [each["outcome"] for each in told[1]["results"]] == ["taken", "refused"]
    assert told[3]["last_name"] == "Roe"
    assert [(each["tier"], each["missing"]) for each in told[4:6]] == [("verbal", []), ("written", [])]
    assert len(told[6]["results"]) == 2
    with acting_for(clinic.pk):
        assert (Contact.objects.count(), Suppression.objects.count()) == (2, 3)


def test_the_committed_document_is_what_the_code_says() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert openapi.PATH.read_text() == openapi.generated(), "python -m tests.api.openapi writes it anew"


def test_every_address_stands_in_the_document() -> None:
    described = set(re.findall(r"^  /api/v1/(\S*):$", openapi.PATH.read_text(), re.MULTILINE))
    there = {
        re.sub(r"^/api/v1/", "", route.url(dict.fromkeys(route.kwargs, 1)))
        for route in ROUTES
        if route.access and route.access.kind == "api"
    }
    assert {re.sub(r"\{\w+\}", "1", each) for each in described} == there


def test_what_the_page_says_of_evidence_is_what_is_asked() -> None:
    from consent.proof import ASKED_OF

    for method, items in ASKED_OF.items():
        row = next(line for line in API.split("\n") if line.startswith(f"| `{method}`"))
        assert {item.key for item in items if item.lifts} <= set(re.findall(r"`(\w+)`", row)), method
