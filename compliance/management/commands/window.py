"""manage.py window PHONE: when a number may be texted on one local day, and which rule sets each edge."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from compliance.hours import HOUSE, OwnHours
from compliance.hours.asked import Told, ask, local_text, source_of, utc_text
from compliance.models import Freeze
from compliance.windows import own_hours
from consent.places import UNKNOWN, NotUnitedStatesError, places, state_code, window_key
from tenants.models import Client

_ZIP = re.compile(r"\d{5}(-\d{4})?")


class Command(BaseCommand):
    help = "The hours of one local day in which a number may be texted, in UTC and local time, and which rule sets each edge."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone", help="a US number, as in +15742310611")
        parser.add_argument("--state", default="", help="where the person lives, as in FL")
        parser.add_argument("--zip", default="", help="the person's ZIP code, as in 32501")
        parser.add_argument("--date", default="", help="the local day, YYYY-MM-DD; today unless given")
        parser.add_argument("--client", default="", help="use this client's own hours, by its short name")
        parser.add_argument(
            "--legal", action="store_true", help="the law alone, without a client's own hours"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        key = _key(options["phone"], options["state"], options["zip"])
        own = None if options["legal"] else _own(options["client"])
        told = ask(key, _day(options["date"], key), own, self._frozen())
        if options["json"]:
            self.stdout.write(json.dumps(told.as_json()))
        else:
            self._print(told)

    def _frozen(self) -> dict[str, str]:
        try:
            return dict(Freeze.objects.in_force(datetime.now(UTC)).values_list("state", "reason"))
        except Error:
            self.stderr.write("Emergency freezes are left out: the database cannot be read.")
            return {}

    def _print(self, told: Told) -> None:
        answer = told.answer
        if answer.key == UNKNOWN:
            self.stdout.write("No place is known, so every state's hours must be open at once.")
        else:
            self.stdout.write(
                "May be in: " + ", ".join(f"{each.state} ({each.zone})" for each in told.candidates)
            )
        if told.closed:
            later = f"Put off to {told.later.day}." if told.later else "So are the next three days: held."
            self.stdout.write(f"Closed on {answer.day}. {later}")
        for why in told.closed:
            self.stdout.write(f"  {why.rule} {why.state}: {why.reason}".replace(" :", ":"))
        for span in told.open:
            self.stdout.write(
                f"Open on {answer.day}: {utc_text(span.opens_at)} to {utc_text(span.closes_at)}"
            )
            for name, at, edge in (
                ("opens", span.opens_at, span.opened_by),
                ("closes", span.closes_at, span.closed_by),
            ):
                source = source_of(edge, at)
                self.stdout.write(
                    f"  {name:<6} {local_text(at, edge.zone)} by {edge.rule} {edge.state}"
                    + (f" ({source})" if source else "")
                )


def _key(phone: str, state: str, zip_code: str) -> str:
    digits = re.sub(r"[\s().-]", "", phone)
    if re.fullmatch(r"1?[2-9]\d{9}", digits):
        digits = f"+1{digits[-10:]}"
    if state and state_code(state) is None:
        raise CommandError(f"There is no state {state!r}. Give two letters, as in FL, or its name.")
    if zip_code and not _ZIP.fullmatch(zip_code):
        raise CommandError(f"{zip_code!r} is no ZIP code. Give five digits, as in 32501.")
    try:
        return window_key(digits, state or None, zip_code or None)
    except NotUnitedStatesError as why:
        raise CommandError(str(why)) from None


def _own(slug: str) -> OwnHours:
    if not slug:
        return HOUSE
    client = Client.objects.filter(slug=slug).first()
    if client is None:
        raise CommandError(f"There is no client {slug!r}.")
    return own_hours(client)


def _day(text: str, key: str) -> date:
    if not text:
        return datetime.now(ZoneInfo(min(places(key)).zone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no day. Write it like 2026-12-09.") from None
