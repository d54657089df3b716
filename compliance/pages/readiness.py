"""Each fact as a card of evidence, with "check now"."""

from __future__ import annotations

from typing import Any

from django.conf import settings as site
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from compliance.domains import check as domains
from compliance.models import Answer, DomainCheck, SmsRegistration
from compliance.readiness import Card, cards, verdict
from compliance.registrations.check import check_registration
from compliance.registrations.overrides import AGAIN
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.keyset import page_of
from tenants.models import Channel, Client, Provider, ProviderAccount, Role, Sender

# The client's own compliance contact may give the client's word and see its documents.
THEIR_WORD = STAFF | {Role.APPROVER}
ONLY_STAFF = "Only the agency's staff can change this. Ask your contact at the agency."
# In a request a person waits: five questions to Twilio at most.
PATIENCE = 2.0
HOOKS = {
    Provider.TWILIO: (("Delivery reports", "hook_twilio_status"), ("Incoming texts", "hook_twilio_inbound")),
    Provider.SENDGRID: (("Event webhook", "hook_sendgrid"),),
    Provider.SMTP: (("Bounces", "hook_smtp"),),
}


@client_page()
@require_GET
def readiness(request: MemberRequest, client: Client) -> HttpResponse:
    """Everything that must be in order before anything is sent."""
    found = cards(client, db_now())
    answer, says = verdict(found)
    for card in found:
        if card.kind == "account" and card.checked_at is not None and request.member.role in STAFF:
            card.findings = _hooks(client, card.about)
    return render(request, "compliance/readiness.html", {
        "sections": _sections(found), "answer": answer, "says": says, "may_change": request.member.role in STAFF,
        "may_word": request.member.role in THEIR_WORD, "unused": _unused(found),
    })  # fmt: skip


@client_page()
@require_GET
def strip(request: MemberRequest, client: Client) -> HttpResponse:
    """The same in one row, for the client's overview."""
    found = [card for card in cards(client, db_now()) if card.kind != "account" or card.answer != "clear"]
    return render(request, "compliance/_readiness_strip.html", {"cards": found, "client": client})


@client_page()
@require_GET
def light(request: MemberRequest, client: Client) -> HttpResponse:
    """The same in one word, for the list of clients."""
    answer, says = verdict(cards(client, db_now()))
    values = {"answer": answer, "says": says, "client": client}
    return render(request, "compliance/_readiness_light.html", values)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def check_domain(request: MemberRequest, client: Client) -> HttpResponse:
    """Look a sender domain up now."""
    domain = request.POST.get("domain", "")
    if (
        not Sender.objects.filter(client=client, channel=Channel.EMAIL, domain=domain, ended_at=None)
        .exclude(domain="")
        .exists()
    ):
        raise Http404
    row = domains.check_domain(client, domain)
    audit.record("domain.checked", row, client_id=client.pk, request=request, answer=row.answer)
    _tell(request, f"{domain} was looked up", row.answer)
    return redirect(reverse("readiness", args=[client.slug]) + f"#domain-{domain}")


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def check_number(request: MemberRequest, client: Client, sender: int) -> HttpResponse:
    """Read a number's registration now."""
    number = get_object_or_404(Sender, pk=sender, client=client, channel=Channel.SMS, ended_at=None)
    row = check_registration(number, timeout=PATIENCE)
    audit.record("registration.checked", row, client_id=client.pk, request=request, answer=str(row.answer))
    _tell(request, "The registration was read", row.answer)
    return redirect(reverse("readiness", args=[client.slug]) + f"#number-{sender}")


@client_page()
@require_GET
def history(request: MemberRequest, client: Client) -> HttpResponse:
    """Every look at a domain (`?domain=`) or a number (`?number=`), newest first."""
    rows: Any
    if domain := request.GET.get("domain", ""):
        title, rows = domain, DomainCheck.objects.filter(client=client, domain=domain)
    else:
        sender = get_object_or_404(Sender, pk=_number(request.GET.get("number", "")), client=client)
        title, rows = sender.address, SmsRegistration.objects.filter(client=client, sender=sender)
    page = page_of(rows, request.GET.get("after", ""))
    return render(request, "compliance/history.html", {"title": title, "page": page})


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 19 else 0


def _tell(request: MemberRequest, what: str, answer: str) -> None:
    if answer == Answer.PASS:
        messages.success(request, f"{what}: in order.")
    elif answer == Answer.FAIL:
        messages.error(request, f"{what}: not in order. What to do stands on its card.")
    else:
        messages.warning(
            request,
            f"{what}, but there was no usable answer. The last good answer counts until its 24 hours are over.",
        )


def _sections(found: list[Card]) -> list[tuple[str, list[Card]]]:
    titles = (
        ("The client", {"covered", "addiction", "baa", "chain", "hosting", "company", "address", "certificate", "registry", "lookup",
                        "sender"}),
        ("Mail domains", {"domain"}),
        ("Numbers", {"number"}), ("Provider accounts", {"account"}),
    )  # fmt: skip
    return [(title, [card for card in found if card.kind in kinds]) for title, kinds in titles]


def _unused(found: list[Card]) -> list[tuple[str, str]]:
    there = {card.about for card in found if card.kind == "account"}
    return [(each.value, each.label) for each in Provider if each.value not in there]


def _hooks(client: Client, provider: str) -> list[dict[str, Any]]:
    """The addresses to enter at the provider, ready to copy."""
    row = ProviderAccount.objects.filter(client=client, provider=provider, ended_at=None).first()
    token = row.credentials().get("hook") if row and row.is_readable else None
    found = []
    for label, name in HOOKS[Provider(provider)] if token else ():
        try:
            value = site.PUBLIC_URL + reverse(name, args=[token])
            value += AGAIN if name == "hook_twilio_inbound" else ""
        except NoReverseMatch:
            continue
        found.append(
            {
                "answer": "",
                "says": f"{label}: enter this address at {Provider(provider).label}.",
                "add": {"type": "", "name": "", "value": value},
            }
        )
    return found
