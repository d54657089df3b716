"""Plain builders of named people and places. A test shows its own facts; these supply the rest.

Bright Smiles is the clinic, Clear View its rival at another agency. Alice is staff of the clinic's agency, Olive its
owner, Bob the clinic's compliance contact, Fred its front desk, Charlie staff of the rival agency: a stranger.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Approval, ApprovalRequest, AudienceCount, Campaign, CampaignVersion, Step
from compliance import statements
from compliance.models import (
    Canary,
    ContentReview,
    DomainCheck,
    ListCertificate,
    MailLookup,
    OwnWindow,
    ReplyCheck,
    SeedMail,
    SendingWindow,
    SmsRegistration,
    Told,
)
from consent.models import Address, ConsentRecord, Contact, ContactPoint, Tier
from consent.places import UNKNOWN, places
from tenants.clock import db_now
from tenants.models import (
    Agency,
    Agreement,
    Channel,
    Client,
    Membership,
    PostalAddress,
    Provider,
    ProviderAccount,
    Purpose,
    Role,
    Sender,
    SubProcessor,
    User,
)

PASSWORD = "correct horse battery staple"
INDIANA = "IN/America/New_York"  # where +1 574 and the clinic are
SWIFT = {"brand": {"score": 90}}  # what Twilio says of a number with the highest registered rate
_numbers = itertools.count(2_400_000)  # an exchange of Indiana's that no test writes down: 574-240-0000


def agency(name: str = "Reach Agency") -> Agency:
    return Agency.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name})[0]


def client_of(of: Agency, name: str, **values: Any) -> Client:
    values.setdefault("covered", Client.Covered.NOT_COVERED)
    values.setdefault("addiction", Client.Addiction.NO)
    return Client.objects.create(agency=of, name=name, slug=name.lower().replace(" ", "-"), **values)


def clinic(**values: Any) -> Client:
    """Bright Smiles, not covered by HIPAA unless said otherwise."""
    return client_of(agency(), "Bright Smiles", phone="+15742310600", **values)


def rival_clinic(**values: Any) -> Client:
    """Clear View, of the rival agency."""
    return client_of(agency("Rival Agency"), "Clear View", phone="+15742310700", **values)


def user(name: str, **values: Any) -> User:
    email = values.pop("email", f"{name.lower()}@example.org")
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, PASSWORD, name=name, **values)


def member(
    name: str, role: Role, *, of: Agency | None = None, client: Client | None = None, **values: Any
) -> User:
    who = user(name)
    Membership.objects.create(user=who, role=role, agency=of, client=client, **values)
    return who


def alice() -> User:
    return member("Alice", Role.STAFF, of=agency())


def olive() -> User:
    return member("Olive", Role.OWNER, of=agency())


def bob(of: Client) -> User:
    return member("Bob", Role.APPROVER, client=of, title="Practice manager")


def fred(of: Client) -> User:
    return member("Fred", Role.FRONT_DESK, client=of)


def charlie() -> User:
    return member("Charlie", Role.STAFF, of=agency("Rival Agency"))


def sign_in(browser: Any, who: User) -> Any:
    """Sign `who` in with a second factor enrolled, as production demands."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.get_or_create(
        user=who, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "unused"}}
    )
    browser.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    proven(browser, who, ago=0)
    return browser


def today(of: Client) -> date:
    """The client's day, which in the evening is not yet the next one that UTC has."""
    return db_now().astimezone(ZoneInfo(of.time_zone)).date()


def in_clear(browser: Any, of: Client) -> Any:
    """As if this browser's member had just asked to see the client's lists unmasked."""
    session = browser.session
    session["in_clear"] = {str(of.pk): time.time() + 60}
    session.save()
    return browser


