"""Starts everything in order, watches it, stops everything in the opposite order."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from config.demo import programs
from config.demo.children import Child, run_once
from config.demo.place import Place, own_servers, web_port
from config.demo.words import sign_ins
from config.env import ROOT
from config.servers import databases, postgres, roles, valkey
from config.servers.environment import local_environment
from config.servers.process import ServerFailed, last_line

DATABASE = "cts"
_READY_SECONDS = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by a proxy: it is this machine


def main(arguments: list[str]) -> int:
    """`manage.py demo`; the exit code."""
    parser = argparse.ArgumentParser(
        prog="manage.py demo", description="The whole product on this machine, until Ctrl-C."
    )
    parser.add_argument(
        "--port", default=os.environ.get("PORT", ""), help="web port (or PORT; default 8000 or the next free)"
    )
    parser.add_argument(
        "--reset",
        action="store_true",
        default=os.environ.get("RESET", "") not in {"", "0"},
        help="drop the data first (or RESET=1)",
    )
    parser.add_argument("--home", type=Path, default=ROOT / "var", help="where data and logs live")
    chosen = parser.parse_args(arguments)
    for number in _SIGNALS:
        signal.signal(number, _leave)
    demo = Demo(Place(chosen.home.absolute()))
    try:
        demo.start(chosen.port.strip(), reset=chosen.reset)
        demo.watch()
    except KeyboardInterrupt:
        say("\nStopping.")
        return 0
    except ServerFailed as failed:
        print(f"\n{failed}", file=sys.stderr, flush=True)
        return 1
    finally:
        _ignore_signals()
        demo.stop()
    return 0


def _leave(number: int, frame: FrameType | None) -> None:
    _ignore_signals()  # we are leaving already: a second Ctrl-C must not interrupt the stopping
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def say(sentence: str) -> None:
    print(sentence, flush=True)


class Demo:
    """The running demo: two servers and their children."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.postgres: postgres.Postgres | None = None
        self.valkey: valkey.Valkey | None = None
        self.children: list[Child] = []
        self.claimed = False
        self.env: dict[str, str] = {}

    def start(self, asked_port: str, *, reset: bool) -> None:
        """Returns when the product answers; raises ServerFailed with a sentence otherwise."""
        began = time.monotonic()
        self.place.claim()
        self.claimed = True
        self.place.end_strays()
        port, remark = web_port(asked_port)
        if remark:
            say(remark)
        env = self._servers(f"http://127.0.0.1:{port}", reset=reset)
        ports = self.place.ports(["simulator", "dns", "smtp"])
        simulator_url = f"http://127.0.0.1:{ports['simulator']}"
        env |= {
            "TWILIO_BASE_URL": simulator_url,
            "SENDGRID_BASE_URL": simulator_url,
            "DNS_NAMESERVERS": f"127.0.0.1:{ports['dns']}",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(ports["smtp"]),
            # Whatever the shell says of a real mail server or proxy is not meant for the demo.
            **dict.fromkeys(("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "FROM_EMAIL"), ""),
            **dict.fromkeys(("EMAIL_USE_TLS", "TRUST_PROXY"), "0"),
        }
        self.env = env
        self._child("simulator", env, programs.simulator(ports))
        say("Preparing the database")
        self._once("migration", {**env, "DATABASE_URL": env["OWNER_DATABASE_URL"]}, programs.migrate())
        say("Preparing the demo data")
        self._child("web", env, programs.web(port))  # it takes a while; nobody knows its address yet
        self._seed(env)
        say("Starting workers and beat")
        self._child("sender", env, programs.sender(), patience=25)
        self._child("worker", env, programs.worker(), patience=25)
        self._child("beat", env, programs.beat(self.place.beat))
        self._child("hours", env, programs.hours())
        self._wait_for(f"{env['PUBLIC_URL']}/readyz")
        accounts = self.place.read_accounts()
        self.place.publish(
            {"url": env["PUBLIC_URL"], "simulator_url": simulator_url, "accounts": accounts}, env
        )
        say(sign_ins(env["PUBLIC_URL"], simulator_url, accounts, time.monotonic() - began))

    def _servers(self, url: str, *, reset: bool) -> dict[str, str]:
        """Start what the environment does not name; the settings for every child."""
        database_url, owner_url, redis_url = own_servers(os.environ)
        if reset and database_url:
            raise ServerFailed(
                "RESET=1 drops only the demo's own database and DATABASE_URL names one of yours: "
                "empty it yourself."
            )
        say("Starting the servers")
        logs = self.place.logs
        if not database_url:
            self.postgres = postgres.start(self.place.root / "postgres", log=logs / "postgres.log")
            if reset:
                databases.drop(self.postgres.admin_url, DATABASE)
                self.place.forget()
            roles.prepare(self.postgres.admin_url, DATABASE, self.postgres.passwords)
            database_url = self.postgres.url(roles.APP, DATABASE)
            owner_url = self.postgres.url(roles.OWNER, DATABASE)
        if not redis_url:
            self.valkey = valkey.start(self.place.root / "valkey", log=logs / "valkey.log")
            redis_url = self.valkey.url()
        return local_environment(
            self.place.root, url, database=database_url, owner=owner_url, redis=redis_url
        )

    def _child(self, name: str, env: dict[str, str], command: list[str], patience: float = 8.0) -> None:
        log = self.place.logs / f"{name}.log"
        log.unlink(missing_ok=True)
        child = Child(name, command, log, _for_child(env), patience)
        self.children.append(child)
        child.start()
        self._remember()

    def _once(self, name: str, env: dict[str, str], command: list[str]) -> None:
        run_once(name, command, self.place.logs / f"{name}.log", _for_child(env))

    def _seed(self, env: dict[str, str]) -> None:
        """The demo's data, and the simulator's world with them: it keeps none from start to start."""
        simulator_url = env["TWILIO_BASE_URL"]
        self._wait_for(f"{simulator_url}/", any_answer=True)
        self._once("seed", env, programs.seed(simulator_url, self.place.accounts))

    def _wait_for(self, url: str, *, any_answer: bool = False) -> None:
        """Until `url` answers 200 (or at all). Raises ServerFailed when a child ends, or after a minute."""
        until = time.monotonic() + _READY_SECONDS
        answer = "nothing"
        while time.monotonic() < until:
            for child in self.children:
                if child.ended():
                    raise ServerFailed(f"The {child.name} ended: {last_line(child.log)} Its log: {child.log}")
            try:
                with _DIRECT.open(url, timeout=5) as response:
                    if any_answer or response.status == 200:
                        return
            except urllib.error.HTTPError as refused:
                if any_answer:
                    return
                answer = f"{refused.code} {refused.read(300).decode(errors='replace')}"
            except OSError:
                pass
            time.sleep(0.1)
        raise ServerFailed(f"{url} does not get ready; it says: {answer}\nThe logs: {self.place.logs}")

    def _remember(self) -> None:
        running = {child.name: child.popen.pid for child in self.children if child.popen}
        if self.valkey:
            running["valkey"] = self.valkey.pid
        self.place.remember_processes(running)

    def watch(self) -> None:
        """Until a signal: start again what dies; end the demo when a server does."""
        while True:
            time.sleep(0.3)
            if self.postgres and not self.postgres.running():
                raise ServerFailed(_ended("PostgreSQL", self.place, "postgres"))
            if self.valkey and not self.valkey.running():
                raise ServerFailed(_ended("Valkey", self.place, "valkey"))
            for child in self.children:
                before = child.popen
                news = child.watch()
                if news:
                    say(news)
                if child.popen is not before:
                    self._remember()
                    if child.name == "simulator":
                        self._seed(self.env)

    def stop(self) -> None:
        """In the opposite order: beat first (nothing new), the worker finishes while web still takes
        what the providers report, the servers last.
        """
        if not self.claimed:
            return
        for child in reversed(self.children):
            _attempt(child.stop)
        if self.valkey:
            _attempt(self.valkey.stop)
        if self.postgres:
            _attempt(self.postgres.stop)
        self.place.withdraw()


def _for_child(env: dict[str, str]) -> dict[str, str]:
    here = "127.0.0.1,localhost"
    return {
        **os.environ,
        **env,
        "CTS_ENV_FILE": "",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": here,  # the simulator is on this machine, whatever proxy the shell names
        "no_proxy": here,
    }


def _ended(name: str, place: Place, log: str) -> str:
    return f"{name} ended: {last_line(place.logs / f'{log}.log')} Its log: {place.logs / log}.log"


def _attempt(stop: Callable[[], None]) -> None:
    try:
        stop()
    except ServerFailed as failed:
        print(failed, file=sys.stderr, flush=True)
