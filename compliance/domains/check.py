"""One look at a sender domain, and the row it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from dns.exception import DNSException

from compliance import falling
from compliance.domains import dkim, dmarc, spf
from compliance.domains.agreeing import PARTS, alone, both, resolvers
from compliance.domains.findings import FAIL, PASS, UNKNOWN, Seen, worst
from compliance.domains.lookups import CouldNotCheck, Lookups
from compliance.models import DomainCheck
from tenants.clock import db_now
from tenants.models import Channel, Client, Provider, ProviderAccount, Sender

GOOD_FOR = timedelta(hours=24)
FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.co.uk",
        "ymail.com",
        "rocketmail.com",
        "aol.com",
        "aim.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "gmx.com",
        "gmx.net",
        "mail.com",
        "zoho.com",
        "yandex.com",
        "comcast.net",
        "att.net",
        "sbcglobal.net",
        "bellsouth.net",
        "verizon.net",
        "cox.net",
        "charter.net",
        "earthlink.net",
        "juno.com",
        "fastmail.com",
        "hey.com",
        "tutanota.com",
    ]
)


@dataclass
class Asked:
    """What to look for at a domain: everything its senders rely on."""

    domain: str
    selectors: list[str] = field(default_factory=list)
    # (return-path host, provider): where SPF counts.
    paths: list[tuple[str, str]] = field(default_factory=list)
    # The client's own mail server: what it sends from by name, else its host, whose addresses count. None: nobody told us.
    server: list[str] | None = None


def asked_of(client: Client, domain: str) -> Asked:
    """What the client's mail senders in force rely on at this domain."""
    asked = Asked(domain)
    senders = (
        Sender.objects.in_force(db_now())
        .filter(client=client, channel=Channel.EMAIL, domain=domain)
        .order_by("pk")
    )
    server = _server_of(client) if any(each.provider == Provider.SMTP for each in senders) else {}
    asked.server = server.get("sends_from", "").split() or [server["host"]] if server.get("host") else None
    for sender in senders:
        asked.selectors += [each for each in sender.dkim_selectors if each not in asked.selectors]
        bounces = server.get("return_domain", "") if sender.provider == Provider.SMTP else ""
        path = (bounces or sender.return_path or domain, sender.provider)
        asked.paths += [path] if path not in asked.paths else []
    return asked


def _server_of(client: Client) -> dict[str, str]:
    rows = ProviderAccount.objects.in_force(db_now()).filter(client=client, provider=Provider.SMTP)
    account = rows.first()
    return account.credentials() if account is not None and account.is_readable else {}


def look(asked: Asked) -> Seen:
    """Ask two name servers, or the only one there is. At most eight seconds in all; touches no database."""
    try:
        asked_of = resolvers()
    except (OSError, DNSException):
        seen = Seen()
        for part in PARTS:
            seen.note(
                part,
                UNKNOWN,
                "No name server could be asked: the installation's DNS_NAMESERVERS is not usable.",
            )
        return seen
    answers = [look_by(asked, each) for each in asked_of]
    return both(*answers) if len(answers) == 2 else alone(answers[0])


def look_by(asked: Asked, lookups: Lookups) -> Seen:
    """What one name server says."""
    seen = Seen()
    domain = asked.domain
    if domain in FREE_MAIL:
        seen.note(
            "mx",
            FAIL,
            f"{domain} is a free mail service: mail in its name is refused everywhere. Use a domain of the practice.",
        )
    _takes_mail(domain, lookups, seen)
    provider = asked.paths[0][1] if asked.paths else ""
    dkim.look(domain, asked.selectors, provider, lookups, seen)
    dmarc.look(domain, [host for host, _ in asked.paths], lookups, seen)
    for host, carrier in asked.paths or [(domain, "")]:
        spf.look(host, carrier, lookups, seen, asked.server)
    seen.records = lookups.seen
    return seen


def check_domain(client: Client, domain: str) -> DomainCheck:
    """Look and store. Call inside the client's scope; waits up to eight seconds for DNS."""
    return store(client, domain, look(asked_of(client, domain)))


def store(client: Client, domain: str, seen: Seen) -> DomainCheck:
    """The row of a look. A failure ends the passes before it; "could not check" leaves them their 24 hours (decisions 17)."""
    at = db_now()
    answer = worst(seen.answer(part) for part in PARTS)
    if answer == FAIL:
        DomainCheck.objects.filter(
            client=client, domain=domain, passed=True, ended_at=None, valid_until__gt=at
        ).update(ended_at=at)
    made = DomainCheck.objects.create(
        client=client,
        domain=domain,
        checked_at=at,
        valid_until=at + GOOD_FOR,
        passed=answer == PASS,
        answer=answer,
        spf=seen.answer("spf"),
        dkim=seen.answer("dkim"),
        dmarc=seen.answer("dmarc"),
        findings=[finding.as_json() for finding in seen.findings],
        seen=seen.records,
    )
    falling.note_domain(made)
    return made


def _takes_mail(domain: str, lookups: Lookups, seen: Seen) -> None:
    try:
        hosts = lookups.mail_hosts(domain)
        if hosts == [""]:
            seen.note(
                "mx",
                FAIL,
                f"{domain} says that it takes no mail (null MX), so replies are lost. Give it a mail server.",
            )
        elif hosts:
            seen.note("mx", PASS, f"Replies to {domain} go to {hosts[0]}.")
        elif lookups.addresses(domain):
            seen.note("mx", PASS, f"{domain} has no MX record; replies go to the host itself.")
        else:
            seen.note("mx", FAIL, f"{domain} has neither an MX nor an address record, so replies are lost.")
    except CouldNotCheck as why:
        seen.note("mx", UNKNOWN, str(why))
