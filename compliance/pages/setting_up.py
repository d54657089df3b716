"""A new client, step by step: what is done, what is not, what it waits for, and the page that each step is done on.

Nothing is kept here: a step is the readiness cards that it is about, so that it can say nothing else than the gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from compliance.readiness import Card, cards, verdict
from compliance.readiness.card import CLEAR, HELD, WAITING
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client, Invitation, Membership, Role

ONLY_STAFF = "The agency's people set a client up."
OPEN = ""  # not yet, and nothing is wrong


@dataclass
class Step:
    """One step: its answer is the worst of what it is about."""

    title: str
    about: list[Card]
    says: str  # where there is no card
    answer: str = OPEN
    ways: list[tuple[str, str]] = field(default_factory=list)  # what is pressed, and where it leads

    @property
    def done(self) -> bool:
        return self.answer in (CLEAR, WAITING)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_GET
def setting_up(request: MemberRequest, client: Client) -> HttpResponse:
    """All steps on one page; it can be left at any point."""
    found = cards(client, db_now())
    steps = list(_steps(client, found))
    answer, says = verdict(found)
    values = {"steps": steps, "done": sum(each.done for each in steps), "answer": answer, "says": says}
    return render(request, "compliance/setting_up.html", values)


def _steps(client: Client, found: list[Card]) -> Iterable[Step]:
    def page(name: str, *rest: str) -> str:
        return reverse(name, args=[client.slug, *rest])

    settings = ("Open the settings", page("settings"))
    missing = [
        label
        for label, value in (("the legal name", client.legal_name), ("a telephone number", client.phone))
        if not value
    ]
    yield Step(
        "Name, telephone and hours", [],
        f"Still missing: {' and '.join(missing)}. Texts and mails name the practice and how to reach it." if missing else
        f"{client.legal_name}, {client.time_zone}. Nothing is sent outside its hours.",
        OPEN if missing else CLEAR, [settings],
    )  # fmt: skip
    yield _of(found, "HIPAA and what is treated", {"covered", "addiction"}, "", [settings])
    agreements = {"baa", "chain", "hosting", "company"}
    if client.covered == Client.Covered.NOT_COVERED and not any(card.kind in agreements for card in found):
        yield Step("Agreements", [], "None is needed: the client is not covered by HIPAA.", CLEAR)
    else:
        yield _of(found, "Agreements", agreements, "", [("File an agreement", page("agreement_new"))])
    yield _of(
        found, "What it sends from", {"sender", "number", "account"}, "",
        [("Add a number", page("sender_new", "sms")), ("Add a From address", page("sender_new", "email"))],
    )  # fmt: skip
    yield _of(
        found, "The mail domain", {"domain"}, "" if any(card.kind == "domain" for card in found) else
        "It is looked up as soon as there is a From address; a client that only texts needs none.",
        [("See what the records should be", page("readiness"))],
    )  # fmt: skip
    yield _of(
        found, "Postal address, and the word that all opt-outs are in", {"address", "certificate"}, "",
        [("Confirm the address", page("postal_address")), ("Certify", page("list_certificate"))],
    )  # fmt: skip
    yield _contact(client, settings)


def _of(found: list[Card], title: str, kinds: set[str], says: str, ways: list[tuple[str, str]]) -> Step:
    mine = [card for card in found if card.kind in kinds]
    answers = {card.answer for card in mine}
    answer = HELD if HELD in answers else WAITING if WAITING in answers else CLEAR if mine else OPEN
    return Step(title, mine, says, answer, ways)


def _contact(client: Client, settings: tuple[str, str]) -> Step:
    """Who signs; without them nothing is ever approved."""
    title = "The compliance contact"
    signers = Membership.objects.in_force().filter(client=client, agency=None, role=Role.APPROVER)
    names = list(signers.order_by("user__name").values_list("user__name", flat=True))
    if names:
        return Step(title, [], f"{', '.join(names)} can approve what is sent.", CLEAR, [settings])
    invited = Invitation.objects.filter(
        client=client, role=Role.APPROVER, accepted_at=None, withdrawn_at=None, expires_at__gt=db_now()
    )
    if invited.exists():
        return Step(title, [], "Invited; the link in the mail was not used yet.", OPEN, [settings])
    return Step(
        title,
        [],
        "Nobody can approve yet. Invite one in the settings, under People of the client.",
        HELD,
        [settings],
    )
