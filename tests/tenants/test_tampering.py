"""Random tampering by someone who may do anything to the database: all of it is found, and the event is named."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection

from tenants import audit, sealing_witness
from tenants.models import AuditBlock, AuditEvent, Client
from tenants.scope import acting_for
from tenants.sealing import Refused, seal
from tenants.sealing_check import Finding, check
from tests import people
from tests.tenants.sealed import checked, deeds, many, superuser
from tests.tenants.test_sealing import write_together

pytestmark = pytest.mark.django_db(transaction=True)
Tampering = Callable[[random.Random, list[int], int], tuple[str, int | None]]
CHANGES = (
    "verb = verb || 'x'", "what = 'consent.Contact:none'", "detail = detail || '{{\"rows\": -1}}'", "detail = '{{}}'",
    "at = at + interval '1 microsecond'", "ip = '192.0.2.99'", "client_id = {rival}", "xid = xid - 1",
    "id = id + 1000000",
)  # fmt: skip
OF_A_BLOCK = (
    "previous = sha256(previous)",
    "leaves = leaves || leaves",
    "leaves = set_byte(leaves, 20, (get_byte(leaves, 20) + 1) % 256)",
    "root = sha256(root)",
    "events = events - 1",
    "to_id = to_id - 1",
    "to_xid = to_xid + 1",
    "closed_xid = closed_xid - 1",
    "number = number + 100",
    "sealed_at = sealed_at - interval '1 second'",
    "hash = sha256(hash)",
    "key = sha256(key)",
    "signature = sha256(signature) || sha256(hash)",
    "client_id = {rival}",
)
TABLES = ("auditevent", "auditblock", "audithead")
OF_THE_HEAD = (
    "number = number - 1",
    "hash = sha256(hash)",
    "events = events - 1",
    "at = at + interval '1 day'",
    "key = sha256(key)",
)


def tampering(dice: random.Random, events: list[int], blocks: int, rival: int) -> tuple[str, int | None]:
    """One statement, and the event that it must be blamed on where there is one."""
    event, block = dice.choice(events), dice.randint(1, blocks)
    match dice.randrange(9):
        case 0 | 1 | 2:
            change = dice.choice(CHANGES).format(rival=rival)
            return f"UPDATE tenants_auditevent SET {change} WHERE id = {event}", event
        case 3:
            return f"DELETE FROM tenants_auditevent WHERE id = {event}", event
        case 4:  # put in among the sealed ones
            return (
                "INSERT INTO tenants_auditevent (client_id, verb, what, detail, xid, at) SELECT client_id, 'approval.signed', "
                f"what, detail, xid, at FROM tenants_auditevent WHERE id = {event}",
                None,
            )
        case 5:
            change = dice.choice(OF_A_BLOCK).format(rival=rival)
            return f"UPDATE tenants_auditblock SET {change} WHERE number = {block}", None
        case 6:
            return f"DELETE FROM tenants_auditblock WHERE number = {block}", None
        case 7:  # the end cut off, what was done differently told, the pointer set back
            return (
                f"UPDATE tenants_auditevent SET verb = 'contact.viewed', what = 'nobody' WHERE id >= {event};"
                f"DELETE FROM tenants_auditblock WHERE number >= {block};"
                "UPDATE tenants_audithead SET (number, hash, events) = (SELECT count(*), coalesce((array_agg(hash ORDER BY number "
                "DESC))[1], ''), coalesce(sum(events), 0) FROM tenants_auditblock)",
                None,
            )
        case _:
            head = dice.choice(
                (
                    *(f"UPDATE tenants_audithead SET {each}" for each in OF_THE_HEAD),
                    "DELETE FROM tenants_audithead",
                )
            )
            return head, None


def try_out(clinic: Client, times: int, seed: int) -> list[str]:
    """That many tamperings, each undone before the next; those that were not found or blamed on another event, at once and after
    the sealer came round."""
    rival, dice, missed = people.rival_clinic(), random.Random(seed), []
    with acting_for(clinic.pk):
        events = list(AuditEvent.objects.order_by("id").values_list("pk", flat=True))
        blocks = AuditBlock.objects.count()
    assert checked(clinic).wrong is None
    with superuser() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM tenants_{table}")
    done = 0
    while done < times:
        statement, event = tampering(dice, events, blocks, rival.pk)
        found, later, touched = _tampered(clinic, statement)
        if not touched:
            continue
        done += 1
        if found is None or later is None or (event is not None and found.event != event):
            missed.append(f"{statement}: {found}, {later}")
    assert checked(clinic).wrong is None, "everything was undone"
    return missed


def _tampered(clinic: Client, statement: str) -> tuple[Finding | None, Finding | None, int]:
    """What the check finds after one statement, and again when more was done and the sealer came round; then it is undone."""
    with superuser() as cursor:
        cursor.execute(statement)
        touched = cursor.rowcount
    with acting_for(clinic.pk):
        found = check(clinic.pk).wrong
        known = sealing_witness.noted([clinic.pk])[clinic.pk]
        audit.record("reply.read", client_id=clinic.pk)
    with suppress(Refused):
        seal(clinic.pk)
    with acting_for(clinic.pk):
        later = check(clinic.pk).wrong
    with superuser() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM tenants_{table}")
            cursor.execute(f"INSERT INTO tenants_{table} SELECT * FROM kept_{table}")
    sealing_witness.note(clinic.pk, *known)
    return found, later, touched


def _sealed(clinic: Client, rounds: int) -> None:
    for number in range(rounds):
        deeds(clinic, "campaign.created", "approval.signed", "reply.read")
        many(clinic, 5 + number)
        seal(clinic.pk)


def test_fifty_random_tamperings_are_all_found_and_blamed_on_the_right_event() -> None:
    clinic = people.clinic()
    _sealed(clinic, rounds=4)
    assert try_out(clinic, times=50, seed=7) == []


@pytest.mark.reliability
def test_a_thousand_random_tamperings_are_all_found() -> None:
    clinic = people.clinic()
    _sealed(clinic, rounds=6)
    assert try_out(clinic, times=1000, seed=11) == []


@pytest.mark.reliability
def test_sixteen_writers_and_a_million_events_raise_no_false_alarm() -> None:
    assert verified(each=126, rows=600, at_least=1_000_000) <= 15, (
        "seconds of the processors, of Python and PostgreSQL"
    )


def test_sixteen_writers_and_a_hundred_thousand_events_raise_no_false_alarm() -> None:
    verified(each=8, rows=940, at_least=100_000)


def verified(each: int, rows: int, at_least: int) -> float:
    """Sixteen write so many events while they are sealed; the seconds that proving them took, of all processors."""
    clinic = people.clinic()
    written = write_together(clinic, writers=16, each=each, rows=rows)
    assert written >= at_least
    seal(clinic.pk)
    with acting_for(clinic.pk), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = spent(cursor.fetchone()[0])
        done = check(clinic.pk)
        cursor.execute("SELECT pg_backend_pid()")
        took = spent(cursor.fetchone()[0]) - before
    assert (done.events, done.not_sealed, done.wrong) == (written, 0, None)
    return took


def spent(server: int) -> float:
    """Processor time so far, of this process and of its server process."""
    theirs = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, theirs[11:13])) / os.sysconf("SC_CLK_TCK")
