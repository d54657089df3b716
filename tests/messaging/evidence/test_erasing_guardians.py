"""Erasing a parent or guardian: their name goes from what belongs to the child, and the child keeps its proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from consent.models import ConsentRecord, Contact
from messaging.evidence.erasing import CannotErase
from messaging.models import LegalHold
from tenants.scope import acting_for
from tests.messaging.evidence.test_erasing import Case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = str(tmp_path)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_child_keeps_the_proof_of_the_yes_without_the_name_of_who_signed(case: Case) -> None:
    made = case.erase()
    assert (made.counts["messages_to_wards"], made.counts["consents_for_wards"]) == (1, 1)
    with acting_for(case.clinic.pk):
        proof = ConsentRecord.objects.get(contact=case.kim)
        assert (json.loads(proof.evidence), proof.ended_at) == (
            {"signer_relationship": "guardian", "ip": "::1"}, None,
        )  # fmt: skip
        kim = Contact.objects.get(pk=case.kim.pk)
        assert (kim.first_name, kim.filled) == ("Kim", ["first_name"]), (
            "and no text waits for a name that is gone"
        )


def test_a_hold_on_a_child_keeps_its_guardian(case: Case) -> None:
    with acting_for(case.clinic.pk):
        LegalHold.objects.create(client=case.clinic, reason="A suit", by=case.olive, contact=case.kim)
    with pytest.raises(CannotErase, match="child they answer for"):
        case.erase()
