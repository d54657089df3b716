"""manage.py freeze STATE: no texts to anybody who may be in a state while an emergency is declared there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from compliance.models import Freeze
from consent.bell import ring
from consent.places import state_code
from tenants import audit
from tenants.clock import db_now


class Command(BaseCommand):
    help = "Freeze texts to a state during a declared emergency (rule STATE-EMERGENCY), lift it, or list what is frozen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "state", nargs="?", default="", help="as in LA; without one, the freezes in force are listed"
        )
        parser.add_argument(
            "--reason", default="", help="the declaration, as in 'Hurricane, Proclamation 12 JBE 2026'"
        )
        parser.add_argument("--lift", action="store_true", help="texts to the state may go on")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["state"]:
            for each in Freeze.objects.in_force(db_now()).order_by("state"):
                self.stdout.write(f"{each.state} since {each.since:%Y-%m-%d %H:%M} UTC: {each.reason}")
            return
        state = state_code(options["state"])
        if state is None:
            raise CommandError(f"There is no state {options['state']!r}. Give two letters, as in LA.")
        with transaction.atomic():
            self.stdout.write(
                _lift(state) if options["lift"] else _freeze(state, options["reason"].strip()[:300])
            )


def _freeze(state: str, reason: str) -> str:
    if not reason:
        raise CommandError("Give --reason: people read it next to every message that waits.")
    made, new = Freeze.objects.get_or_create(state=state, ended_at=None, defaults={"reason": reason})
    if not new:
        return f"{state} is frozen already: {made.reason}"
    audit.record_account("state.frozen", by=None, state=state)
    return f"Texts to {state}, and to people whose place is not known, are frozen."


def _lift(state: str) -> str:
    if not Freeze.objects.filter(state=state, ended_at=None).update(ended_at=db_now()):
        return f"{state} is not frozen."
    audit.record_account("state.thawed", by=None, state=state)
    transaction.on_commit(lambda: ring("messaging.tasks.wake"))
    return f"Texts to {state} may go on."
