"""Webhooks as they came are searched for whoever is erased, however they write an address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from messaging.evidence.erasing import CannotErase, erase
from messaging.models import RawHook
from tenants.clock import db_now
from tenants.scope import acting_for
from tests import people
from tests.messaging.evidence.test_erasing import CANARIES, Case, found

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_webhook_that_waits_to_be_read_puts_the_erasure_off(case: Case) -> None:
    with acting_for(case.clinic.pk):
        RawHook.objects.filter(delivery_id="d0").update(applied_at=None)
    with pytest.raises(CannotErase, match="still being read"):
        case.erase()
    assert found() == set(CANARIES)


def test_a_webhook_is_found_however_it_writes_the_address(case: Case) -> None:
    address = "canaria+news@example.org"
    bodies = (
        json.dumps([{"email": address}]), "email=canaria%2Bnews%40example.org&x=1", address.upper(),
        json.dumps({"email": address}).replace("+", "\\u002B").replace("@", "\\u0040"), '{"email":"canaria@example.com"}',
    )  # fmt: skip
    with acting_for(case.clinic.pk):
        other = people.contact(case.clinic, first_name="C.", email=address)
        RawHook.objects.all().delete()
        for number, body in enumerate(bodies):
            RawHook.objects.create(
                client=case.clinic, provider="sendgrid", kind="events", delivery_id=f"e{number}", body=body, applied_at=db_now()
            )  # fmt: skip
        assert erase(other.pk, case.olive).counts["webhooks"] == 4
        assert RawHook.objects.get().delivery_id == "e4"
