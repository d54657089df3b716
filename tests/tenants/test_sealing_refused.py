"""Nothing is sealed on top of a record that was cut off, and what is gone altogether is missed."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command

from tenants import sealing, sealing_check, sealing_witness
from tenants.models import AuditBlock, AuditEvent, Client
from tenants.scope import acting_for
from tenants.tasks import anchor_records, seal_records
from tests import people
from tests.tenants.sealed import checked, deeds, tamper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


@pytest.mark.parametrize("all_of_it", [False, True])
def test_a_chain_cut_off_is_not_sealed_on_even_with_an_old_pointer_that_we_signed(
    clinic: Client, all_of_it: bool
) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    tamper("CREATE TABLE old_head AS SELECT * FROM tenants_audithead")
    deeds(clinic, "a.two")
    sealing.seal(clinic.pk)
    tamper("UPDATE tenants_auditevent SET verb = 'a.lie' WHERE verb = 'a.two'")
    tamper("DELETE FROM tenants_auditblock WHERE number >= %s", [1 if all_of_it else 2])
    tamper("DELETE FROM tenants_audithead")
    if not all_of_it:
        tamper("INSERT INTO tenants_audithead SELECT * FROM old_head")
    with pytest.raises(sealing.Refused, match="noted outside the database"):
        sealing.seal(clinic.pk)
    wrong = checked(clinic).wrong
    assert wrong is not None
    assert "noted outside the database" in wrong.says


def test_a_pointer_set_back_is_not_signed_anew(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_witness, "noted", lambda _: {})  # as where the disk was lost as well
    for verb in ("a.one", "a.two"):
        deeds(clinic, verb)
        sealing.seal(clinic.pk)
    tamper("UPDATE tenants_auditevent SET verb = 'a.lie' WHERE verb = 'a.two'")
    tamper("DELETE FROM tenants_auditblock WHERE number = 2")
    tamper(
        "UPDATE tenants_audithead SET (number, hash, events) = (SELECT number, hash, events FROM tenants_auditblock)"
    )
    with pytest.raises(sealing.Refused, match="pointer to the newest block was changed"):
        sealing.seal(clinic.pk)
    tamper("DELETE FROM tenants_audithead")
    with pytest.raises(sealing.Refused, match="were removed"):
        sealing.seal(clinic.pk)


def test_a_client_that_cannot_be_sealed_is_told_by_mail_and_keeps_no_other_waiting(clinic: Client) -> None:
    rival = people.rival_clinic()
    people.olive()
    people.bob(clinic)
    for each in (clinic, rival):
        deeds(each, "a.one")
    seal_records()
    tamper("DELETE FROM tenants_audithead WHERE client_id = %s", [clinic.pk])
    for each in (clinic, rival):
        deeds(each, "a.two")
    assert seal_records() == 1, "only the other one's"
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"], ["olive@example.org"]]
    assert "does not follow from its last seal" in mail.outbox[0].subject
    cache.clear()
    seal_records()
    assert len(mail.outbox) == 2, "once a day is enough"
    assert anchor_records() == 0, "what was tampered with is not vouched for"
    with acting_for(clinic.pk):
        assert AuditEvent.objects.filter(verb="records.not_sealed").count() == 1


def test_a_block_that_is_not_the_one_a_document_names_is_found(
    clinic: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    with acting_for(clinic.pk):
        right = bytes(AuditBlock.objects.get().hash).hex()
    for number, value, found in ((1, right, False), (1, "0" * 64, True), (2, right, True)):
        monkeypatch.setattr(sealing_check, "_told", [lambda _, given=(number, value, "paper 5"): [given]])
        wrong = checked(clinic).wrong
        assert (wrong is not None and "stands in paper 5" in wrong.says) is found


def test_a_record_that_was_emptied_is_found(clinic: Client, capsys: pytest.CaptureFixture[str]) -> None:
    deeds(clinic, "client.created")
    sealing.seal(clinic.pk)
    for table in ("auditblock", "audithead", "auditevent"):
        tamper(f"DELETE FROM tenants_{table}")
    sealing_witness.forget(clinic.pk)  # as where the disk was lost as well
    with pytest.raises(SystemExit):
        call_command("audit_verify")
    assert "it was emptied" in capsys.readouterr().err
