"""A seed mail to oneself proves, or disproves, that one-click unsubscribe is signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from compliance.models import SeedMail, Stop
from compliance.readiness import cards
from messaging import delivery
from messaging.providers.base import Outcome
from tenants.clock import db_now
from tenants.models import AuditEvent, Client, ProviderAccount
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_test_send import Hands

pytestmark = pytest.mark.django_db
DOMAIN = "mail.brightsmiles.example"
BOTH = "from:to:subject:list-unsubscribe:list-unsubscribe-post"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(delivery, "provider_for", lambda account: made)
    return made


@pytest.fixture
def clinic() -> Client:
    clinic = people.clinic()
    with acting_for(clinic.pk):
        people.mail_sender(clinic)
        ProviderAccount.objects.create(client=clinic, provider="sendgrid", settings="{}")
        people.ready(clinic)
        SeedMail.objects.all().delete()
    return clinic


@pytest.fixture
def alice(clinic: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def press(alice: Browser, clinic: Client, **given: Any) -> str:
    answer = alice.post(reverse("seed_mails", args=[clinic.slug]), given, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def sent(alice: Browser, clinic: Client) -> SeedMail:
    press(alice, clinic, domain=DOMAIN)
    with acting_for(clinic.pk):
        found: SeedMail = SeedMail.objects.latest("pk")
        return found


def source(
    seed: SeedMail,
    *,
    d: str = DOMAIN,
    h: str = BOTH,
    verdict: str = "dkim=pass header.d={d} header.s=s1",
    **more: str,
) -> str:
    told = (
        f"Authentication-Results: mx.example.org; spf=pass; {verdict.format(d=d)}; dmarc=pass\n"
        if verdict
        else ""
    )
    stop = more.get("stop", "<https://send.example.org/u/test>")
    return (
        f"{told}DKIM-Signature: v=1; a=rsa-sha256; d={d}; s=s1;\n\th={h};\n\tbh=abc=; b=def=\n"
        f"From: Bright Smiles <hello@{DOMAIN}>\nTo: alice@example.org\nSubject: [Seed] {seed.code}\n"
        f"List-Unsubscribe: {stop}\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nWords\n"
    )


def card(clinic: Client) -> Any:
    with acting_for(clinic.pk):
        (found,) = [each for each in cards(clinic, db_now()) if each.kind == "domain"]
        return found


def test_a_seed_mail_goes_to_oneself_with_both_headers_and_names_nobody(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    seed = sent(alice, clinic)
    (mail,) = hands.sent
    assert (mail.to, mail.subject) == ("alice@example.org", f"[Seed] {seed.code}")
    assert mail.unsubscribe_url.endswith("/test/") or mail.unsubscribe_url.endswith("/test")
    assert "before one has proved that one-click unsubscribe is signed" in str(card(clinic).findings)
    assert (card(clinic).answer, card(clinic).says) == (
        "held",
        "No seed mail proves yet that one-click unsubscribe is signed, so its mails wait.",
    )


@pytest.mark.parametrize("changed, answer, says", [
    ({}, "pass", "the receiver found it valid"),
    ({"d": "brightsmiles.example"}, "pass", "the receiver found it valid"),
    ({"h": "from:to:subject"}, "fail", "does not cover"),
    ({"h": "from:list-unsubscribe"}, "fail", "does not cover"),
    ({"d": "sendgrid.net"}, "fail", "No DKIM signature of mail.brightsmiles.example"),
    ({"d": "example"}, "fail", "No DKIM signature"),
    ({"verdict": "dkim=fail header.d={d}"}, "fail", "did not find the signature"),
    ({"verdict": "dkim=pass header.d=sendgrid.net"}, "fail", "did not find the signature"),
    ({"verdict": "dkim=pass header.i=@{d}"}, "pass", "the receiver found it valid"),
    ({"verdict": "dkim=pass header.d={d} header.s=s2"}, "fail", "did not find the signature"),
    ({"verdict": ""}, "unknown", "does not say whether it is valid"),
    ({"stop": "<mailto:stop@example.org>"}, "fail", "did not arrive as they were sent"),
])  # fmt: skip
def test_what_the_received_headers_prove(
    clinic: Client, alice: Browser, hands: Hands, changed: dict[str, str], answer: str, says: str
) -> None:
    seed = sent(alice, clinic)
    page = press(alice, clinic, seed=seed.pk, source=source(seed, **changed))
    with acting_for(clinic.pk):
        seed.refresh_from_db()
    assert seed.answer == answer
    assert says in page
    assert "alice@example.org" not in str(seed.seen)


def test_one_that_fails_keeps_the_domains_mails_back_until_one_is_proven(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    first = sent(alice, clinic)
    press(alice, clinic, seed=first.pk, source=source(first, h="from"))
    assert (card(clinic).answer, card(clinic).says) == (
        "held",
        "One-click unsubscribe is not signed, so its mails wait.",
    )
    unsure = sent(alice, clinic)
    press(alice, clinic, seed=unsure.pk, source=source(unsure, verdict=""))
    assert card(clinic).answer == "held"
    second = sent(alice, clinic)
    press(alice, clinic, seed=second.pk, source=source(second))
    assert card(clinic).answer == "clear"
    with acting_for(clinic.pk):
        assert not SeedMail.objects.in_force(db_now()).filter(answer="fail").exists()
        assert AuditEvent.objects.filter(verb="seed.read").count() == 3


@pytest.mark.parametrize("days, answer, says", [
    (2, "clear", "is 2 days old; it counts 27 days more"),
    (27, "waiting", "is 27 days old; it counts 2 days more"),
    (30, "held", "is 30 days old; one counts 30 days"),
])  # fmt: skip
def test_what_was_proved_grows_old_and_is_then_not_known(
    clinic: Client, days: int, answer: str, says: str
) -> None:
    with acting_for(clinic.pk):
        at = db_now() - timedelta(days=days, hours=1)
        SeedMail.objects.create(
            client=clinic, domain=DOMAIN, code="seed", answer="pass", sent_at=at, since=at
        )
        assert SeedMail.objects.proving(db_now()).exists() is (answer != "held")
    found = card(clinic)
    assert found.answer == answer
    assert any(says in each["says"] for each in found.findings)


@pytest.mark.parametrize(
    "text", ["", "Subject: hello\n\n", "Subject: [Seed] 000000000000\n\n", "x" * 300_000]
)
def test_another_mail_proves_nothing(clinic: Client, alice: Browser, hands: Hands, text: str) -> None:
    seed = sent(alice, clinic)
    assert "not the source of that mail" in press(alice, clinic, seed=seed.pk, source=text)
    with acting_for(clinic.pk):
        seed.refresh_from_db()
    assert seed.answer == ""


def test_nothing_is_sent_while_sending_is_stopped_or_the_provider_refuses(
    clinic: Client, alice: Browser, hands: Hands
) -> None:
    hands.answer = Outcome.REFUSED
    assert "did not take the mail" in press(alice, clinic, domain=DOMAIN)
    with acting_for(clinic.pk):
        Stop.objects.create(client=clinic, reason="A look first")
    assert "Sending is stopped" in press(alice, clinic, domain=DOMAIN)
    with acting_for(clinic.pk):
        assert not SeedMail.objects.exists()
    assert len(hands.sent) == 1


def test_a_rival_finds_neither_the_page_nor_the_mail(clinic: Client, alice: Browser, hands: Hands) -> None:
    seed = sent(alice, clinic)
    stranger = people.sign_in(Browser(), people.charlie())
    assert stranger.get(reverse("seed_mails", args=[clinic.slug])).status_code == 404
    rival = people.rival_clinic()
    answer = stranger.post(
        reverse("seed_mails", args=[rival.slug]), {"seed": seed.pk, "source": source(seed)}
    )
    assert answer.status_code == 404
