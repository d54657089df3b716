"""A registry file read into answers about the client's own numbers: hashed, brought by COPY, joined, and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BufferedReader, StringIO
from itertools import islice
from typing import Any

from django.db import connection, transaction

from compliance.do_not_call.reading import Unreadable, numbers_of
from compliance.models import RegistryFile
from consent.importing import uploads
from consent.models import ContactPoint
from tenants.clock import db_now
from tenants.hashing import address_hashes, hash_versions
from tenants.models import Channel
from tenants.scope import acting_for

AT_ONCE = 50_000  # numbers hashed and copied in one go
POINTS = 5_000  # numbers decrypted in one go

# What the file says of numbers the client has. DISTINCT: two hashes of one address under two keys.
OURS = """
    CREATE TEMPORARY TABLE registry_ours ON COMMIT DROP AS
    SELECT h.address_id, bool_or(s.listed) AS listed
    FROM pg_temp.stage_registry AS s
    JOIN consent_addresshash AS h ON h.key_version = s.version AND h.hash = s.hash
    WHERE EXISTS (
        SELECT FROM consent_contactpoint AS p
        WHERE p.client_id = %(client)s AND p.address_id = h.address_id AND p.channel = 'sms' AND p.ended_at IS NULL
    )
    GROUP BY h.address_id
"""
# A later file's answer stands; the same day's is said again.
END_OLDER = """
    UPDATE compliance_registryanswer AS a SET ended_at = %(at)s FROM registry_ours AS o
    WHERE a.client_id = %(client)s AND a.address_id = o.address_id AND a.ended_at IS NULL AND a.good_until <= %(good_until)s
"""
INSERT = """
    INSERT INTO compliance_registryanswer (client_id, address_id, file_id, listed, good_until, since)
    SELECT %(client)s, o.address_id, %(file)s, o.listed, %(good_until)s, %(at)s FROM registry_ours AS o
    ON CONFLICT (client_id, address_id) WHERE ended_at IS NULL DO NOTHING
"""


def judge(client_id: int, file_id: int) -> bool:
    """Read one file that waits; False when another worker is at it or it was read before. Whole or not at all."""
    with acting_for(client_id):
        waiting = RegistryFile.objects.select_for_update(skip_locked=True).filter(
            pk=file_id, state=RegistryFile.State.WAITING
        )
        file = waiting.first()
        if file is None:
            return False
        stored = file.stored_as
        try:
            with transaction.atomic(), uploads.opened(stored) as lines:
                _take(file, lines)
            file.state = RegistryFile.State.DONE
        except Unreadable as why:
            file.state, file.problem = RegistryFile.State.REFUSED, str(why)
        except (FileNotFoundError, uploads.UploadDamaged):
            file.state = RegistryFile.State.REFUSED
            file.problem = "The file is no longer here as a whole. Bring it again."
        file.stored_as = ""
        file.save()
    uploads.discard(stored)
    return True


def _take(file: RegistryFile, lines: BufferedReader) -> None:
    codes: set[str] = set()
    file.numbers = _stage(numbers_of(lines, file.kind), codes)
    if not file.numbers:
        raise Unreadable("There is no number in this file.")
    of_registry = file.kind == RegistryFile.Kind.REGISTRY
    file.area_codes = sorted(codes) if of_registry else []
    at = db_now()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.registry_ours")
        cursor.execute(OURS, {"client": file.client_id})
        cursor.execute("SELECT count(*) FILTER (WHERE listed), count(*) FROM registry_ours")
        file.listed, known = cursor.fetchone()
        file.clear = known - file.listed
    if of_registry:
        file.clear = _not_in_it(file, codes)
    _store(file, at)


def _stage(numbers: Iterable[tuple[str, bool]], codes: set[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS stage_registry (version smallint, hash bytea, listed boolean)"
        )
        cursor.execute("TRUNCATE pg_temp.stage_registry")
        total, each = 0, iter(numbers)
        while piece := list(islice(each, AT_ONCE)):
            total += len(piece)
            codes.update(number[2:5] for number, _ in piece)
            for version in hash_versions():
                rows = _rows(version, piece)
                cursor.copy_expert("COPY pg_temp.stage_registry FROM STDIN", StringIO("".join(rows)))
        cursor.execute("ANALYZE pg_temp.stage_registry")
    return total


def _rows(version: int, piece: list[tuple[str, bool]]) -> Iterator[str]:
    digests = address_hashes(Channel.SMS, [number for number, _ in piece], version)
    for digest, (_, listed) in zip(digests, piece, strict=True):
        yield f"{version}\t\\\\x{digest.hex()}\t{'t' if listed else 'f'}\n"


def _not_in_it(file: RegistryFile, codes: set[str]) -> int:
    """The registry names only who is listed: the client's other numbers of the same area codes are clear."""
    found = 0
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX ON registry_ours (address_id)")
    points = ContactPoint.objects.filter(client=file.client_id, channel=Channel.SMS, ended_at=None)
    last = 0
    while rows := list(points.filter(pk__gt=last).order_by("pk")[:POINTS]):
        last = rows[-1].pk
        theirs = sorted({row.address_id for row in rows if row.value[2:5] in codes})
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO registry_ours SELECT unnest(%s::bigint[]), FALSE ON CONFLICT DO NOTHING",
                [theirs],
            )
            found += cursor.rowcount
    return found


def _store(file: RegistryFile, at: datetime) -> None:
    values: dict[str, Any] = {
        "client": file.client_id,
        "file": file.pk,
        "good_until": file.good_until,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_ours")
        cursor.execute(END_OLDER, values)
        cursor.execute(INSERT, values)
