from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.demo.place import DEFAULT_PORT, Place, own_servers, web_port
from config.demo.words import sign_ins
from config.env import ROOT
from config.servers.process import ServerFailed, alive, free_port


@pytest.fixture
def taken() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_a_port_that_was_asked_for_and_is_taken_is_refused(taken: socket.socket) -> None:
    with pytest.raises(ServerFailed, match="cannot be had.*make demo PORT="):
        web_port(str(taken.getsockname()[1]))
    taken.close()


@pytest.mark.parametrize("wrong", ["web", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_with_what_to_set(wrong: str) -> None:
    with pytest.raises(ServerFailed, match="set it to a number from 1 to 65535"):
        web_port(wrong)


def test_without_a_wish_the_next_free_port_is_taken_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.demo.place.is_free", lambda port: port == DEFAULT_PORT + 2)
    assert web_port("") == (DEFAULT_PORT + 2, f"Port {DEFAULT_PORT} is taken; using {DEFAULT_PORT + 2}.")


def test_a_database_of_yours_needs_the_role_that_migrates() -> None:
    with pytest.raises(ServerFailed, match="set OWNER_DATABASE_URL too"):
        own_servers({"DATABASE_URL": "postgres://cts_app:x@h/cts"})
    assert own_servers({}) == ("", "", "")
    assert own_servers({"REDIS_URL": "redis://h"}) == ("", "", "redis://h")


def test_a_second_demo_of_the_checkout_says_where_the_first_is(tmp_path: Path) -> None:
    first = Place(tmp_path)
    first.claim()
    first.publish({"url": "http://127.0.0.1:8000"}, {})
    second = (
        "from config.demo.place import Place; import sys, pathlib; Place(pathlib.Path(sys.argv[1])).claim()"
    )
    refused = subprocess.run(
        [sys.executable, "-c", second, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "is running already at http://127.0.0.1:8000" in refused.stderr


def test_ports_stay_the_same_from_start_to_start_while_they_are_free(tmp_path: Path) -> None:
    place = Place(tmp_path)
    first = place.ports(["simulator", "dns"])
    assert place.ports(["simulator", "dns"]) == first
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", first["dns"]))
        listener.listen()
        second = place.ports(["simulator", "dns"])
    assert second["simulator"] == first["simulator"]
    assert second["dns"] != first["dns"]


def test_what_others_read_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.publish({"url": "u"}, {"SECRET_KEY": "s", "DEMO": "1"})
    assert place.env_file.read_text() == "DEMO=1\nSECRET_KEY=s\n"
    assert stat.S_IMODE(place.env_file.stat().st_mode) == 0o600
    place.withdraw()
    assert not place.env_file.exists()
    assert not place.description.exists()


def test_what_a_killed_demo_left_running_is_ended_and_nothing_else(tmp_path: Path) -> None:
    place = Place(tmp_path)
    ours = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "config.wsgi"])
    somebodys = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        place.remember_processes({"web": ours.pid, "simulator": somebodys.pid})
        place.end_strays()
        assert ours.wait(30) != 0
        assert alive(somebodys.pid)
    finally:
        somebodys.kill()
        somebodys.wait()


def test_free_ports_are_free() -> None:
    assert len({free_port() for _ in range(20)}) > 10


def test_the_table_names_every_sign_in(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.read_accounts() == []
    account = {"email": "a@b.example", "password": "p", "role": "owner", "agency": "A", "client": None}
    place.accounts.write_text(json.dumps([account]))
    said = sign_ins("http://127.0.0.1:8000", "http://127.0.0.1:1", place.read_accounts(), 3.2)
    assert "http://127.0.0.1:8000" in said
    assert "a@b.example  p         owner  A" in said
