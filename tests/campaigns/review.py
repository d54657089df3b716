"""A campaign that was asked about, and a browser before its mailed link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.test import Client as Browser

from campaigns import asking
from campaigns.models import ApprovalRequest, AudienceCount, Campaign
from campaigns.versions import freeze
from tenants.encryption import encrypt
from tenants.models import Channel, Client, User
from tenants.scope import acting_for
from tests import people
from tests.browser.letters import totp

MAIL: dict[str, Any] = {
    "channel": Channel.EMAIL,
    "subject": "Hello {{ first_name }}",
    "body": "Come by.",
    "delay_days": 3,
}


@dataclass
class Asked:
    """What a test about approvals starts from."""

    client: Client
    campaign: Campaign
    request: ApprovalRequest
    alice: User
    bob: User

    def token(self, who: User | None = None) -> str:
        """A fresh link's token for Bob, or somebody else."""
        with acting_for(self.client.pk):
            return asking.make_link(self.request, who or self.bob)


def asked() -> Asked:
    """Bright Smiles' campaign of a text and a mail, drafted by Alice, laid before Bob."""
    of = people.clinic()
    alice, bob = people.alice(), people.bob(of)
    with acting_for(of.pk):
        made = people.campaign(
            of, {"channel": Channel.SMS, "body": "Hi {{ first_name }}, come by"}, MAIL, by=alice
        )
        people.ready(of)
        people.contact(of, phone=people.a_phone(), email="jane@example.org")
        request = ask_again(made, alice)
    return Asked(of, made, request, alice, bob)


def ask_again(made: Campaign, by: User, **values: Any) -> ApprovalRequest:
    """Freeze and lay before the client what stands now; inside the scope."""
    version = freeze(made, by=None)
    count = AudienceCount.objects.create(
        client_id=made.client_id,
        campaign=made,
        fingerprint=version.fingerprint,
        people=3,
        steps={"1": {"total": 3, "clear": 2, "waiting": 0, "held": 1, "codes": {"opted_out": 1}}},
    )
    return asking.ask(made, version, count, by, **values)


def opened(browser: Browser, token: str) -> Browser:
    """Have the code mailed and open the review with it."""
    browser.post(f"/a/{token}/code/")
    answer = browser.post(f"/a/{token}/open/", {"code": mailed_code()})
    assert answer.status_code == 302
    return browser


def mailed_code() -> str:
    """The newest one-time code in the outbox."""
    found = re.search(r"Your code is (\d{6})", str(mail.outbox[-1].body))
    assert found
    return found[1]


def enrol(who: User) -> str:
    """Give somebody an authenticator app; its secret."""
    secret = auth.generate_totp_secret()
    Authenticator.objects.create(user=who, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    return str(secret)


def signature(secret: str, **values: str) -> dict[str, str]:
    """What Bob types to sign."""
    return {
        "typed_name": "Robert Clinic",
        "title": "Practice manager",
        "agree": "on",
        "code": totp(secret),
    } | values
