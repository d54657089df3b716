"""Putting a world, starting over, and what is remembered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.rest import Client

from simulator.exchange import Exchange
from simulator.letters import SmtpLetter
from simulator.records import Mail
from simulator.world import WorldError, read_world
from tests.simulator.world import ANNA, NUMBER, SMTP_PASSWORD, TOKEN, world
from tests.simulators import ROOT, Simulator, running_simulator


@pytest.mark.parametrize(
    "given, words",
    [
        ([], "JSON object"),
        ({"mailgun": []}, "no mailgun"),
        ({"twilio": [{"account_sid": "AC1"}]}, "no auth_token"),
        (
            {
                "twilio": [
                    {
                        "account_sid": "A",
                        "auth_token": "t",
                        "messaging_services": [{"sid": "M", "numbers": ["+1"]}],
                    }
                ]
            },
            "no number of A",
        ),
        ({"sendgrid": [{"api_key": "k", "event_signing_key": "x"}]}, "no PEM private key"),
        ({"mailboxes": {"a@b.co": "explode"}}, "use one of"),
        ({"dns": {"a.org": [["TXT"]]}}, r"not \[type, value\]"),
    ],
)
def test_a_wrong_world_says_what_is_wrong(given: Any, words: str) -> None:
    with pytest.raises(WorldError, match=words):
        read_world(given)


def test_the_page_learns_no_secret(simulator: Simulator) -> None:
    shown = json.dumps(simulator.call("GET", "/_/world"))
    assert NUMBER in shown
    assert TOKEN not in shown
    assert SMTP_PASSWORD not in shown


def test_starting_over_forgets_what_happened(twilio: Client, simulator: Simulator) -> None:
    twilio.messages.create(to=ANNA, from_=NUMBER, body="x")
    simulator.reply(ANNA, "STOP", to=NUMBER)
    simulator.reset()
    assert simulator.accepted() == []
    assert simulator.phone(ANNA)["opted_out"] == []
    assert twilio.messages.create(to=ANNA, from_=NUMBER, body="x").sid


def test_phones_come_newest_first_and_can_be_found(twilio: Client, simulator: Simulator) -> None:
    numbers = [f"+1202555{n:04d}" for n in range(120, 150)]
    for number in numbers:
        twilio.messages.create(to=number, from_=NUMBER, body="x")
    simulator.reply(numbers[3], "hello")
    first = simulator.call("GET", "/_/state?size=10")["phones"]
    assert (first["total"], len(first["rows"]), first["rows"][0]["number"]) == (30, 10, numbers[3])
    third = simulator.call("GET", "/_/state?size=10&phones_page=2")["phones"]
    assert third["rows"][-1]["number"] == numbers[0]
    found = simulator.call("GET", "/_/state?phones_q=(202) 555-0127")["phones"]
    assert [row["number"] for row in found["rows"]] == ["+12025550127"]


def test_an_unchanged_state_is_not_sent_again(simulator: Simulator) -> None:
    first = requests.get(f"{simulator.base}/_/state", timeout=20)
    again = requests.get(
        f"{simulator.base}/_/state", headers={"If-None-Match": first.headers["ETag"]}, timeout=20
    )
    assert (first.status_code, again.status_code) == (200, 304)


def test_another_sites_page_cannot_drive_it(simulator: Simulator) -> None:
    answer = requests.post(f"{simulator.base}/_/reset", headers={"Sec-Fetch-Site": "cross-site"}, timeout=20)
    assert answer.status_code == 403


def test_memory_is_bounded() -> None:
    book = Exchange(keep=3).book
    for n in range(5):
        letter = SmtpLetter(b"Subject: x\n\nx", "")
        book.add_mail(Mail(f"{n}", "smtp", "", f"p{n}@example.com", 0, 0, letter))
    assert list(book.mails) == ["2", "3", "4"]
    assert list(book.mailboxes) == ["p2@example.com", "p3@example.com", "p4@example.com"]
    assert [mail.to for mail in book.accepted_since(4, None)] == ["p4@example.com"]


def test_calls_go_to_the_log_file(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    with running_simulator(world("http://127.0.0.1:9"), log=path) as simulator:
        requests.get(f"{simulator.base}/v3/scopes", timeout=20)
    [call] = [json.loads(line) for line in path.read_text().splitlines()]
    assert (call["kind"], call["url"], call["status"], call["signature"]) == (
        "sendgrid",
        "/v3/scopes",
        401,
        "no credentials",
    )


def test_a_world_file_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text('{"twilio": [{}]}')
    command = [sys.executable, "-m", "simulator", "--port", "0", "--dns-port", "0", "--smtp-port", "0"]
    ended = subprocess.run(
        [*command, "--world", str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "An entry of twilio has no account_sid." in ended.stderr


def test_healthz_answers(simulator: Simulator) -> None:
    assert requests.get(f"{simulator.base}/healthz", timeout=20).json() == {"ok": True}
