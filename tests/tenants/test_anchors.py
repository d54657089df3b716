"""The newest seal goes out by mail every day, so that whoever keeps the mail can prove what the record was."""

from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command

from tenants import audit_anchors, sealing_witness
from tenants.models import AuditBlock, AuditEvent, Client, Role
from tenants.scope import acting_for
from tenants.tasks import anchor_records, seal_records
from tests import people
from tests.tenants.sealed import checked, deeds, tamper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def test_the_days_seal_is_mailed_to_the_compliance_contact_once(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.bob(clinic)
    deeds(clinic, "a.one")
    seal_records()
    assert anchor_records() == 1
    seal_records()
    deeds(clinic, "a.two")
    seal_records()
    assert anchor_records() == 0, "once a day is enough"
    monkeypatch.setattr(audit_anchors, "A_DAY", timedelta(0))
    assert anchor_records() == 1
    seal_records()
    assert anchor_records() == 0, "the anchor's own record is no news"
    letter = mail.outbox[0]
    assert letter.to == ["bob@example.org"]
    with acting_for(clinic.pk):
        block = AuditBlock.objects.get(number=1)
    assert bytes(block.hash).hex() in letter.body
    assert bytes(block.key).hex() in letter.body


def test_a_history_rewritten_with_our_own_key_is_found_by_the_mail(
    clinic: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    people.bob(clinic)
    deeds(clinic, "a.one")
    seal_records()
    anchor_records()
    given = re.search(r"--anchor (\S+)", str(mail.outbox[0].body))
    assert given
    call_command("audit_verify", client=clinic.slug, anchor=given[1])
    for table in ("auditblock", "audithead", "auditevent"):
        tamper(f"DELETE FROM tenants_{table}")
    deeds(clinic, "a.another")
    sealing_witness.forget(clinic.pk)
    assert checked(clinic, seal=True).wrong is None, "inside the database and on the disk nothing shows"
    with pytest.raises(SystemExit):
        call_command("audit_verify", client=clinic.slug, anchor=given[1])
    assert "not the one that was mailed out" in capsys.readouterr().err
    with pytest.raises(CommandError):
        call_command("audit_verify", client=clinic.slug, anchor="nonsense")


def test_an_anchor_that_was_not_taken_is_mailed_again_to_whom_it_did_not_reach(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.bob(clinic)
    people.member("Barbara", Role.APPROVER, client=clinic)
    deeds(clinic, "a.one")
    seal_records()
    refused, send = {"bob@example.org", "barbara@example.org"}, EmailMessage.send

    def some(letter: EmailMessage) -> int:
        if refused & set(letter.to):
            raise SMTPServerDisconnected
        return send(letter)

    monkeypatch.setattr(EmailMessage, "send", some)
    assert anchor_records() == 0
    refused.remove("bob@example.org")
    assert anchor_records() == 1
    refused.clear()
    assert anchor_records() == 1
    assert anchor_records() == 0
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"], ["barbara@example.org"]]
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb=audit_anchors.VERB).count() == 2


def test_before_anybody_signs_the_owner_gets_the_anchor(clinic: Client) -> None:
    people.olive()
    deeds(clinic, "a.one")
    seal_records()
    assert audit_anchors.anchor(clinic) == 1
    assert mail.outbox[0].to == ["olive@example.org"]
