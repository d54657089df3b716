"""Who comes back to mails is let through by the mail provider again, unless another no of theirs stands."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from consent import lifting
from consent.models import Suppression
from consent.suppressing import suppress
from messaging import telling_providers
from messaging.models import ToldOptOut
from messaging.telling import address_of
from tenants.clock import db_now
from tenants.models import Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.test_aftermath import KEY, WORLD, clinic, simulator
from tests.simulators import Simulator

__all__ = ["clinic", "simulator"]
pytestmark = pytest.mark.django_db(transaction=True)


def refused_by_sendgrid(simulator: Simulator) -> Any:
    there = f"{simulator.base}/v3/asm/suppressions/global/jane%40example.org"
    with urlopen(Request(there, headers={"Authorization": f"Bearer {KEY}"})) as answer:  # noqa: S310 - our own simulator
        return json.load(answer)


def test_who_comes_back_to_mails_is_let_through_by_the_provider_again(
    clinic: Client, simulator: Simulator
) -> None:
    with acting_for(clinic.pk):
        jane = people.contact(clinic, email="jane@example.org")
        given = address_of("email", "jane@example.org")
        suppress(clinic.pk, given, "email", Suppression.Source.PREFERENCES)
    assert telling_providers.tell(clinic.pk) == 1
    with acting_for(clinic.pk):
        other = suppress(clinic.pk, given, "email", Suppression.Source.STAFF)
        yes = people.consent(jane, channel="email", method="preferences")
        Suppression.objects.exclude(pk=other.pk).end(db_now(), lifted_by_consent=yes.pk)
    telling_providers.tell(clinic.pk)
    with acting_for(clinic.pk):
        assert ToldOptOut.objects.count() == 2  # another no stands
        lifting.by_yes(yes)
    assert refused_by_sendgrid(simulator) == {"recipient_email": "jane@example.org"}
    telling_providers.tell(clinic.pk)
    with acting_for(clinic.pk):
        assert not ToldOptOut.objects.exists()
    assert refused_by_sendgrid(simulator) == {}


def test_one_that_the_provider_will_not_let_through_holds_up_no_other(
    clinic: Client, simulator: Simulator
) -> None:
    given = ("jane@example.org", "june@example.org")
    with acting_for(clinic.pk):
        people_of = [people.contact(clinic, email=each) for each in given]
        for each in given:
            suppress(clinic.pk, address_of("email", each), "email", Suppression.Source.PREFERENCES)
    assert telling_providers.tell(clinic.pk) == 2
    with acting_for(clinic.pk):
        for who in people_of:
            lifting.by_yes(people.consent(who, channel="email", method="preferences"))
    simulator.world(WORLD | {"refused_opt_outs": [given[0]]})
    try:
        telling_providers.tell(clinic.pk)
    finally:
        simulator.world(WORLD)
    with acting_for(clinic.pk):
        assert ToldOptOut.objects.get().suppression.address_id == address_of("email", given[0])
