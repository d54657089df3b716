"""The main forms with a valid filling each, at a clinic where all of them stand open."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from campaigns import comments, signers
from campaigns.bookings.pages import SAMPLE
from campaigns.models import Campaign, Comment, Step
from consent.models import Contact, ContactPoint, Pause
from consent.signing_up import starter
from messaging.models import EvidencePack, Inbound
from messaging.providers.hooks import Answered
from messaging.replying import take_reply
from tenants.clock import db_now
from tenants.models import Client, Location, User
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again

SMTP = {
    "host": "mail.clinic.example",
    "port": "587",
    "security": "starttls",
    "account_id": "u",
    "password": "pw-123",
}
SETTINGS = {
    "name": "Bright Smiles", "legal_name": "Bright Smiles PLLC", "phone": "(574) 231-0600", "website": "https://brightsmiles.example",
    "time_zone": "America/Chicago", "hours_from": "10", "hours_until": "17", "days": ["1", "2", "5"],
}  # fmt: skip
SMS_SENDER = {"address": "(574) 231-0699", "messaging_service": "MG" + "a" * 32, "purposes": ["recall"]}
MAIL_SENDER = {
    "provider": "sendgrid", "address": "hello@news.brightsmiles.example", "display_name": "Bright Smiles", "dkim_selectors": "s1, s2",
    "return_path": "", "purposes": ["recall"],
}  # fmt: skip
WORDING = "Would you like Bright Smiles to text you? It is optional. Reply STOP to opt out."


@dataclass
class Desk:
    """Olive, owner of the agency, before a draft, a contact and a location of the clinic."""

    clinic: Client
    browser: Browser
    campaign: Campaign
    step: Step
    mail: Step
    contact: Contact
    phone: ContactPoint
    location: Location
    reply: Inbound
    comment: Comment
    bob: User

    def door(self, name: str) -> tuple[str, dict[str, Any]]:
        """A form's address, and what a person would send with it."""
        route, ids, filling = FORMS[name]
        kwargs: dict[str, Any] = {"client": self.clinic.slug} | {key: getattr(self, key).pk for key in ids}
        if name in ("sender_sms", "sender_email"):
            kwargs["channel"] = name.removeprefix("sender_")
        if name.startswith("account_"):
            kwargs["provider"] = name.removeprefix("account_")
        if name == "mail":
            kwargs["step"] = self.mail.pk
        if name == "comment":
            kwargs["campaign"] = self.comment.campaign_id
        if name in OF_THE_AGENCY:
            kwargs = {}
        return reverse(route, kwargs=kwargs), filling(self)

    def post(self, name: str, changed: dict[str, Any] | None = None, **headers: str) -> Any:
        address, given = self.door(name)
        return self.browser.post(address, given | (changed or {}), headers=headers or None)


def desk() -> Desk:
    clinic, alice = people.clinic(), people.alice()
    with acting_for(clinic.pk):
        draft = people.campaign(clinic, {"channel": "sms"}, {"channel": "email"}, name="A draft", by=alice)
        steps = list(Step.objects.order_by("position"))
        jane = people.contact(clinic, phone=people.a_phone(), email="jane@example.org", segment="Recall")
        site = Location.objects.create(client=clinic, name="Main", time_zone="America/New_York")
        phone = ContactPoint.objects.get(channel="sms")
        people.ready(clinic)
        bob = people.bob(clinic)
        asked = people.campaign(clinic, {"channel": "sms"}, name="Laid before the client", by=alice)
        said = comments.add(ask_again(asked, alice), bob, "Too long", 1)
        take_reply(
            clinic.pk, Answered("SM1", "sms", phone.value, "+15742310600", "When are you open?"), db_now()
        )
        reply = Inbound.objects.get()
        Pause.objects.all().delete()  # that somebody wrote pauses them
        EvidencePack.objects.create(client=clinic, asked_by=bob, whole=True, made_at=db_now())
    browser: Browser = people.sign_in(Browser(), people.olive())
    return Desk(clinic, browser, draft, steps[0], steps[1], jane, phone, site, reply, said, bob)


def seen(at: Desk) -> str:
    with acting_for(at.clinic.pk):
        return str(Campaign.objects.get(pk=at.campaign.pk).changed_at.isoformat())


def words(at: Desk) -> dict[str, Any]:
    return {
        "sender": at.step.sender_id,
        "delay_days": "2",
        "body": "Hello {{ first_name }}",
        "seen": seen(at),
    }


def mail_words(at: Desk) -> dict[str, Any]:
    return words(at) | {"sender": at.mail.sender_id, "subject": "Your visit"}


def rule(at: Desk) -> dict[str, Any]:
    return {
        "name": "Autumn recall", "purpose": "recall", "days_valid": "7", "last_visit_before": "2025-03-01", "location": at.location.pk,
        "seen": seen(at),
    }  # fmt: skip


def all_sign(at: Desk) -> dict[str, Any]:
    with acting_for(at.clinic.pk):
        rule = signers.rule_of(at.clinic)
    return {"how": "order" if rule else "all", "seen": rule.pk if rule else 0, f"place_{at.bob.pk}": "1"}


def answered(_: Desk) -> dict[str, Any]:
    return {"words": "We open at nine.", "key": str(uuid.uuid4())}


