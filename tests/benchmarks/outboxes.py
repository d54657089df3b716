"""A database with many people and two planned campaigns of each client: each person has a text and a mail that are due."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

from django.db.models import F

from campaigns.models import AudienceCount
from compliance.models import MailLookup, SmsRegistration, Told
from consent.models import Address, ConsentRecord, Contact, ContactPoint, Tier, Touch
from messaging import outbox
from tenants.clock import db_now
from tenants.hashing import token_hash
from tenants.models import Channel, Client, HookEndpoint, Provider, ProviderAccount, Purpose
from tenants.scope import acting_for
from tests import people
from tests.benchmarks.folk import ACCOUNT, BODY, TOKEN, mailbox, phone

PLACE = "OH/America/New_York"


def build(number: int, clients: int = 1, mails: int = 1) -> dict[str, Any]:
    """`number` people of each client, each with a text and (unless `mails` is 0) a mail that are due; returns ids.

    VERIFICATION_KEY is that of the mail webhook.
    """
    first = people.clinic()
    made = [
        first,
        *(people.client_of(first.agency, f"Practice {at}", phone=first.phone) for at in range(1, clients)),
    ]
    for at, of in enumerate(made):
        _client(of, range(at * number, (at + 1) * number), str(at) if at else "", mails=bool(mails))
    return {"clients": [of.pk for of in made]}


def _client(of: Client, numbers: range, suffix: str, *, mails: bool) -> None:
    """One client, everything in order, and what is due for these people."""
    signer = people.bob(of)
    for provider in (Provider.TWILIO, Provider.SENDGRID):
        HookEndpoint.objects.create(
            token_hash=token_hash(f"{TOKEN}{suffix}-{provider}"), provider=provider, client=of
        )
    with acting_for(of.pk):
        people.sms_sender(of, **({"address": phone(-int(suffix))} if suffix else {}))
        people.mail_sender(of)
        given = {
            Provider.TWILIO: {"auth_token": "secret", "hook": f"{TOKEN}{suffix}-twilio"},
            Provider.SENDGRID: {"api_key": "SG.key", "verification_key": os.environ["VERIFICATION_KEY"]},
        }
        for provider, settings in given.items():
            ProviderAccount.objects.create(
                client=of, provider=provider, account_id=ACCOUNT, settings=json.dumps(settings)
            )
    for begin in range(numbers.start, numbers.stop, 10_000):
        with acting_for(of.pk):
            _fill(of, range(begin, min(begin + 10_000, numbers.stop)), mails=mails)
    _written_to_before(of)
    launches = []
    with acting_for(of.pk):
        made = [people.campaign(of, {"channel": "sms", "body": BODY})]
        if mails:
            made.append(people.campaign(of, {"channel": "email", "body": BODY}, name="By mail"))
        people.ready(of)
        people.all_day(of, PLACE)
        # As fast as the machine: the registered rate of a number is not what is measured.
        SmsRegistration.objects.update(a_second=1e6, a_day=None)
        for campaign in made:
            people.approve(campaign, signer)
            AudienceCount.objects.update(people=len(numbers))
            campaign.refresh_from_db()
            launches.append(outbox.launch(campaign, by=None))
    for launch in launches:
        outbox.plan(launch)


def _written_to_before(of: Client) -> None:
    """Everybody was texted in spring: the installation is not in its first minute, when PostgreSQL knows nothing of its tables."""
    with acting_for(of.pk):
        at = db_now() - timedelta(days=90)
        Touch.objects.bulk_create(
            [
                Touch(client=of, address_id=address, household=household, channel=Channel.SMS, purpose=Purpose.MARKETING, at=at, message_id=0)
                for address, household in ContactPoint.objects.filter(channel=Channel.SMS).values_list("address", "contact__household")
            ],
            batch_size=2000,
        )  # fmt: skip


def _fill(of: Client, numbers: range, *, mails: bool) -> None:
    contacts = Contact.objects.bulk_create(
        [Contact(client=of, first_name="Jane", last_name="Doe", filled=["first_name", "last_name"], window_key=PLACE, household=0)
         for _ in numbers],
        batch_size=2000,
    )  # fmt: skip
    Contact.objects.filter(household=0).update(household=F("pk"))
    for channel, value_of in ((Channel.SMS, phone), *(((Channel.EMAIL, mailbox),) if mails else ())):
        values = [value_of(number) for number in numbers]
        addresses = Address.objects.resolve(channel, values)
        pairs = list(zip(contacts, values, strict=True))
        ContactPoint.objects.bulk_create(
            [ContactPoint(client=of, contact=contact, channel=channel, address_id=addresses[value], value=value)
             for contact, value in pairs],
            batch_size=2000,
        )  # fmt: skip
        if channel == Channel.EMAIL:
            MailLookup.objects.bulk_create(
                [MailLookup(client=of, address_id=addresses[value], domain=1, told=Told.TAKES) for value in values],
                batch_size=2000,
            )  # fmt: skip
        ConsentRecord.objects.bulk_create(
            [
                ConsentRecord(
                    client=of, contact=contact, address_id=addresses[value], channel=channel, purpose=Purpose.MARKETING,
                    tier=Tier.WRITTEN, method=ConsentRecord.Method.WEB_FORM, wording="Yes.",
                )
                for contact, value in pairs
            ],
            batch_size=2000,
        )  # fmt: skip
