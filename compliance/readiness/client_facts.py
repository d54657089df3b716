"""The client's own facts: HIPAA, agreements, postal address, certificate."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max

from compliance.models import ListCertificate
from compliance.readiness.card import CLEAR, HELD, WAITING, Card
from consent.models import Import
from tenants.models import Agreement, Client, PostalAddress, Provider, ProviderAccount, Sender, SubProcessor

SOON = timedelta(days=14)  # before something runs out it is shown amber


def covered(client: Client) -> Card:
    if client.covered == Client.Covered.UNSET:
        return Card(
            "covered",
            "covered",
            "Whether HIPAA covers the client",
            HELD,
            "Nobody has answered whether HIPAA covers this client.",
        )
    return Card(
        "covered", "covered", "Whether HIPAA covers the client", CLEAR, f"{client.get_covered_display()}."
    )


def agreement(agreements: list[Agreement], at: datetime) -> Card:
    mine = [each for each in agreements if each.kind == Agreement.Kind.CLIENT]
    title = "Business associate agreement"
    if not mine:
        return Card(
            "baa",
            "baa",
            title,
            HELD,
            "No agreement with this client is in force. Without one nothing is imported or sent.",
        )
    return _running(
        Card("baa", "baa", title, CLEAR, f"In force between {mine[0].parties}.", about=mine[0]), mine[0], at
    )


def chain(agreements: list[Agreement], senders: list[Sender], at: datetime) -> list[Card]:
    """One card for each provider that carries this covered client's data."""
    found, by_mail = [], [sender for sender in senders if sender.provider == Provider.SMTP]
    accounts = (
        ProviderAccount.objects.in_force(at).filter(client=by_mail[0].client_id, provider=Provider.SMTP)
        if by_mail
        else []
    )
    hosts = [each.host for each in accounts]
    for provider in sorted({sender.provider for sender in senders}):
        name = Provider(provider).label
        title = f"Agreement with {name}"
        filed = [
            each for each in agreements if each.kind == Agreement.Kind.PROVIDER and each.provider == provider
        ]
        theirs = [each for each in filed if _carries(each, hosts)]
        if provider == Provider.SENDGRID:
            says = (
                "SendGrid signs no business associate agreement, so it may not carry this client's mail. "
                "Use the client's own mail server."
            )
            found.append(Card(f"chain-{provider}", "chain", title, HELD, says, about=provider))
        elif filed and not theirs:
            says = (
                f"The agreement on file is about {filed[0].host or 'no named mail server'}, and mails go by "
                f"{', '.join(hosts) or 'no server yet'}."
                if provider == Provider.SMTP
                else f"The agreement on file does not say that {name} has flagged the account for HIPAA."
            )
            found.append(
                Card(
                    f"chain-{provider}",
                    "chain",
                    title,
                    HELD,
                    f"{says} File the one that covers it.",
                    about=provider,
                )
            )
        elif not theirs:
            says = f"No business associate agreement with {name} is on file, so it may not carry this client's data."
            found.append(Card(f"chain-{provider}", "chain", title, HELD, says, about=provider))
        else:
            card = Card(
                f"chain-{provider}",
                "chain",
                title,
                CLEAR,
                f"In force between {theirs[0].parties}.",
                about=theirs[0],
            )
            found.append(_running(card, theirs[0], at))
    return found


def _carries(agreement: Agreement, hosts: list[str]) -> bool:
    """As the gate's check: see `AgreementRows.carrying`."""
    if agreement.provider == Provider.SMTP:
        return bool(agreement.host) and all(host == agreement.host for host in hosts)
    return agreement.hipaa_account


def hosting(agreements: list[Agreement], at: datetime) -> Card:
    """The company whose machines hold the data."""
    title = "Agreement with the host"
    mine = [each for each in agreements if each.kind == Agreement.Kind.HOSTING]
    if not mine:
        says = "No business associate agreement with the company that hosts this installation is on file."
        return Card("hosting", "hosting", title, HELD, says, about="hosting")
    card = Card("hosting", "hosting", title, CLEAR, f"In force between {mine[0].parties}.", about=mine[0])
    return _running(card, mine[0], at)


