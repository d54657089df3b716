"""What stands between a client and sending, as cards of evidence. Asks the same rows as the gate's checks."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from compliance.models import Answer, DomainCheck, ListCertificate, SmsRegistration
from consent.models import Import
from tenants.models import Agreement, Channel, Client, PostalAddress, Provider, ProviderAccount, Sender

SOON = timedelta(days=14)  # before something runs out it is shown amber
CLEAR, WAITING, HELD = "clear", "waiting", "held"


@dataclass
class Card:
    """One fact: its answer, what was seen and when, what it should be, where to change it."""

    key: str
    kind: str  # baa, chain, address, certificate, covered, domain, number, account
    title: str
    answer: str
    says: str
    checked_at: datetime | None = None
    good_until: datetime | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    facts: list[tuple[str, str]] = field(default_factory=list)
    about: Any = None  # the row behind it
    senders: list[Sender] = field(default_factory=list)  # From addresses of a domain


def cards(client: Client, at: datetime) -> list[Card]:
    """Every fact about the client, in the order in which it is set up. A fixed number of queries."""
    senders = list(Sender.objects.in_force(at).filter(client=client).select_related("location").order_by("channel", "address"))
    found = [_covered(client)]
    if client.needs_agreement:
        agreements = list(Agreement.objects.in_force(at).filter(client=client).defer("file").order_by("-signed_on"))
        found.append(_agreement(agreements, at))
        found += _chain(agreements, senders, at)
    found += [_address(client, at), _certificate(client, at)]
    return found + _domains(client, senders, at) + _numbers(client, senders, at) + _accounts(client, senders, at)


def verdict(found: list[Card]) -> tuple[str, str]:
    """The answer over all cards and the sentence for the page's head."""
    held = [card for card in found if card.answer == HELD]
    if not held:
        soon = [card for card in found if card.answer == WAITING]
        if not soon:
            return CLEAR, "Everything about this client is in order."
        return WAITING, f"Ready to send. {_count(soon)} should be looked at soon: {_names(soon)}."
    return HELD, f"Not ready: {_count(held)} keeps messages from being sent: {_names(held)}." if len(held) == 1 else (
        f"Not ready: {_count(held)} keep messages from being sent: {_names(held)}."
    )


def _count(cards: list[Card]) -> str:
    return "one thing" if len(cards) == 1 else f"{len(cards)} things"


def _names(cards: list[Card]) -> str:
    return ", ".join(card.title[0].lower() + card.title[1:] if card.kind in {"baa", "address", "certificate", "covered"} else card.title for card in cards)


def _covered(client: Client) -> Card:
    if client.covered == Client.Covered.UNSET:
        return Card("covered", "covered", "Whether HIPAA covers the client", HELD, "Nobody has answered whether HIPAA covers this client.")
    return Card("covered", "covered", "Whether HIPAA covers the client", CLEAR, f"{client.get_covered_display()}.")


def _agreement(agreements: list[Agreement], at: datetime) -> Card:
    mine = [each for each in agreements if each.kind == Agreement.Kind.CLIENT]
    title = "Business associate agreement"
    if not mine:
        return Card("baa", "baa", title, HELD, "No agreement with this client is in force. Without one nothing is imported or sent.")
    return _running(Card("baa", "baa", title, CLEAR, f"In force between {mine[0].parties}.", about=mine[0]), mine[0], at)


def _chain(agreements: list[Agreement], senders: list[Sender], at: datetime) -> list[Card]:
    """One card for each provider that carries this covered client's data."""
    found = []
    for provider in sorted({sender.provider for sender in senders}):
        name = Provider(provider).label
        title = f"Agreement with {name}"
        theirs = [each for each in agreements if each.kind == Agreement.Kind.PROVIDER and each.provider == provider]
        if provider == Provider.SENDGRID:
            says = "SendGrid signs no business associate agreement, so it may not carry this client's mail. Use the client's own mail server."
            found.append(Card(f"chain-{provider}", "chain", title, HELD, says, about=provider))
        elif not theirs:
            says = f"No business associate agreement with {name} is on file, so it may not carry this client's data."
            found.append(Card(f"chain-{provider}", "chain", title, HELD, says, about=provider))
        else:
            card = Card(f"chain-{provider}", "chain", title, CLEAR, f"In force between {theirs[0].parties}.", about=theirs[0])
            found.append(_running(card, theirs[0], at))
    return found


def _running(card: Card, agreement: Agreement, at: datetime) -> Card:
    card.facts = [("Signed on", f"{agreement.signed_on:%B} {agreement.signed_on.day}, {agreement.signed_on.year}"),
                  ("File", agreement.file_name), ("SHA-256", agreement.file_sha256)]
    card.checked_at, card.good_until = agreement.since, agreement.expires_at
    if agreement.expires_at and agreement.expires_at < at + SOON:
        card.answer, card.says = WAITING, f"{card.says} It runs out soon; file the next one in time."
    return card