def listed(name: str, text: bytes) -> Callable[[Desk], dict[str, Any]]:
    return lambda _: {"file": SimpleUploadedFile(name, text)}


def said_yes(at: Desk) -> dict[str, Any]:
    return {
        "point": at.phone.pk, "method": "phone", "purposes": ["care"], "wording": WORDING, "day": "2026-03-02", "hour": "14:05",
        "asked_for": "time of the next visit", "reference": "REC-88", "taken_by": "Agent 7", "read_back": "on", "told_optional": "on",
    }  # fmt: skip


def signed_paper(_: Desk) -> dict[str, Any]:
    return {
        "kind": "client", "parties": "Bright Smiles and Reach", "signed_on": "2026-01-05",
        "file": SimpleUploadedFile("baa.pdf", b"%PDF-1.7\n signed"),
    }  # fmt: skip


def plain(**values: Any) -> Callable[[Desk], dict[str, Any]]:
    return lambda _: dict(values)


INVITED = {"name": "Vera", "email": "vera@example.net", "role": "viewer"}
OF_THE_AGENCY = {"client_new", "team_invite", "team_test_phone", "team_questions", "emergency"}
SHOWN_ONCE = {"listener"}  # answered by the page itself: with a secret that is never shown again
FORMS: dict[str, tuple[str, tuple[str, ...], Callable[[Desk], dict[str, Any]]]] = {
    "answer": ("answer", ("reply",), answered),
    "client_new": ("client_new", (), plain(name="New Dental", legal_name="", covered="covered", time_zone="America/Chicago")),
    "settings": ("settings", (), plain(**SETTINGS)),
    "location_new": ("location_new", (), plain(name="North", time_zone="America/Chicago", phone="")),
    "location": ("location", ("location",), plain(name="South", time_zone="America/Chicago", phone="")),
    "campaign_new": ("campaign_new", (), plain(name="Winter", starter="recall")),
    "rule": ("campaign_rule", ("campaign",), rule),
    "words": ("step", ("campaign", "step"), words),
    "mail": ("step", ("campaign", "step"), mail_words),
    "sender_sms": ("sender_new", (), plain(**SMS_SENDER)),
    "sender_email": ("sender_new", (), plain(**MAIL_SENDER)),
    "account_twilio": ("provider_account", (), plain(account_id="AC" + "a" * 32, auth_token="t-1234567890")),
    "account_smtp": ("provider_account", (), plain(**SMTP)),
    "agreement": ("agreement_new", (), signed_paper),
    "address": (
        "postal_address", (), plain(line="2 Oak Ave", city="Elkhart", state="IN", zip_code="46514", confirmed="on"),
    ),
    "certificate": ("list_certificate", (), plain(agreed="on", typed_name="Olive Owner")),
    "contact_new": ("contact_new", (), plain(first_name="Nora", last_name="New", phone="(574) 231-0688", state="IN", language="en")),
    "consent": ("consent_new", ("contact",), said_yes),
    "pause_contact": ("contact_pause", ("contact",), plain(reason="Front desk clarifies")),
    "hold": ("hold_new", (), lambda at: {"reason": "A suit", "contact_id": at.contact.pk, "campaign_id": ""}),
    "keep": ("retention_set", (), plain(kind="words", days="60")),
    "pack": ("evidence", (), plain(campaign="", since="2026-01-01")),
    "pause": ("pause", ("campaign",), plain(reason="A wrong word")),
    "stop": ("stop_client", (), plain(reason="The wrong list")),
    "person": ("person_invite", (), plain(**INVITED)),
    "team_invite": ("team_invite", (), plain(name="Sam", email="sam@example.net", role="staff")),
    "signing_rule": ("signing_rule", (), all_sign),
    "comment": ("comment_answer", ("comment",), plain(words="Shortened", settle="yes")),
    "emergency": ("emergency_ask", (), plain(client="no-such-client", reason="A launch goes wrong.", hours="1")),
    "clear": ("clear_show", (), plain(reason="list_check")),
    "bookings": ("booking_new", (), listed("bookings.csv", "\n".join(SAMPLE).encode())),
    "opt_out_list": ("opt_outs_bring", (), listed("no.csv", b"Phone,Date\n(574) 231-0677,2026-01-05\n")),
    "sign_up": ("signup_forms", (), lambda at: {
        "name": "Website", "purposes": ["care"], "language": "en", "wording": starter(at.clinic.name, ["care"]),
    }),
    "ready_words": ("ready_words", (), plain(name="Hours", words="We open at nine.")),
    "listener": ("listeners", (), plain(name="CRM", url="http://127.0.0.1:9/in", kinds=["opt_out"])),
    "team_test_phone": ("team_test_phone", (), plain(test_phone="(574) 231-0655")),
    "team_questions": ("team_questions", (), plain(questions_to="privacy@example.net")),
    # These last: afterwards less can be done.
    "opt_out": ("opt_out", ("contact",), lambda at: {"addresses": [at.phone.address_id], "source": "staff", "note": "By phone"}),
    "covered": ("covered", (), plain(covered="covered")),
    "ending": ("ending_ask", (), plain(name="Bright Smiles")),
}  # fmt: skip
