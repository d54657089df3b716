"""Mail scanners press nothing: whoever only looks at a mailed link, in any way and however often, changes no state."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from campaigns import asking
from campaigns.bookings import hooks
from campaigns.models import ApprovalRequest
from consent import signing_up
from consent.models import (
    Address,
    ContactPoint,
    MailConfirmation,
    MailWish,
    PreferenceLink,
    SignupForm,
    SignupWording,
    Suppression,
)
from tenants import brands
from tenants.clock import db_now
from tenants.encryption import encrypt
from tenants.hashing import new_token
from tenants.inviting import invite
from tenants.models import Brand, Channel, Client, HookEndpoint, Purpose, Role
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import ask_again
from tests.test_walker import ROUTES, WRITES

pytestmark = pytest.mark.django_db
WAYS = ("get", "head", "options")
LOOKERS: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; MailLinkScanner/1.0)"},
    {"Accept": "image/png", "Referer": "https://scanner.example/"},
)
Look = tuple[str, str, dict[str, str]]


class Mailed:
    """A practice that mailed every kind of link there is."""

    def __init__(self) -> None:
        self.clinic: Client = people.clinic()
        self.bob, alice = people.bob(self.clinic), people.alice()
        tokens = {kind: new_token() for kind in ("unsubscribe", "confirm_mail", "hook")}
        with acting_for(self.clinic.pk):
            jane = people.contact(self.clinic, phone=people.a_phone(), email="jane@example.org")
            address = ContactPoint.objects.get(contact=jane, channel=Channel.EMAIL).address_id
            made = people.campaign(self.clinic, {"channel": Channel.EMAIL}, by=alice)
            request: ApprovalRequest = ask_again(made, alice)
            review = asking.make_link(request, self.bob)
            PreferenceLink.objects.create(
                token_hash=tokens["unsubscribe"][1], client=self.clinic, address_id=address
            )
            new = Address.objects.resolve("email", ["new@example.org"])["new@example.org"]
            wish = MailWish.objects.create(
                client=self.clinic, address_id=new, given=encrypt(json.dumps({})), wording="Yes.", purposes=["care"]
            )  # fmt: skip
            MailConfirmation.objects.create(
                token_hash=tokens["confirm_mail"][1], client=self.clinic, wish_id=wish.pk
            )
            form = SignupForm.objects.create(public_id="f" * 22, client=self.clinic, name="Website")
            every = list(Purpose.values)
            SignupWording.objects.create(
                client=self.clinic, form=form.public_id, number=1, purposes=every, made_by=self.bob,
                wording=signing_up.starter(self.clinic.name, every),
            )  # fmt: skip
            brand = Brand.objects.create(client=self.clinic, colour="#1a3f7a", logo="iVBORw0K", by=self.bob)
            self.brand = brands.key_of(brand)
            self.booking_hook = hooks.make(self.clinic, "Booking software", by=alice)[0].public_id
        HookEndpoint.objects.create(token_hash=tokens["hook"][1], provider="twilio", client=self.clinic)
        with TestCase.captureOnCommitCallbacks(execute=True):
            invite(
                email="paula@example.net", name="Paula", role=Role.VIEWER, agency=self.clinic.agency, client=self.clinic, by=people.olive()
            )  # fmt: skip
        invited = re.search(r"/invitation/([^/\s]+)", "\n".join(str(each.body) for each in mail.outbox))
        assert invited
        self.given = {
            "unsubscribe": tokens["unsubscribe"][0],
            "confirm_mail": tokens["confirm_mail"][0],
            "hook": tokens["hook"][0],
            "invitation": invited[1],
            "review": review,
            "brand": self.brand,
        }
        self.form = form.public_id
        self.unsubscribe = f"/u/{self.given['unsubscribe']}/"

    def links(self) -> list[str]:
        """The address behind each secret, as the routes have them: a new kind of link is looked at too."""
        found = []
        for route in ROUTES:
            if route.access is None or route.access.kind not in ("token", "hook"):
                continue
            kind = next((each for each in self.given if route.name.startswith(each)), "")
            assert kind or "form" in route.kwargs, f"{route.name}: say here what its secret is"
            token = self.given.get(kind, "")
            found.append(
                route.url(
                    {
                        "token": token,
                        "key": token,
                        "form": self.form,
                        "public_id": self.booking_hook,
                        "position": 1,
                    }
                )
            )
        return found

    def state(self) -> list[Any]:
        with acting_for(self.clinic.pk):
            return [Suppression.objects.count(), MailWish.objects.count(), len(mail.outbox)]


def looks(links: list[str]) -> Iterator[Look]:
    """Every link in every way by everybody who looks, again and again."""
    return itertools.cycle(itertools.product(WAYS, links, LOOKERS))


def written(mailed: Mailed, times: int) -> list[str]:
    """What so many looks wrote or had mailed."""
    scanner, before, wrong = Browser(), mailed.state(), []
    for way, link, headers in itertools.islice(looks(mailed.links()), times):
        with CaptureQueriesContext(connection) as asked:
            answer = getattr(scanner, way)(link, headers=headers)
        if answer.status_code >= 500 or any(re.match(WRITES, each["sql"], re.I | re.S) for each in asked):
            wrong.append(f"{way} {link} {headers}")
    assert mailed.state() == before
    return wrong


@pytest.fixture
def mailed() -> Mailed:
    return Mailed()


def test_looking_at_any_mailed_link_changes_nothing(mailed: Mailed) -> None:
    links = mailed.links()
    assert 404 not in {Browser().get(link).status_code for link in links}, "each of them leads somewhere"
    assert written(mailed, len(links) * len(LOOKERS)) == []


@pytest.mark.reliability
def test_a_thousand_looks_at_mailed_links_change_nothing_and_the_button_still_works(mailed: Mailed) -> None:
    every = len(mailed.links()) * len(LOOKERS) * len(WAYS)
    assert written(mailed, max(1_000, every)) == []
    assert Browser().post(mailed.unsubscribe, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with acting_for(mailed.clinic.pk):
        assert Suppression.objects.in_force(db_now()).exists()
