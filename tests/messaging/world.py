"""A clinic with a launched campaign and people to text: what the sending tests begin with."""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign, Launch
from messaging import outbox
from messaging.models import Message
from tenants.models import Channel, Client
from tenants.scope import acting_for
from tests import people


def launched(of: Client, *steps: dict[str, Any], texts: int = 3, **values: Any) -> Campaign:
    """`texts` consenting people, a signed campaign (default: one text), launched and planned. Opens its own scopes."""
    signer = people.bob(of)
    with acting_for(of.pk):
        people.sms_sender(of)
        people.mail_sender(of, provider="smtp" if of.covered == Client.Covered.COVERED else "sendgrid")
        for number in range(texts):
            phone = people.a_phone()
            people.consent(
                people.contact(of, first_name=f"Jane{number}", phone=phone, email=f"{phone[1:]}@example.org")
            )
        made = people.campaign(of, *steps, **values)
        people.ready(of)
        people.approve(made, signer)
        made.refresh_from_db()
        launch: Launch = outbox.launch(made, by=None)
    outbox.plan(launch)
    return made


def statuses(of: Client) -> list[str]:
    with acting_for(of.pk):
        return list(Message.objects.order_by("pk").values_list("status", flat=True))


TEXT = {"channel": Channel.SMS}
MAIL = {"channel": Channel.EMAIL}
