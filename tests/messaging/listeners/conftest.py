"""A clinic whose software listens on this machine, which only a demo may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from messaging.models import Listener
from tenants.models import Client
from tenants.scope import acting_for
from tenants.webhook_signing import new_secret
from tests import people
from tests.messaging.listeners.receiver import Receiver, receiver


@pytest.fixture
def crm(settings: Any) -> Iterator[Receiver]:
    settings.DEMO = True
    with receiver() as running:
        yield running


@pytest.fixture
def clinic(db: None) -> Client:
    return people.clinic()


@pytest.fixture
def listener(clinic: Client, crm: Receiver) -> Listener:
    return listening(clinic, crm.url)


def listening(clinic: Client, url: str, *kinds: str) -> Listener:
    """A system of the clinic that is told of these kinds, or of every one."""
    with acting_for(clinic.pk):
        made: Listener = Listener.objects.create(
            client=clinic, name="CRM", url=url, secret=new_secret(), kinds=kinds or Listener.Kind.values,
            made_by=people.user("Olive"),
        )  # fmt: skip
        return made