def proven(browser: Any, who: User, ago: float) -> None:
    """As if this browser's session had signed in that many seconds ago; some deeds ask for less than 300."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - ago}]
    session["account_authentication_methods_user"] = str(who.pk)
    session.save()


# Everything below is called inside `acting_for(client.pk)`.


def contact(
    of: Client,
    *,
    first_name: str = "Jane",
    last_name: str = "Doe",
    phone: str = "",
    email: str = "",
    looked: bool = True,
    **values: Any,
) -> Contact:
    """A contact with its points; `filled` follows the names given. A window key nobody knows is refused.

    `looked`: the domain of the mail address was looked up and takes mail.
    """
    filled = [name for name, value in (("first_name", first_name), ("last_name", last_name)) if value]
    values.setdefault("filled", filled)
    values.setdefault("last_visit", date(2024, 1, 15))
    places(values.setdefault("window_key", INDIANA))
    person: Contact = Contact.objects.create(client=of, first_name=first_name, last_name=last_name, **values)
    if not person.household:
        person.household = person.pk
        person.save(update_fields=["household"])
    for channel, value in ((Channel.SMS, phone), (Channel.EMAIL, email)):
        if value:
            point(person, channel, value, looked=looked)
    return person


def point(person: Contact, channel: str, value: str, *, looked: bool = True) -> ContactPoint:
    address = Address.objects.resolve(channel, [value])[value]
    if channel == Channel.EMAIL and looked:
        look = MailLookup(client_id=person.client_id, address_id=address, domain=1, told=Told.TAKES)
        MailLookup.objects.bulk_create([look], ignore_conflicts=True)
    return ContactPoint.objects.create(
        client_id=person.client_id, contact=person, channel=channel, address_id=address, value=value
    )


def a_phone() -> str:
    return f"+1574{next(_numbers)}"


def consent(
    person: Contact,
    purpose: str = Purpose.MARKETING,
    tier: str = Tier.WRITTEN,
    channel: str = Channel.SMS,
    method: str = ConsentRecord.Method.WEB_FORM,
    *,
    requested: bool = False,
) -> ConsentRecord:
    spot = ContactPoint.objects.get(contact=person, channel=channel)
    return ConsentRecord.objects.create(
        client_id=person.client_id, contact=person, address_id=spot.address_id, channel=channel, purpose=purpose, tier=tier,
        method=method, wording="Yes, text me.", requested=requested,
    )  # fmt: skip


def start(of: Client, address: int) -> int:
    """The number of a START that came from this address just now."""
    from messaging.models import Inbound

    made: Inbound = Inbound.objects.create(
        client=of, channel=Channel.SMS, provider_id=f"SM{next(_numbers)}", address_id=address, value="",
        label=Inbound.Label.OPT_IN, rule="start word: start",
    )  # fmt: skip
    return made.pk


def sms_sender(of: Client, **values: Any) -> Sender:
    values = {
        "purposes": list(Purpose.values),
        "messaging_service": "MG" + "0" * 32,
        "address": "+15742310600",
    } | values
    return Sender.objects.create(client=of, channel=Channel.SMS, provider=Provider.TWILIO, **values)


def mail_sender(of: Client, **values: Any) -> Sender:
    values = {
        "purposes": list(Purpose.values), "provider": Provider.SENDGRID, "address": "hello@mail.brightsmiles.example",
        "display_name": "Bright Smiles", "domain": "mail.brightsmiles.example", "dkim_selectors": ["s1", "s2"],
    } | values  # fmt: skip
    return Sender.objects.create(client=of, channel=Channel.EMAIL, **values)


def mail_server(of: Client, host: str = "smtp.host.example", **more: str) -> ProviderAccount:
    """The client's own mail server, whose addresses SPF must let in."""
    given = {"host": host, "port": "587", "password": "correct horse", "hook": "x"} | more
    return ProviderAccount.objects.create(
        client=of, provider=Provider.SMTP, account_id="post", host=host, settings=json.dumps(given)
    )


def all_day(of: Client, *keys: str) -> None:
    """Lawful and own windows that are open now and for a month, for these window keys, which must be known ones."""
    at = db_now()
    for key in keys or (INDIANA, UNKNOWN):
        places(key)
        span = {"window_key": key, "opens_at": at - timedelta(days=1), "closes_at": at + timedelta(days=30)}
        SendingWindow.objects.get_or_create(
            window_key=key, opens_at=span["opens_at"], defaults=span | {"rules_version": "test"}
        )
        OwnWindow.objects.create(client=of, **span)


def campaign(of: Client, *steps: dict[str, Any], by: User | None = None, **values: Any) -> Campaign:
    """A campaign with its steps (default: one text) and its fingerprint."""
    from campaigns.fingerprint import refresh

    values = {"name": "Spring recall", "purpose": Purpose.MARKETING} | values
    made: Campaign = Campaign.objects.create(client=of, created_by=by, **values)
    for position, given in enumerate(steps or ({"channel": Channel.SMS},), start=1):
        step = {"delay_days": 0, "subject": "", "needs": []} | given
        if step["channel"] == Channel.SMS:
            step.setdefault("body", "Bright Smiles: it is time for a visit. Reply STOP to opt out.")
            step.setdefault(
                "sender", Sender.objects.filter(client=of, channel=Channel.SMS).first() or sms_sender(of)
            )
        else:
            step.setdefault("body", "It is time for a visit.")
            step["subject"] = step["subject"] or "Your visit"
            step.setdefault(
                "sender", Sender.objects.filter(client=of, channel=Channel.EMAIL).first() or mail_sender(of)
            )
        Step.objects.create(client=of, campaign=made, position=position, **step)
    refresh(made)
    return made