def companies(client: Client, agreements: list[Agreement], at: datetime) -> list[Card]:
    """One card for each further company that is named."""
    found = []
    for each in SubProcessor.objects.in_force(at).filter(client=client).order_by("name", "pk"):
        signed = next((row for row in agreements if row.sub_processor_id == each.pk), None)
        card = Card(f"company-{each.pk}", "company", f"Agreement with {each.name}", CLEAR, "", company=each)
        if not client.needs_agreement:
            card.title, card.says = (
                each.name,
                "HIPAA does not cover the client, so no agreement is asked for.",
            )
        elif signed is None:
            card.answer, card.says = (
                HELD,
                f"{each.name} sees this client's data, and no agreement with it is on file.",
            )
        else:
            card.about, card.says = signed, f"In force between {signed.parties}."
            card = _running(card, signed, at)
        card.facts = [("Product", each.product), ("Sees", each.sees), *card.facts]
        found.append(card)
    return found


def addiction(client: Client) -> Card:
    title = "Treatment for addiction"
    if client.addiction == Client.Addiction.NO:
        says = "The list tells nothing about treatment for addiction (42 CFR part 2)."
        return Card("addiction", "addiction", title, CLEAR, says)
    says = (
        "The list would show that people were treated for addiction, so nothing is sent (42 CFR part 2)."
        if client.addiction == Client.Addiction.YES
        else "Nobody has answered whether the list would show that people were treated for addiction."
    )
    return Card("addiction", "addiction", title, HELD, says)


def _running(card: Card, agreement: Agreement, at: datetime) -> Card:
    card.facts = [
        ("Signed on", f"{agreement.signed_on:%B} {agreement.signed_on.day}, {agreement.signed_on.year}"),
        *[
            (name, told)
            for name, told in (
                ("Product", agreement.product),
                ("Covers", agreement.scope),
                ("Mail server", agreement.host),
            )
            if told
        ],
        ("File", agreement.file_name),
        ("SHA-256", agreement.file_sha256),
    ]
    card.checked_at, card.good_until = agreement.since, agreement.expires_at
    if agreement.expires_at and agreement.expires_at < at + SOON:
        card.answer, card.says = WAITING, f"{card.says} It runs out soon; file the next one in time."
    return card


def address(client: Client, at: datetime) -> Card:
    title = "Postal address"
    row = PostalAddress.objects.in_force(at).filter(client=client).select_related("confirmed_by").first()
    if row is None:
        return Card(
            "address", "address", title, HELD, "No postal address is confirmed. Every mail must show one."
        )
    by = f" Confirmed by {row.confirmed_by.name}." if row.confirmed_by else ""
    return Card("address", "address", title, CLEAR, f"{row}.{by}", checked_at=row.since, about=row)


def certificate(client: Client, at: datetime) -> Card:
    title = "Certificate that all opt-outs are in"
    row = (
        ListCertificate.objects.in_force(at)
        .filter(client=client, expires_at__gt=at)
        .select_related("certified_by")
        .order_by("-since")
        .first()
    )
    last = Import.objects.filter(client=client, state=Import.State.DONE, taken__gt=0).aggregate(
        at=Max("done_at")
    )["at"]
    if row is None:
        return Card(
            "certificate",
            "certificate",
            title,
            HELD,
            "Nobody has certified in the last 30 days that all past opt-outs were imported.",
        )
    if last is not None and last > row.since:
        says = f"{row.certified_by.name} certified it, but a list was imported since. Certify it again."
        return Card("certificate", "certificate", title, HELD, says, checked_at=row.since, about=row)
    card = Card(
        "certificate",
        "certificate",
        title,
        CLEAR,
        f"Certified by {row.certified_by.name}.",
        row.since,
        row.expires_at,
        about=row,
    )
    if row.expires_at < at + timedelta(days=5):
        card.answer, card.says = WAITING, f"{card.says} It runs out soon."
    return card
