"""The record cannot be quietly changed: sealed in blocks, chained, signed, mailed out."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tenants import audit, audit_anchors, sealing, sealing_check, sealing_keys, sealing_witness
from tenants.models import AuditBlock, AuditEvent, AuditHead, Client, Role
from tenants.scope import acting_for
from tenants.tasks import anchor_records, seal_records
from tests import people
from tests.tenants.sealed import checked, deeds, many, tamper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clinic() -> Client:
    return people.clinic()


def test_events_are_sealed_into_blocks_of_a_thousand_and_nothing_is_found(clinic: Client) -> None:
    many(clinic, 2100)
    deeds(clinic, "campaign.created")
    assert sealing.seal(clinic.pk) == 3
    done = checked(clinic)
    assert (done.blocks, done.events, done.not_sealed, done.wrong) == (3, 2101, 0, None)
    assert sealing.seal(clinic.pk) == 0, "sealing again seals nothing"


def test_the_round_seals_every_client_and_each_has_a_chain_of_its_own(clinic: Client) -> None:
    rival = people.rival_clinic()
    deeds(clinic, "campaign.created")
    deeds(rival, "campaign.created", "campaign.launched")
    assert seal_records() == 2
    assert seal_records() == 0
    assert [checked(each).events for each in (clinic, rival)] == [1, 2]
    with acting_for(rival.pk):
        assert AuditBlock.objects.get().number == 1


def test_what_is_not_committed_is_not_sealed_and_comes_in_a_later_block(clinic: Client) -> None:
    inserted, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with acting_for(clinic.pk):
            audit.record("campaign.late", client_id=clinic.pk)
            inserted.set()
            go_on.wait(150)  # sealing waits for what neighbours write, too
        connection.close()

    writer = threading.Thread(target=late)
    writer.start()
    inserted.wait(30)
    deeds(clinic, "campaign.early")  # commits first, with the higher id and transaction
    assert sealing.seal(clinic.pk) == 0, "a transaction that began before is still open"
    go_on.set()
    writer.join(30)
    sealing.seal(clinic.pk)
    assert checked(clinic).events == 2
    assert checked(clinic).wrong is None


def test_an_event_that_was_changed_is_named(clinic: Client) -> None:
    deeds(clinic, "a.one", "a.two", "a.three")
    sealing.seal(clinic.pk)
    with acting_for(clinic.pk):
        second = AuditEvent.objects.get(verb="a.two").pk
    assert tamper("UPDATE tenants_auditevent SET verb = 'a.zwei' WHERE id = %s", [second]) == 1
    wrong = checked(clinic).wrong
    assert wrong is not None
    assert (wrong.block, wrong.event) == (1, second)
    assert "was changed" in wrong.says


def test_an_event_dated_back_and_sealed_like_a_new_one_is_found(clinic: Client) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    tamper(
        "INSERT INTO tenants_auditevent (client_id, verb, what, detail, at) VALUES (%s, 'campaign.signed', '', '{}', "
        "clock_timestamp() - interval '2 days')", [clinic.pk],
    )  # fmt: skip
    wrong = checked(clinic, seal=True).wrong
    assert wrong is not None
    assert "dated long before" in wrong.says


def test_an_event_given_to_a_transaction_long_closed_is_found_before_and_after_it_is_sealed(
    clinic: Client,
) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    tamper(
        "INSERT INTO tenants_auditevent (client_id, verb, what, detail, at, xid) "
        "SELECT client_id, 'campaign.signed', '', '{}', at, xid FROM tenants_auditevent"
    )
    for sealed in (False, True):
        wrong = checked(clinic, seal=sealed).wrong
        assert wrong is not None
        assert "put in after block 1 was closed" in wrong.says


def test_a_chain_cut_off_at_its_end_is_found(clinic: Client) -> None:
    for verb in ("a.one", "a.two"):
        deeds(clinic, verb)
        sealing.seal(clinic.pk)
    tamper("DELETE FROM tenants_auditblock WHERE number = 2")
    tamper("DELETE FROM tenants_auditevent WHERE verb = 'a.two'")
    wrong = checked(clinic).wrong
    assert wrong is not None
    assert "missing at the end" in wrong.says


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


def test_a_chain_made_anew_with_another_key_is_found(clinic: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    deeds(clinic, "a.one")
    with monkeypatch.context() as patch:
        patch.setattr(sealing_keys, "PURPOSE", b"a forger's key")
        sealing.seal(clinic.pk)
    wrong = checked(clinic).wrong
    assert wrong is not None
    assert "not ours" in wrong.says


def test_the_application_itself_cannot_change_a_seal(clinic: Client) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    for statement in (
        "UPDATE tenants_auditblock SET events = 0",
        "DELETE FROM tenants_auditblock",
        "TRUNCATE tenants_auditblock",
    ):
        with (
            acting_for(clinic.pk),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_new_hash_key_seals_on_and_the_old_seals_still_hold(clinic: Client, settings: object) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    settings.HASH_KEYS = {3: b"3" * 32} | settings.HASH_KEYS  # type: ignore[attr-defined]
    deeds(clinic, "a.two")
    done = checked(clinic, seal=True)
    assert (done.blocks, done.wrong) == (2, None)
    with acting_for(clinic.pk):
        assert len({bytes(key) for key in AuditBlock.objects.values_list("key", flat=True)}) == 2


def test_sixteen_writers_and_a_sealer_raise_no_false_alarm(clinic: Client) -> None:
    written = write_together(clinic, writers=16, each=12)
    done = checked(clinic, seal=True)
    assert (done.events, done.not_sealed, done.wrong) == (written, 0, None)


def write_together(clinic: Client, writers: int, each: int, rows: int = 1) -> int:
    """Writers whose transactions overlap and now and then roll back, and a sealer that never rests; how many events stayed."""
    over, begin = threading.Event(), threading.Barrier(writers + 1)

    def write(number: int) -> None:
        begin.wait(30)
        for turn in range(each):
            try:
                with acting_for(clinic.pk):
                    many(clinic, rows) if rows > 1 else audit.record("contact.viewed", client_id=clinic.pk)
                    time.sleep((number * 7 + turn * 3) % 5 / 1000)
                    if (number + turn) % 6 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        connection.close()

    def seal() -> None:
        begin.wait(30)
        while not over.is_set():
            sealing.seal(clinic.pk)
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    sealer = threading.Thread(target=seal)
    for thread in [*threads, sealer]:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    sealer.join()
    with acting_for(clinic.pk):
        return int(AuditEvent.objects.count())


def test_the_command_says_all_is_well_and_exits_1_when_it_is_not(
    clinic: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    deeds(clinic, "a.one", "a.two")
    sealing.seal(clinic.pk)
    call_command("audit_verify")
    assert "bright-smiles: 2 events in 1 blocks are as sealed." in capsys.readouterr().out
    with acting_for(clinic.pk):
        first = AuditEvent.objects.order_by("id").values_list("pk", flat=True)[0]
    tamper("UPDATE tenants_auditevent SET detail = '{}' WHERE id = %s", [first])
    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify", client="bright-smiles")
    assert ended.value.code == 1
    assert f"TAMPERED, block 1, event {first}" in capsys.readouterr().err
    call_command("audit_verify", since="2090-01-01")  # nothing was sealed from then on
    with pytest.raises(CommandError, match="no client nobody"):
        call_command("audit_verify", client="nobody")


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


def test_a_rivals_seals_are_not_seen(clinic: Client) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    with acting_for(people.rival_clinic().pk):
        assert not AuditBlock.objects.exists()
        assert not AuditHead.objects.exists()
