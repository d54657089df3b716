"""The record cannot be quietly changed: sealed in blocks, chained, signed, mailed out."""

from __future__ import annotations

import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tenants import audit, sealing, sealing_keys
from tenants.models import AuditBlock, AuditEvent, AuditHead, Client
from tenants.scope import acting_for
from tenants.tasks import seal_records
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


def test_a_rivals_seals_are_not_seen(clinic: Client) -> None:
    deeds(clinic, "a.one")
    sealing.seal(clinic.pk)
    with acting_for(people.rival_clinic().pk):
        assert not AuditBlock.objects.exists()
        assert not AuditHead.objects.exists()
