"""manage.py why MESSAGE|CONTACT: the evidence behind a verdict."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import policy
from consent.models import Contact
from messaging import explaining, why_days
from messaging.models import Message
from tenants.scope import acting_for, acting_for_every_client


class Command(BaseCommand):
    help = "Why a message was, or was not, sent: `why 123` for a message, `why contact:45` for all of a person's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", help="a message's id, or contact:ID")
        parser.add_argument("--on", help="of a contact: a day, as in 2026-05-04, by the client's clock")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, _, ident = options["what"].rpartition(":")
        if not ident.isdigit() or kind not in {"", "message", "contact"}:
            raise CommandError("Say a message's id, as in `why 123`, or a contact's, as in `why contact:45`.")
        if options["on"] and kind != "contact":
            raise CommandError("--on asks of a contact, as in `why contact:45 --on 2026-05-04`.")
        with acting_for_every_client():
            rows = Message.objects.select_related("step").order_by("pk")
            messages = list(rows.filter(contact=ident) if kind == "contact" else rows.filter(pk=ident))
            if not messages and (kind != "contact" or not Contact.objects.filter(pk=ident).exists()):
                raise CommandError(f"There is no {kind or 'message'} {ident}.")
            told: list[str] = []
            if options["on"]:
                told, messages = _of_day(
                    Contact.objects.select_related("client").get(pk=ident), options["on"]
                )
            answers = [(message, explaining.stored(message)) for message in messages]
        if options["json"]:
            self.stdout.write(json.dumps([_json(*answer) for answer in answers]))
            return
        for line in told:
            self.stdout.write(line)
        if not answers and not told:
            self.stdout.write("No message was ever planned for this person.")
        for message, verdicts in answers:
            self.stdout.write(
                f"Message {message.pk}, {_which(message)} ({message.channel}): {message.get_status_display()}"
            )
            if message.judged_at:
                self.stdout.write(
                    f"  judged at {message.judged_at:%Y-%m-%d %H:%M:%S} UTC, fingerprint {message.fingerprint[:12]}, "
                    f"policy {_policy(message) or 'not kept'}"
                )
            for verdict in verdicts:
                mark = "refuses" if verdict.refuses else "clear"
                self.stdout.write(
                    f"  {mark:<8}{verdict.check.code:<20} rows {', '.join(verdict.ids) or 'none'}"
                )


def _of_day(contact: Contact, typed: str) -> tuple[list[str], list[Message]]:
    """What can be said of a day, and its messages; of the newest campaigns without one, what the gate would have said."""
    on = why_days.day_of(typed, contact.client)
    if on is None:
        raise CommandError("Say a day that has begun, as in 2026-05-04.")
    with acting_for(contact.client_id):
        told = [f"Contact {contact.pk} on {on.says}: {why_days.times(contact, on)} left.", why_days.NOT_KNOWN]
        messages = list(why_days.messages_of(contact, on).select_related("step").order_by("pk"))
        for campaign in why_days.without(contact, on):
            for step, reasons in explaining.before_any_message(contact.pk, campaign, on.ends):
                refusing = ", ".join(each.check.code for each in reasons if each.refuses)
                told.append(
                    f"Campaign {campaign.pk}, step {step.position}, as of then: {refusing or 'clear'}"
                )
    return told, messages


def _which(message: Message) -> str:
    return f"step {message.step.position}" if message.campaign_id else message.told.lower()


def _policy(message: Message) -> str:
    return next(iter((message.evidence or {}).get(policy.KEY, [])), "")


def _json(message: Message, verdicts: list[explaining.Verdict]) -> dict[str, Any]:
    return {
        "message": message.pk,
        "status": message.status,
        "channel": message.channel,
        "judged_at": message.judged_at and message.judged_at.isoformat(),
        "policy": _policy(message),
        "claimed_at": message.claimed_at and message.claimed_at.isoformat(),
        "checks": [
            {
                "code": v.check.code,
                "says": v.check.says,
                "cites": v.check.cites,
                "refuses": v.refuses,
                "ids": v.ids,
                "rows": [explaining.as_text(row) for row in v.rows],
            }
            for v in verdicts
        ],
    }
