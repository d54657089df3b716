"""Two agencies, three clients, the people who sign in, and each client's senders, accounts and papers."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from compliance.models import Canary, SeedMail
from tenants import audit
from tenants.clock import db_now
from tenants.hashing import new_token
from tenants.models import (
    Agency,
    Agreement,
    Channel,
    Client,
    HookEndpoint,
    Location,
    Membership,
    PostalAddress,
    Provider,
    ProviderAccount,
    Purpose,
    Role,
    Sender,
    User,
)
from tenants.scope import acting_for

PASSWORD = "demo-pass-phrase"  # shown on the sign-in page of the demo, which runs on this machine only
PRODUCTS = {
    Provider.TWILIO.value: "Programmable Messaging and Lookup", Provider.SMTP.value: "Mail relay", Agreement.Kind.HOSTING.value: "Servers and storage"
}  # fmt: skip
SENDS_FROM = "192.0.2.10"  # what the demo’s SPF record lets in for a mail server that runs on this machine
COVERS = "Names, addresses and the words of messages."
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role
    title: str = ""


@dataclass(frozen=True)
class Firm:
    """One client of the demo and everything that stands about it."""

    agency: str
    name: str
    legal_name: str
    slug: str
    covered: str
    number: str
    domain: str
    mail_by: str
    address: tuple[str, str, str, str]
    zone: str
    area_codes: tuple[str, ...]
    contacts: int
    segments: tuple[str, ...]
    people: tuple[Person, ...]
    website: str = ""
    selectors: list[str] = field(default_factory=lambda: ["s1", "s2"])

    @property
    def sid(self) -> str:
        """A steady Twilio-like tail of 32 hex characters."""
        return hashlib.md5(self.slug.encode(), usedforsecurity=False).hexdigest()


AGENCIES = {
    "harbor": ("Harbor Reactivation", (
        Person("Olivia Grant", "olivia@harbor.example", Role.OWNER),
        Person("Sam Ortiz", "sam@harbor.example", Role.STAFF),
    )),
    "northlight": ("Northlight Campaigns", (Person("Nora Blake", "nora@northlight.example", Role.OWNER),)),
}  # fmt: skip

FIRMS = (
    Firm(
        "harbor", "Lakeside Dental", "Lakeside Dental Care PLLC", "lakeside-dental", Client.Covered.COVERED, "+12075550142",
        "mail.lakesidedental.example", Provider.SMTP, ("48 Harbor Street", "Portland", "ME", "04101"), "America/New_York",
        ("207", "603", "617"), 2000, ("Hygiene recall", "New patient exam", "Follow-up visit"),
        (Person("Dana Whitfield", "dana@lakesidedental.example", Role.APPROVER, "Office manager"),
         Person("Fay Monroe", "fay@lakesidedental.example", Role.FRONT_DESK)),
        "https://lakesidedental.example", ["lake1"],
    ),
    Firm(
        "harbor", "Glow Med Spa", "Glow Aesthetics LLC", "glow-med-spa", Client.Covered.NOT_COVERED, "+15035550118",
        "mail.glowmedspa.example", Provider.SENDGRID, ("910 NW Park Avenue", "Portland", "OR", "97205"), "America/Los_Angeles",
        ("503", "360", "509"), 2500, ("Regular guest", "New guest", "Membership ended"),
        (Person("Mia Chen", "mia@glowmedspa.example", Role.APPROVER, "Owner"),),
        "https://glowmedspa.example",
    ),
    Firm(
        "northlight", "Clearview Optical", "Clearview Optical Inc.", "clearview-optical", Client.Covered.COVERED, "+16025550175",
        "mail.clearviewoptical.example", Provider.SMTP, ("77 E Camelback Road", "Phoenix", "AZ", "85012"), "America/Phoenix",
        ("602", "480"), 500, ("Annual exam", "Lens recall"),
        (Person("Victor Hale", "victor@clearviewoptical.example", Role.APPROVER, "Practice manager"),),
        "https://clearviewoptical.example", ["cv1"],
    ),
)  # fmt: skip


def build(smtp_host: str, smtp_port: int) -> list[dict[str, str]]:
    """Make what is missing; returns the sign-ins as `{email, password, role, agency, client}`."""
    accounts = []
    for slug, (name, staff) in AGENCIES.items():
        agency, _ = Agency.objects.get_or_create(slug=slug, defaults={"name": name})
        for person in staff:
            _member(person, agency=agency)
            accounts.append(_sign_in(person, name, ""))
        agency.mail_domains = sorted({person.email.rpartition("@")[2] for person in staff})
        agency.questions_to = f"privacy@{slug}.example"
        agency.save(update_fields=["mail_domains", "questions_to"])
    for firm in FIRMS:
        client = _client(firm)
        for person in firm.people:
            _member(person, client=client)
            accounts.append(_sign_in(person, client.agency.name, client.name))
        with acting_for(client.pk):
            if not Sender.objects.exists():
                _papers(firm, client, smtp_host)
                _senders(firm, client)
                _accounts(firm, client, smtp_host, smtp_port)
            elif firm.mail_by == Provider.SMTP:
                _accounts(firm, client, smtp_host, smtp_port, only_moved=True)
    return accounts


def _client(firm: Firm) -> Client:
    found, made = Client.objects.get_or_create(
        slug=firm.slug,
        defaults={
            "agency": Agency.objects.get(slug=firm.agency), "name": firm.name, "legal_name": firm.legal_name, "covered": firm.covered,
            "addiction": Client.Addiction.NO, "health_policy": f"https://{firm.domain}/health-data-policy",
            "time_zone": firm.zone, "phone": firm.number, "website": firm.website,
        },
    )  # fmt: skip
    if made:
        with acting_for(found.pk):
            audit.record("client.created", found, client_id=found.pk, covered=found.covered)
    return found


def _member(person: Person, *, agency: Agency | None = None, client: Client | None = None) -> None:
    user = User.objects.filter(email=person.email).first() or User.objects.create_user(
        person.email, PASSWORD, name=person.name
    )
    Membership.objects.get_or_create(
        user=user,
        agency=agency,
        client=client,
        ended_at=None,
        defaults={"role": person.role, "title": person.title},
    )


def _sign_in(person: Person, agency: str, client: str) -> dict[str, str]:
    return {
        "email": person.email,
        "password": PASSWORD,
        "role": person.role.value,
        "agency": agency,
        "client": client,
    }


def _owner(client: Client) -> User:
    return User.objects.filter(memberships__agency=client.agency, memberships__role=Role.OWNER).order_by(
        "pk"
    )[0]


def _papers(firm: Firm, client: Client, smtp_host: str) -> None:
    line, city, state, zip_code = firm.address
    owner = _owner(client)
    PostalAddress.objects.create(
        client=client, line=line, city=city, state=state, zip_code=zip_code, confirmed_by=owner
    )
    Location.objects.create(client=client, name=f"{firm.name} {city}", time_zone=firm.zone, phone=firm.number)
    if firm.covered != Client.Covered.COVERED:
        return
    at = db_now()
    for kind, provider in (
        (Agreement.Kind.CLIENT, ""),
        (Agreement.Kind.PROVIDER, Provider.TWILIO),
        (Agreement.Kind.PROVIDER, Provider.SMTP),
        (Agreement.Kind.HOSTING, ""),
    ):
        with_whom = firm.legal_name if not provider else f"{Provider(provider).label} for {firm.legal_name}"
        Agreement.objects.create(
            client=client, kind=kind, provider=provider, product=PRODUCTS.get(provider or kind, ""), scope=COVERS if kind != Agreement.Kind.CLIENT else "",
            host=smtp_host.lower() if provider == Provider.SMTP else "", hipaa_account=provider == Provider.TWILIO, parties=f"{client.agency.name} and {with_whom}", signed_on=(at - timedelta(days=40)).date(),
            since=at - timedelta(days=39), expires_at=at + timedelta(days=326), file_name=f"baa-{provider or 'client'}.pdf",
            file_sha256=hashlib.sha256(PAPER).hexdigest(), file=base64.b64encode(PAPER).decode(), filed_by=owner,
        )  # fmt: skip


def _senders(firm: Firm, client: Client) -> None:
    purposes = [Purpose.CARE, Purpose.RECALL] if firm.covered == Client.Covered.COVERED else list(Purpose)
    location = Location.objects.get(client=client)
    text = Sender.objects.create(
        client=client, channel=Channel.SMS, provider=Provider.TWILIO, address=firm.number, messaging_service=f"MG{firm.sid}",
        purposes=purposes, location=location,
    )  # fmt: skip
    mail = Sender.objects.create(
        client=client, channel=Channel.EMAIL, provider=firm.mail_by, address=f"hello@{firm.domain}", display_name=firm.name,
        domain=firm.domain, dkim_selectors=firm.selectors, purposes=purposes,
    )  # fmt: skip
    at = db_now()
    for sender in (text, mail):
        Canary.objects.create(
            client=client, sender=sender, attempt=uuid.uuid4(), sent_by=_owner(client), sent_at=at, heard_at=at, answer="pass",
            valid_until=at + timedelta(days=30),
        )  # fmt: skip
    SeedMail.objects.create(
        client=client, domain=firm.domain, code="demo", sent_by=_owner(client), sent_at=at, since=at, answer="pass",
        findings=[{"part": "one-click", "answer": "pass", "says": "Both headers of one-click unsubscribe arrived signed.", "add": None}],
    )  # fmt: skip


def _accounts(
    firm: Firm, client: Client, smtp_host: str, smtp_port: int, *, only_moved: bool = False
) -> None:
    """Accounts at the simulator; a mail server that moved to another port gets a new account, as any change does."""
    secret = hashlib.sha256(firm.slug.encode()).hexdigest()
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        Provider.TWILIO: (f"AC{firm.sid}", {"auth_token": secret[:32]}),
        firm.mail_by: ("", {"api_key": f"SG.{secret[:22]}"})
        if firm.mail_by == Provider.SENDGRID
        else (
            firm.slug,
            {
                "host": smtp_host,
                "port": smtp_port,
                "password": secret[:20],
                "security": "none",
                "return_domain": firm.domain,
                "sends_from": SENDS_FROM,
            },
        ),
    }
    for provider, (account_id, settings) in wanted.items():
        standing = ProviderAccount.objects.filter(provider=provider, ended_at=None).first()
        if only_moved and (
            provider != Provider.SMTP
            or standing is None
            or all(
                str(standing.credentials().get(each)) == str(settings[each])
                for each in ("port", "sends_from")
            )
        ):
            continue
        hook = standing.credentials()["hook"] if standing else _endpoint(client, provider)
        if standing:
            ProviderAccount.objects.filter(pk=standing.pk).update(ended_at=db_now())
        ProviderAccount.objects.create(
            client=client,
            provider=provider,
            account_id=account_id,
            host=str(settings.get("host", "")).lower(),
            settings=json.dumps(settings | {"hook": hook}),
        )


def _endpoint(client: Client, provider: str) -> str:
    token, digest = new_token()
    HookEndpoint.objects.create(token_hash=digest, provider=provider, client=client)
    return token
