"""That a third party pays for a campaign is read, signed and put on paper; who signed before it was said signs anew."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from campaigns.approval import READ_PAYER
from campaigns.models import Approval
from campaigns.signed_facts import facts
from campaigns.wording import NOBODY_ELSE, OTHERS_PAY
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.campaigns.review import Asked, ask_again, asked, enrol, opened, signature
from tests.campaigns.test_approval import sign
from tests.laid import laid_once, own_copy

pytestmark = pytest.mark.django_db


laid = laid_once(asked)


@pytest.fixture
def case(laid: Asked, db: None) -> Asked:
    return own_copy(laid)


def asked_as_paid(case: Asked) -> None:
    with acting_for(case.client.pk):
        case.request = ask_again(case.campaign, case.alice, paid_by_others=True)


@pytest.mark.parametrize("paid, said", [(True, OTHERS_PAY), (False, NOBODY_ELSE)])
def test_the_signer_reads_what_the_agency_stated_of_others_who_pay(
    case: Asked, client: Browser, paid: bool, said: str
) -> None:
    if paid:
        asked_as_paid(case)
    token = case.token()
    opened(client, token)
    assert said in client.get(f"/a/{token}/").content.decode()


def test_the_statement_and_the_paper_say_that_a_third_party_pays(case: Asked, client: Browser) -> None:
    asked_as_paid(case)
    secret, token = enrol(case.bob), case.token()
    opened(client, token)
    assert READ_PAYER.strip() in client.get(f"/a/{token}/sign/").content.decode()
    client.post(f"/a/{token}/sign/", signature(secret))
    with acting_for(case.client.pk):
        made = Approval.objects.get()
        assert made.statement.endswith(READ_PAYER)
        assert OTHERS_PAY in dict(facts(made))["Who pays"]


def test_who_signed_before_it_was_said_that_others_pay_must_sign_anew(case: Asked, client: Browser) -> None:
    sign(case, case.bob)
    asked_as_paid(case)
    with acting_for(case.client.pk):
        assert not Approval.objects.in_force(db_now()).exists()
    page = reverse("approval_status", args=[case.client.slug, case.campaign.pk])
    assert "must sign anew" in people.sign_in(client, case.alice).get(page).content.decode()
    bobs, token = Browser(), case.token()
    opened(bobs, token)
    assert "<h3>Who pays</h3>" in bobs.get(f"/a/{token}/").content.decode()
    made = sign(case, case.bob)
    with acting_for(case.client.pk):
        assert Approval.objects.in_force(db_now()).get() == made
