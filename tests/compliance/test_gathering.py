"""The round that looks at what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from compliance.models import DomainCheck
from compliance.readiness import cards
from compliance.tasks import gather_facts
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.compliance.test_domain_checks import DOMAIN, good
from tests.compliance.zone import Zone, serving

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n" + b"signed by both " * 40


@pytest.fixture
def client() -> Client:
    return people.clinic(covered="covered")


@pytest.fixture
def alice(client: Client) -> Browser:
    return people.sign_in(Browser(), people.alice())  # type: ignore[no-any-return]


def answers(client: Client) -> dict[str, str]:
    return {card.key: card.answer for card in cards(client, db_now())}


def test_the_round_looks_at_what_is_old_and_leaves_what_is_fresh(client: Client, settings: Any) -> None:
    with acting_for(client.pk):
        people.mail_sender(client, provider="smtp", dkim_selectors=["s1"])
        people.mail_server(client)
        people.sms_sender(client)
    with serving(Zone(good())) as address:
        settings.DNS_NAMESERVERS = [address]
        assert gather_facts() == 2
        assert gather_facts() == 0
        with acting_for(client.pk):
            DomainCheck.objects.update(checked_at=db_now() - timedelta(hours=21))
        assert gather_facts() == 1
    with acting_for(client.pk):
        assert DomainCheck.objects.good(db_now()).exists()


def test_one_clients_trouble_does_not_keep_the_round_from_the_others(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = people.rival_clinic()
    for each in (client, rival):
        with acting_for(each.pk):
            people.mail_sender(
                each,
                provider="smtp",
                domain="broken.example" if each == client else DOMAIN,
                dkim_selectors=["s1"],
            )
    from compliance.domains import check

    look = check.look

    def breaking(asked: check.Asked) -> Any:
        if asked.domain == "broken.example":
            raise RuntimeError("no")
        return look(asked)

    monkeypatch.setattr("compliance.domains.check.look", breaking)
    with serving(Zone(good())) as address:
        settings.DNS_NAMESERVERS = [address]
        assert gather_facts() == 1
