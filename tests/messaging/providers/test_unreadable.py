"""An account whose settings no key of ours opens: its own trouble, said by a code, and none of the client's other accounts'."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from messaging.providers import UNREADABLE, provider_for
from messaging.providers.base import NotConnected
from tenants.models import Client, Provider, ProviderAccount
from tenants.scope import acting_for
from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Client:
    of = people.clinic()
    with acting_for(of.pk):
        given = json.dumps({"auth_token": "secret"})
        ProviderAccount.objects.create(
            client=of, provider=Provider.TWILIO, account_id="AC" + "1" * 32, settings=given
        )
        ProviderAccount.objects.create(
            client=of, provider=Provider.SENDGRID, settings=json.dumps({"api_key": "SG.x"})
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tenants_provideraccount SET settings = 'of another key' WHERE provider = 'twilio'"
            )
    return of


def account(of: Client, provider: Provider) -> ProviderAccount:
    with acting_for(of.pk):
        found = {each.provider: each for each in ProviderAccount.objects.all()}
    return found[provider]


def test_the_clients_other_account_is_read_and_used(clinic: Client) -> None:
    assert account(clinic, Provider.SENDGRID).credentials()["api_key"] == "SG.x"
    assert provider_for(account(clinic, Provider.SENDGRID)).channel == "email"
    hands = provider_for(account(clinic, Provider.TWILIO))
    assert hands.channel == "sms"
    for ask in (hands.connect, lambda: hands.opt_in([]), lambda: hands.replies([], None)):  # type: ignore[arg-type]
        with pytest.raises(NotConnected, match=UNREADABLE):
            ask()


def test_what_could_not_be_opened_is_not_overwritten_by_chance(clinic: Client) -> None:
    found = account(clinic, Provider.TWILIO)
    with acting_for(clinic.pk), pytest.raises(ValueError, match="would be lost"):
        found.save()


def test_its_pages_say_so_and_take_the_settings_anew(clinic: Client) -> None:
    browser = people.sign_in(Browser(), people.alice())
    assert browser.get(reverse("readiness", args=[clinic.slug])).status_code == 200
    browser.post(reverse("provider_account_test", args=[clinic.slug, "twilio"]))
    page = browser.get(reverse("readiness", args=[clinic.slug])).content.decode()
    assert "Enter its settings again" in page
    assert browser.get(reverse("provider_account", args=[clinic.slug, "twilio"])).status_code == 200
