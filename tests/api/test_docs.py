"""docs/api.md runs as it stands, and docs/openapi.yaml is what the code says."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from campaigns.bookings import hooks
from config.env import ROOT
from consent.models import Contact, Suppression
from messaging.listeners import calling, rounds
from messaging.models import Telling
from tenants import webhook_signing
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.api import openapi
from tests.api.caller import Caller
from tests.test_walker import ROUTES

API = (ROOT / "docs" / "api.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_examples_run_as_they_stand(live_server: LiveServer, tmp_path: Path) -> None:
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
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "API": f"{live_server.url}/api/v1", "KEY": caller.secret},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    answers = [
        (int(code), json.loads(body)) for body, code in zip(lines[0::2], lines[1::2], strict=False) if body
    ]
    assert [code for code, _ in answers] == [
        200,
        200,
        202,
        200,
        200,
        200,
        201,
        201,
        200,
        201,
        200,
        200,
        201,
        200,
        200,
        200,
        200,
        200,
    ]
    told = [body for _, body in answers]
    assert told[0]["contact"]["first_name"] == "Jane"
    assert [each["outcome"] for each in told[1]["results"]] == ["taken", "refused"]
    assert told[5]["last_name"] == "Roe"
    assert [(each["tier"], each["missing"]) for each in told[6:8]] == [("verbal", []), ("written", [])]
    assert len(told[8]["results"]) == 2
    with acting_for(clinic.pk):
        assert (Contact.objects.count(), Suppression.objects.count()) == (2, 3)


@pytest.mark.django_db
def test_the_example_of_a_receiver_takes_what_is_ours_and_nothing_else(settings: Any) -> None:
    settings.DEMO = True
    clinic = people.clinic()
    _, example = re.findall(r"```python\n(.*?)```", API, re.DOTALL)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    secret = webhook_signing.new_secret()
    told = [sys.executable, "-c", example]
    given = {"SECRET": secret, "PORT": str(port), "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        told, env=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            reply = [{"id": 1, "type": "reply", "at": "", "data": {"reply": 7}}]
            telling = Telling(client=clinic, events=reply)
            body, now = rounds.body_of(telling), int(time.time())
            url = f"http://127.0.0.1:{port}/"

            def answer(by: str, at: int) -> int | None:
                for _ in range(200):
                    outcome = calling.call(url, webhook_signing.headers(by, str(telling.uid), at, body), body)
                    if outcome.trouble != "connect":
                        break
                    time.sleep(0.05)
                return outcome.status

            assert answer(secret, now) == 204
            assert answer(secret, now) == 204  # twice: taken, and not done again
            assert answer(webhook_signing.new_secret(), now) == 401
            assert answer(secret, now - 600) == 401
        finally:
            running.terminate()
        assert running.stdout is not None
        assert running.stdout.read() == "reply {'reply': 7}\n"


@pytest.mark.django_db(transaction=True)
def test_the_example_of_a_booking_system_is_taken(live_server: LiveServer) -> None:
    clinic, at = people.clinic(), db_now()
    with acting_for(clinic.pk):
        people.contact(clinic, external_id="P-1001")
        made, secret = hooks.make(clinic, "Calendar", by=people.user("Olive"))
    times = {"booked_at": at.isoformat(), "for_at": (at + timedelta(days=7)).isoformat()}
    done = subprocess.run(
        [sys.executable, "-c", re.findall(r"```python\n(.*?)```", API, re.DOTALL)[0]], capture_output=True, text=True, timeout=60,
        check=True, input=json.dumps({"external_id": "P-1001", "number": "A-1"} | times),
        env={"HOOK": f"{live_server.url}/hooks/bookings/{made.public_id}", "SECRET": secret, "NO_PROXY": "*"},
    )  # fmt: skip
    (told,) = json.loads(done.stdout)["results"]
    assert (told["outcome"], told["remarks"]) == ("taken", [])


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
        if method == "preferences":  # told back only
            continue
        row = next(line for line in API.split("\n") if line.startswith(f"| `{method}`"))
        assert {item.key for item in items if item.lifts} <= set(re.findall(r"`(\w+)`", row)), method
