"""What a pack puts on paper that nobody put there before."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from campaigns.models import Approval, ApprovalDocument
from messaging.evidence.pack import CannotPack, pack
from messaging.evidence.subject import Subject
from tenants import sealing_pdf
from tenants.scope import acting_for
from tests.messaging.evidence.test_pack import Case, unzipped

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_approval_that_was_never_put_on_paper_is_for_the_pack() -> None:
    case = Case()
    with acting_for(case.clinic.pk):
        approval = Approval.objects.get()
        assert not ApprovalDocument.objects.exists()
    files = unzipped(pack(Subject(case.campaign.client, contact=case.jane)))
    assert sealing_pdf.is_intact(files[f"files/approval-{approval.pk}.pdf"])
    assert len(json.loads(files["data/approval_documents.json"])) == 1
    with acting_for(case.clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.rewrapping', 'on', true)")  # as whoever changes the keys may
        ApprovalDocument.objects.update(file="JVBERi0=")
    with pytest.raises(CannotPack, match="is not the one that was sealed"):
        pack(Subject(case.campaign.client, contact=case.jane))