def _address(client: Client, at: datetime) -> Card:
    title = "Postal address"
    row = PostalAddress.objects.in_force(at).filter(client=client).select_related("confirmed_by").first()
    if row is None:
        return Card("address", "address", title, HELD, "No postal address is confirmed. Every mail must show one.")
    by = f" Confirmed by {row.confirmed_by.name}." if row.confirmed_by else ""
    return Card("address", "address", title, CLEAR, f"{row}.{by}", checked_at=row.since, about=row)


def _certificate(client: Client, at: datetime) -> Card:
    title = "Certificate that all opt-outs are in"
    row = ListCertificate.objects.in_force(at).filter(client=client, expires_at__gt=at).select_related("certified_by").order_by("-since").first()
    last = Import.objects.filter(client=client, state=Import.State.DONE, taken__gt=0).aggregate(at=Max("done_at"))["at"]
    if row is None:
        return Card("certificate", "certificate", title, HELD, "Nobody has certified in the last 30 days that all past opt-outs were imported.")
    if last is not None and last > row.since:
        says = f"{row.certified_by.name} certified it, but a list was imported since. Certify it again."
        return Card("certificate", "certificate", title, HELD, says, checked_at=row.since, about=row)
    card = Card("certificate", "certificate", title, CLEAR, f"Certified by {row.certified_by.name}.", row.since, row.expires_at, about=row)
    if row.expires_at < at + timedelta(days=5):
        card.answer, card.says = WAITING, f"{card.says} It runs out soon."
    return card


def _domains(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    domains = sorted({sender.domain for sender in senders if sender.channel == Channel.EMAIL and sender.domain})
    rows = DomainCheck.objects.filter(client=client, domain__in=domains)
    latest = {row.domain: row for row in _latest(rows, "domain")}
    good = {row.domain: row for row in _latest(rows.good(at), "domain")}
    found = [_domain(domain, latest.get(domain), good.get(domain)) for domain in domains]
    for card in found:
        card.senders = [sender for sender in senders if sender.domain == card.about]
    return found


def _latest(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    return rows.order_by(key, "-checked_at").distinct(key)


def _domain(domain: str, latest: DomainCheck | None, good: DomainCheck | None) -> Card:
    card = Card(f"domain-{domain}", "domain", domain, HELD, "This mail domain was never looked up.", about=domain)
    if latest is None:
        return card
    card.checked_at, card.findings, card.seen = latest.checked_at, latest.findings, latest.seen
    card.facts = [(part.upper(), Answer(getattr(latest, part)).label) for part in ("spf", "dkim", "dmarc")]
    wrong = sorted({finding["part"].upper() for finding in latest.findings if finding["answer"] == "fail"})
    return _dated(card, latest, good, passed="SPF, DKIM, DMARC and MX are in order.", failed=f"{' and '.join(wrong) or 'Something'} is not in order.")


def _numbers(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    numbers = [sender for sender in senders if sender.channel == Channel.SMS]
    rows = SmsRegistration.objects.filter(client=client, sender__in=numbers)
    latest = {row.sender_id: row for row in _latest(rows, "sender")}
    good = {row.sender_id: row for row in _latest(rows.good(at), "sender")}
    found = []
    for sender in numbers:
        row = latest.get(sender.pk)
        card = Card(f"number-{sender.pk}", "number", sender.address, HELD, "This number's registration was never read.", about=sender)
        if row is not None:
            card.checked_at, card.findings = row.checked_at, row.findings
            card.facts = [(name, value) for name, value in (
                ("Kind", row.get_kind_display()), ("Brand", row.brand_status), ("Registration", row.campaign_status), ("Use case", row.use_case),
            ) if value]  # fmt: skip
            card = _dated(card, row, good.get(sender.pk), passed="Registered with the carriers.", failed="The registration is not in order.")
        found.append(card)
    return found


def _dated(card: Card, latest: Any, good: Any, *, passed: str, failed: str) -> Card:
    """Green while a pass counts; amber when the newest look failed to answer but the last pass still counts."""
    if good is not None:
        card.good_until = good.valid_until
        unsure = latest.answer == Answer.UNKNOWN and not latest.passed
        card.answer, card.says = (WAITING, f"{passed} The last look could not be made; the pass before it still counts.") if unsure else (CLEAR, passed)
    elif latest.passed:
        card.says = "The last look was in order, but it is older than 24 hours."
    else:
        card.says = failed if latest.answer == Answer.FAIL else "It could not be checked, and no earlier pass counts any more."
    return card


def _accounts(client: Client, senders: list[Sender], at: datetime) -> list[Card]:
    accounts = {row.provider: row for row in ProviderAccount.objects.in_force(at).filter(client=client).defer("settings")}
    found = []
    for provider in sorted({sender.provider for sender in senders} | set(accounts)):
        title = f"{Provider(provider).label} account"
        row = accounts.get(provider)
        if row is None:
            card = Card(f"account-{provider}", "account", title, HELD, "A sender uses this provider, but no account of this client is on file.", about=provider)
        else:
            card = Card(f"account-{provider}", "account", title, CLEAR, "On file. Press test to try it.", checked_at=row.since, about=provider)
            card.facts = [("Account", row.account_id)] if row.account_id else []
        found.append(card)
    return found