def ready(of: Client, by: User | None = None) -> None:
    """Every fact about the client in order: agreement, address, certificate, domains, registrations, hours."""
    at = db_now()
    day = {"checked_at": at, "valid_until": at + timedelta(hours=24), "passed": True}
    who = by or user("Olive")
    PostalAddress.objects.create(
        client=of, line="1 Main St", city="South Bend", state="IN", zip_code="46601", confirmed_by=who
    )
    ListCertificate.objects.create(
        client=of, certified_by=who, statement="All opt-outs are in.", expires_at=at + timedelta(days=30)
    )
    if of.covered == Client.Covered.COVERED:
        for kind, provider in (
            (Agreement.Kind.CLIENT, ""),
            (Agreement.Kind.PROVIDER, "twilio"),
            (Agreement.Kind.PROVIDER, "smtp"),
            (Agreement.Kind.HOSTING, ""),
        ):
            agreement(of, kind=kind, provider=provider)
    for sender in Sender.objects.filter(client=of, ended_at=None):
        if sender.channel == Channel.SMS:
            SmsRegistration.objects.create(client=of, sender=sender, kind="10dlc", seen=SWIFT, **day)
            ReplyCheck.objects.create(
                client=of, provider=sender.provider, checked_at=at, valid_until=at + timedelta(hours=24)
            )
        else:
            DomainCheck.objects.create(
                client=of, domain=sender.domain, answer="pass", spf="pass", dkim="pass", dmarc="pass", **day
            )
            SeedMail.objects.create(client=of, domain=sender.domain, code="seed", answer="pass", since=at)
        canary(of, sender)
    all_day(of)


def canary(of: Client, sender: Sender, **values: Any) -> Canary:
    """A message to the agency itself that came through."""
    at = db_now()
    good = {"sent_at": at, "heard_at": at, "answer": "pass", "valid_until": at + timedelta(days=30)}
    return Canary.objects.create(client=of, sender=sender, attempt=uuid.uuid4(), **(good | values))


def agreement(
    of: Client, *, kind: str = Agreement.Kind.CLIENT, provider: str = "", **values: Any
) -> Agreement:
    values = {
        "signed_on": date(2026, 1, 5), "since": datetime(2026, 1, 6, tzinfo=UTC), "hipaa_account": provider == "twilio",
        "host": "smtp.brightsmiles.example" if provider == "smtp" else "",
    } | values  # fmt: skip
    return Agreement.objects.create(
        client=of,
        kind=kind,
        provider=provider,
        parties=f"{of.name} and Reach Agency",
        file_name="baa.pdf",
        file_sha256="0" * 64,
        file="",
        **values,
    )


def company(of: Client, **values: Any) -> SubProcessor:
    """A further company that sees the client's data."""
    values = {
        "name": "Night Line LLC",
        "product": "Telephone answering",
        "sees": "Names and numbers",
    } | values
    return SubProcessor.objects.create(client=of, named_by=user("Olive"), **values)


def approve(made: Campaign, signer: User, shown: int = 10_000, **values: Any) -> Approval:
    """Freeze, review, count and sign exactly what stands now, for as many people as are `shown`."""
    from campaigns.versions import freeze

    at = db_now()
    version: CampaignVersion = freeze(made, by=made.created_by)
    made.refresh_from_db()
    ContentReview.objects.get_or_create(
        client_id=made.client_id,
        campaign=made,
        fingerprint=version.fingerprint,
        defaults={"passed": True, "reviewed_at": at},
    )
    statements.state(made, version.fingerprint, made.created_by, paid_by_others=False)
    count = AudienceCount.objects.create(
        client_id=made.client_id, campaign=made, fingerprint=version.fingerprint, people=shown
    )
    request = ApprovalRequest.objects.create(
        client_id=made.client_id,
        campaign=made,
        version=version,
        count=count,
        asked_by=made.created_by,
        closed_at=at,
        outcome="approved",
    )
    return Approval.objects.create(
        client_id=made.client_id, campaign=made, version=version, request=request, count=count, fingerprint=version.fingerprint,
        signed_by=signer, drafted_by=made.created_by, role=Role.APPROVER, typed_name=signer.name, title="Practice manager",
        statement="Yes.", statement_version="1", second_factor="totp", since=at, expires_at=at + timedelta(days=30), **values,
    )  # fmt: skip
