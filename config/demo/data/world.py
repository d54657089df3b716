"""The simulator's world, read from the demo's rows: accounts, numbers, registrations, domains and their DNS records."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.urls import reverse

from compliance.domains.check import FREE_MAIL
from compliance.registrations.overrides import AGAIN
from config.demo.data.firms import FIRMS, SENDS_FROM, Firm
from tenants.clock import db_now
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for

# Where the demo's people, and those of lists like theirs, have their mail: in this world all of these take it.
MAILBOXES = (*sorted(FREE_MAIL), "example.org", "example.com")


def play(simulator_url: str) -> None:
    """Put the world to the simulator; idempotent, it keeps none from start to start."""
    world: dict[str, Any] = {"twilio": [], "sendgrid": [], "smtp": [], "dns": {}}
    for firm in FIRMS:
        client = Client.objects.get(slug=firm.slug)
        with acting_for(client.pk):
            accounts = {account.provider: account for account in ProviderAccount.objects.in_force(db_now())}
            world["twilio"].append(_twilio(firm, accounts[Provider.TWILIO]))
            if firm.mail_by == Provider.SENDGRID:
                world["sendgrid"].append(_sendgrid(firm, accounts[Provider.SENDGRID]))
            else:
                world["smtp"].append(_smtp(accounts[Provider.SMTP]))
            world["dns"] |= _records(firm)
    world["dns"] |= {domain: [["MX", f"10 mx.{domain}"]] for domain in MAILBOXES}
    request = urllib.request.Request(  # noqa: S310
        f"{simulator_url}/_/world",
        json.dumps(world).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20):
        pass


def _hook(name: str, account: ProviderAccount) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[account.credentials()["hook"]])


def _twilio(firm: Firm, account: ProviderAccount) -> dict[str, Any]:
    inbound = _hook("hook_twilio_inbound", account) + AGAIN
    return {
        "account_sid": account.account_id,
        "auth_token": account.credentials()["auth_token"],
        "numbers": [{"phone_number": firm.number, "sid": f"PN{firm.sid}", "inbound_url": inbound}],
        "messaging_services": [
            {
                "sid": f"MG{firm.sid}", "friendly_name": firm.name, "numbers": [firm.number], "inbound_url": inbound,
                "usa2p": {
                    "sid": f"QE{firm.sid}", "brand_registration_sid": f"BN{firm.sid}", "campaign_status": "VERIFIED",
                    "us_app_to_person_usecase": "MIXED", "privacy_policy_url": f"{firm.website}/privacy",
                    "terms_and_conditions_url": f"{firm.website}/terms", "has_embedded_phone": True,
                    "description": f"{firm.name} writes to its own lapsed patients: time for a visit, and what is new for them.",
                    "message_flow": "People agree on the intake form or the website's sign-up page, by an empty box beside the wording.",
                    "message_samples": [
                        f"{firm.name}: it has been a while. Call us to find a time. Reply STOP to opt out",
                        f"{firm.name}: we have time for you this week. Reply STOP to opt out",
                    ],
                    "opt_in_message": f"{firm.name}: you get our texts again. Reply HELP for help, STOP to opt out.",
                    "opt_out_message": f"{firm.name}: you are unsubscribed and get no more texts. Reply START to come back.",
                    "help_message": f"{firm.name}: call {firm.number} for help. Reply STOP to opt out.",
                },
            }
        ],
        "brands": [{"sid": f"BN{firm.sid}", "status": "APPROVED", "identity_status": "VERIFIED", "brand_type": "STANDARD", "brand_score": 62, "tcr_id": "B" + firm.sid[:6].upper()}],
    }  # fmt: skip


def _sendgrid(firm: Firm, account: ProviderAccount) -> dict[str, Any]:
    """The event webhook's key pair is made once and kept with the account, as the client would paste it."""
    known = account.credentials()
    if "demo_signing_key" not in known:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        known |= {"demo_signing_key": pem, "verification_key": base64.b64encode(public).decode()}
        known.pop("account_id")
        account.settings = json.dumps(known)
        account.save(update_fields=["settings"])
    return {
        "api_key": known["api_key"], "event_url": _hook("hook_sendgrid", account), "event_signing_key": known["demo_signing_key"],
        "domains": [{"id": 1, "domain": firm.domain, "valid": True}],
    }  # fmt: skip


def _smtp(account: ProviderAccount) -> dict[str, Any]:
    known = account.credentials()
    return {
        "username": account.account_id,
        "password": known["password"],
        "bounce_url": _hook("hook_smtp", account),
        "secret": known["password"],
    }


def _records(firm: Firm) -> dict[str, Any]:
    """What a correct domain looks like: SPF that names who sends, a DKIM key for each selector, DMARC, MX."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    public = base64.b64encode(
        key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).decode()
    who = "include:sendgrid.net" if firm.mail_by == Provider.SENDGRID else f"ip4:{SENDS_FROM}"
    records: dict[str, Any] = {
        "sendgrid.net": [["TXT", "v=spf1 ip4:192.0.2.64/26 ~all"]],
        firm.domain: [["TXT", f"v=spf1 {who} -all"], ["MX", f"10 mx.{firm.domain}"]],
        f"mx.{firm.domain}": [["A", "192.0.2.20"]],
        f"_dmarc.{firm.domain}": [["TXT", f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{firm.domain}"]],
    }
    for selector in firm.selectors:
        records[f"{selector}._domainkey.{firm.domain}"] = [["TXT", f"v=DKIM1; k=rsa; p={public}"]]
    return records
