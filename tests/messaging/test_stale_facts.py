"""What was looked up beforehand is good until its end, and asked for again at the claim (reliability F63)."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.models import DomainCheck, ReplyCheck, SmsRegistration
from messaging.claiming import claim
from messaging.locks import Locks
from messaging.preparing import prepare
from tenants.clock import db_now
from tenants.models import Agreement, Client
from tenants.scope import acting_for
from tests import people
from tests.messaging.world import MAIL, TEXT, launched, statuses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "channel, what, provider",
    [
        (TEXT, SmsRegistration, "twilio"),
        (TEXT, ReplyCheck, "twilio"),
        (TEXT, Agreement, "twilio"),
        (MAIL, DomainCheck, "smtp"),
        (MAIL, Agreement, "smtp"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_fact_that_ran_out_since_the_words_were_written_hands_nothing_over(
    channel: dict[str, Any], what: Any, provider: str
) -> None:
    clinic = people.clinic(covered=Client.Covered.COVERED)
    launched(clinic, channel, texts=1)
    prepared = prepare(clinic.pk, provider, 64)
    assert len(prepared) == 1
    with acting_for(clinic.pk):
        ends = {"kind": Agreement.Kind.CLIENT} if what is Agreement else {}
        until = "expires_at" if what is Agreement else "valid_until"
        assert what.objects.filter(**ends).update(**{until: db_now()}) == 1
    with Locks() as locks:
        assert claim(clinic.pk, prepared, locks).outgoing == []
    assert statuses(clinic) == ["queued"]
