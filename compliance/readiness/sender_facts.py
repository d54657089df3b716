"""The senders' facts: mail domains, numbers, accounts at providers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from compliance.models import Answer, DomainCheck, SeedMail, SmsRegistration
from compliance.models.seeds import PROVES_FOR
from compliance.readiness.card import CLEAR, HELD, WAITING, Card
from consent.places.tables import area_code_places
from tenants.models import Channel, Client, Fault, PostalAddress, Provider, ProviderAccount, Sender

SOON = 5  # days left of a proof


def nothing_to_send_from(senders: list[Sender]) -> list[Card]:
    """A card where there is neither a number nor a From address; none of the other cards would say so."""
    says = "There is nothing to send from yet: neither a number nor a From address."
    return [] if senders else [Card("sender", "sender", "Number or From address", HELD, says)]


def domains(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    domains = sorted(
        {sender.domain for sender in senders if sender.channel == Channel.EMAIL and sender.domain}
    )
    rows = DomainCheck.objects.filter(client=client, domain__in=domains)
    latest = {row.domain: row for row in _latest(rows, "domain")}
    good = {row.domain: row for row in _latest(rows.good(at), "domain")}
    found = [_domain(domain, latest.get(domain), good.get(domain)) for domain in domains]
    _one_click(client, found, at)
    _ending(client, found, at)
    for card in found:
        card.senders = [sender for sender in senders if sender.domain == card.about]
    return found


def _one_click(client: Client, cards: list[Card], at: datetime) -> None:
    """What the newest seed mail of each domain proved."""
    read = SeedMail.objects.filter(client=client, domain__in=[card.about for card in cards], ended_at=None)
    seeds = {row.domain: row for row in _latest_read(read)}
    for card in cards:
        seed = seeds.get(card.about)
        if card.about.count(".") == 1:
            says = (
                f"Campaigns go from {card.about} itself. Use a subdomain, as in mail.{card.about}: what becomes of "
                "campaigns’ reputation then leaves the practice’s own mail alone."
            )
            card.findings = [*card.findings, {"part": "name", "answer": "warn", "says": says, "add": None}]
        if seed is None:
            says = "Send a seed mail: no mail goes out before one has proved that one-click unsubscribe is signed."
            card.findings = [
                *card.findings,
                {"part": "one-click", "answer": "fail", "says": says, "add": None},
            ]
            if card.answer != HELD:
                card.answer, card.says = (
                    HELD,
                    "No seed mail proves yet that one-click unsubscribe is signed, so its mails wait.",
                )
            continue
        card.findings = [*card.findings, *seed.findings]
        if seed.answer == Answer.FAIL:
            card.answer, card.says = HELD, "One-click unsubscribe is not signed, so its mails wait."
            continue
        age, left = at - seed.sent_at, (seed.sent_at + PROVES_FOR - at).days
        stale = age >= PROVES_FOR
        says = f"The seed mail that proved it is {_days(age.days)} old; " + (
            f"one counts {PROVES_FOR.days} days. Send the next."
            if stale
            else f"it counts {_days(left)} more."
        )
        answer = "unknown" if stale else "warn" if left < SOON else "pass"
        card.findings = [*card.findings, {"part": "one-click", "answer": answer, "says": says, "add": None}]
        if stale and card.answer != HELD:
            card.answer, card.says = (
                HELD,
                "Whether one click is still signed could not be checked, so its mails wait.",
            )
        elif answer == "warn" and card.answer == CLEAR:
            card.answer, card.says = (
                WAITING,
                f"{card.says} Its seed mail counts only a few days more; send the next one.",
            )


def _days(days: int) -> str:
    return "less than a day" if days < 1 else "a day" if days == 1 else f"{days} days"


def _latest_read(seeds: QuerySet[SeedMail]) -> QuerySet[SeedMail]:
    return seeds.filter(answer__in=[Answer.PASS, Answer.FAIL]).order_by("domain", "-since").distinct("domain")


def _latest(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    return rows.order_by(key, "-checked_at").distinct(key)


def _domain(domain: str, latest: DomainCheck | None, good: DomainCheck | None) -> Card:
    card = Card(
        f"domain-{domain}", "domain", domain, HELD, "This mail domain was never looked up.", about=domain
    )
    if latest is None:
        return card
    card.checked_at, card.findings, card.seen = latest.checked_at, latest.findings, latest.seen
    card.facts = [(part.upper(), Answer(getattr(latest, part)).label) for part in ("spf", "dkim", "dmarc")]
    wrong = sorted({finding["part"].upper() for finding in latest.findings if finding["answer"] == "fail"})
    return _dated(
        card,
        latest,
        good,
        passed="SPF, DKIM, DMARC and MX are in order.",
        failed=f"{' and '.join(wrong) or 'Something'} is not in order.",
    )


def numbers(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    numbers = [sender for sender in senders if sender.channel == Channel.SMS]
    rows = SmsRegistration.objects.filter(client=client, sender__in=numbers)
    latest = {row.sender_id: row for row in _latest(rows, "sender")}
    good = {row.sender_id: row for row in _latest(rows.good(at), "sender")}
    found = []
    for sender in numbers:
        row = latest.get(sender.pk)
        card = Card(
            f"number-{sender.pk}",
            "number",
            sender.address,
            HELD,
            "This number's registration was never read.",
            about=sender,
        )
        if row is not None:
            card.checked_at, card.findings = row.checked_at, row.findings
            seen = (
                ("Kind", row.get_kind_display()),
                ("Brand", row.brand_status),
                ("Registration", row.campaign_status),
                ("Use case", row.use_case),
            )
            card.facts = [(name, value) for name, value in seen if value]
            card = _dated(
                card,
                row,
                good.get(sender.pk),
                passed="Registered with the carriers.",
                failed="The registration is not in order.",
            )
        if sender.on_request:
            card.facts = [*card.facts, ("Kept for", "what people asked for")]
        found.append(card)
    _local(client, found, at)
    _ending(client, found, at)
    return found


def _ending(client: Client, cards: list[Card], at: datetime) -> None:
    """What becomes, or became, of signatures that rest on a number or a domain that went out of order."""
    faults = Fault.objects.filter(client=client, ended_at=None).order_by("-falls_at")
    first = {fault.domain or fault.sender_id: fault.falls_at for fault in faults}
    for card in cards:
        card.falls_at = first.get(card.about.pk if isinstance(card.about, Sender) else card.about)
        card.fell = card.falls_at is not None and card.falls_at <= at


def _local(client: Client, cards: list[Card], at: datetime) -> None:
    """Patients trust a number of their own region: advice, where the area code lies in another state than the practice."""
    if not cards:
        return
    address = PostalAddress.objects.in_force(at).filter(client=client).first()
    for card in cards:
        places = area_code_places(card.title[2:5])
        if address and places and address.state not in {place.state for place in places}:
            says = f"Its area code is not in {address.state}, where the practice is. Patients answer a local number sooner."
            card.findings = [*card.findings, {"answer": "warn", "says": says}]


def _dated(card: Card, latest: Any, good: Any, *, passed: str, failed: str) -> Card:
    """Green while a pass counts; amber when the newest look failed to answer but the last pass still counts."""
    if good is not None:
        card.good_until = good.valid_until
        unsure = latest.answer == Answer.UNKNOWN and not latest.passed
        card.answer, card.says = (
            (WAITING, f"{passed} The last look could not be made; the pass before it still counts.")
            if unsure
            else (CLEAR, passed)
        )
    elif latest.passed:
        card.says = "The last look was in order, but it is older than 24 hours."
    else:
        card.says = (
            failed
            if latest.answer == Answer.FAIL
            else "It could not be checked, and no earlier pass counts any more."
        )
    return card


def accounts(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    accounts = {
        row.provider: row
        for row in ProviderAccount.objects.in_force(at).filter(client=client).defer("settings")
    }
    found = []
    for provider in sorted({sender.provider for sender in senders} | set(accounts)):
        title = f"{Provider(provider).label} account"
        row = accounts.get(provider)
        if row is None:
            card = Card(
                f"account-{provider}",
                "account",
                title,
                HELD,
                "A sender uses this provider, but no account of this client is on file.",
                about=provider,
            )
        else:
            card = Card(
                f"account-{provider}",
                "account",
                title,
                CLEAR,
                "On file. Press test to try it.",
                checked_at=row.since,
                about=provider,
            )
            card.facts = [("Account", row.account_id)] if row.account_id else []
        found.append(card)
    return found
