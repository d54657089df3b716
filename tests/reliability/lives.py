"""One clinic's whole life in a process of its own, to which something happens at one step."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from django.db import connections
from django.test import Client as Browser
from django.utils import timezone
from twilio.request_validator import RequestValidator
from twilio.rest import Client as TwilioSdk

from consent.models import Suppression
from messaging import (
    applying,
    barrier,
    delivery,
    judging,
    leaving,
    outbox,
    providers,
    reconciling,
    tasks,
)
from messaging.models import Attempt, Message, Status
from messaging.models.message import AT_REST
from tenants import failpoints, sealing
from tenants.failpoints import STEPS
from tenants.hashing import new_token
from tenants.models import AuditBlock
from tenants.scope import acting_for
from tests.reliability import breaking, safeguards
from tests.reliability.stage import ACCOUNT, ENOUGH, Clinic, after_stop, clinic, count
from tests.simulators import Simulator

TOKENS = [new_token()[0] for _ in STEPS]


class Case:
    """One clinic whose whole life a child process goes through, until something happens to it at one step."""

    def __init__(self, simulator: Simulator, number: int, begun: Path, texts: int = 3) -> None:
        self.simulator, self.begun = simulator, begun
        self.of: Clinic = clinic(number, TOKENS[number], texts)

    def live(self) -> None:
        """Planned, handed over, answered by a person, the answer enforced, what is unknown asked about, the record sealed."""
        outbox.plan(self.of.launch)
        tasks.send_due()
        self.stop()
        applying.apply_pending(self.of.id)
        barrier.enforce(self.of.id)
        reconciling.find_out(self.of.id)
        sealing.seal(self.of.id)

    def stop(self) -> None:
        """The first person's opt-out, posted as the provider posts it: again while it is not answered 2xx."""
        path = f"/hooks/twilio/{self.of.token}/inbound"
        form = {"MessageSid": f"SM{self.of.id:032x}", "AccountSid": ACCOUNT, "From": self.of.phones[0], "To": self.of.number,
                "NumMedia": "0", "Body": ENOUGH}  # fmt: skip
        signed = RequestValidator("secret").compute_signature(f"http://testserver{path}", form)
        answer = Browser(raise_request_exception=False).post(
            path, "&".join(f"{k}={v.replace('+', '%2B')}" for k, v in form.items()),
            content_type="application/x-www-form-urlencoded", headers={"X-Twilio-Signature": signed},
        )  # fmt: skip
        assert answer.status_code in (200, 503), answer.status_code

    def say_stop(self) -> None:
        """The first person's opt-out, until it is enforced."""
        self.stop()
        applying.apply_pending(self.of.id)
        barrier.enforce(self.of.id)

    def child(self, step: str, action: str, without: str = "") -> int:
        """Fork; the child lives until the step, perhaps without one safeguard. Returns its id."""
        _warm()
        connections.close_all()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            delivery._pool = None
            os.environ["PGAPPNAME"] = breaking.name()
            breaking.note_begun(self.begun)
            if without:
                safeguards.take_away(lambda name: name == without)
            failpoints.arm(breaking.at(step, action))
            self.live()
            code = 0
        finally:
            os._exit(code)

    def rest(self, *, sweeping: bool = True) -> None:
        """What the running system does afterwards: it rings again, the provider posts again, deadlines pass."""
        leaving._flag[0] = 0
        providers._kept.clear()
        for _ in range(6):
            outbox.finish_planning()
            tasks.send_due()
            self.stop()
            applying.apply_pending(self.of.id)
            barrier.enforce(self.of.id)
            with acting_for(self.of.id):
                Attempt.objects.filter(outcome="").update(deadline=timezone.now() - timedelta(minutes=1))
            if sweeping:
                reconciling.find_out(self.of.id)
            with acting_for(self.of.id):
                if not Message.objects.exclude(status__in=AT_REST).exists():
                    return
                Message.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())

    def held_true(self, step: str) -> None:
        """Every promise, by the provider's own list."""
        found = count(self.of, self.simulator.accepted())
        assert (found.double, found.unrecorded, found.never_sent, found.lost) == (0, 0, 0, 0), (step, found)
        assert after_stop(self.of, breaking.begun(self.begun)) == 0, step
        with acting_for(self.of.id):
            said_no = Suppression.objects.get()
            assert said_no.enforced_at is not None, step
        sealing.seal(self.of.id)
        with acting_for(self.of.id):
            assert sealing.refusals([self.of.id]) == {}, step
            assert AuditBlock.objects.exists(), step


def _warm() -> None:
    """Read what a running worker has in memory: else the first child spends the moment of its test on reading it."""
    TwilioSdk(ACCOUNT, "secret").messages  # noqa: B018
    judging.WAVE.text(client=0, ids=[], at=None)


def case(simulator: Simulator, number: int, step: str, begun: Path) -> Case:
    # Unknown outcomes, so that there is something to ask the provider about.
    simulator.faults(**({"accepted_500": 1.0} if step.startswith("recon") else {}))
    # Each text is at this step on a thread of its own: whichever comes first stops them all, wherever they are.
    return Case(simulator, number, begun, texts=1 if step == "begin.check" else 3)


def ended(pid: int) -> int:
    """The signal that ended a child; 0 when it lived to its end."""
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
