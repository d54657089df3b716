"""Which mails a person gets: chosen by themself, for what may be missed alone; never so that nobody is told."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tenants import agency_mail
from tenants.mail_choices import ALWAYS, willing
from tenants.models import AccountEvent, MailChoice
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


def test_one_turns_off_what_may_be_missed_and_on_again() -> None:
    alice, page = people.alice(), reverse("mail_choices")
    browser = people.sign_in(Browser(), alice)
    told = browser.get(page).content.decode()
    assert all(what in told for what, _ in ALWAYS)
    browser.post(page, {"wanted": ["comments", "limit", "expiry"]})
    assert list(MailChoice.objects.values_list("user", "kind")) == [(alice.pk, "standstill")]
    assert AccountEvent.objects.get(verb="account.mails_chosen").detail == {"off": ["standstill"]}
    assert browser.post(page, {"wanted": ["alarms"]}).status_code == 422, "there is no such choice"
    browser.post(page, {"wanted": MailChoice.Kind.values})
    assert not MailChoice.objects.exists()


def test_who_does_not_want_a_kind_gets_none_of_it_unless_nobody_would() -> None:
    alice, olive = people.alice(), people.olive()
    both = [alice.email, olive.email]
    MailChoice.objects.create(user=alice, kind="limit")
    assert willing("limit", both) == [olive.email]
    assert willing("standstill", both) == both
    MailChoice.objects.create(user=olive, kind="limit")
    assert willing("limit", both) == both
    assert willing("limit", both, somebody=False) == []


def test_who_turned_everything_off_still_gets_the_alarms() -> None:
    alice, clinic = people.alice(), people.clinic()
    MailChoice.objects.bulk_create(MailChoice(user=alice, kind=kind) for kind in MailChoice.Kind.values)
    with acting_for(clinic.pk):
        assert alice.email in agency_mail.addresses(clinic), "whom every alarm is mailed to"
