"""A clinic with a million contacts: the shares of a real list, written by SQL in a minute.

Run as the superuser with triggers off, because a million foreign keys need no checking here; the ciphertexts
are real ones of one fake name and number, so that pages can show them.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass

import psycopg2

from campaigns.models import AudienceCount
from consent.models import Address, Import
from messaging.outbox import launch
from tenants.encryption import encrypt
from tenants.hashing import address_hash, word_hash
from tenants.models import Agency, Client, Role
from tenants.scope import acting_for
from tests import people

WINDOW_KEYS = 300
KNOWN_PHONE = "+15742310611"  # of the contact in the middle, for the search
KNOWN_NAME = ("Jane", "Doe")  # one contact in 5,000


@dataclass(frozen=True)
class World:
    """Ids a measure needs."""

    client: int
    campaign: int
    launch: int


def build(rows: int) -> World:
    """Fill the database this process is connected to; it must be empty but for the tables."""
    of = people.clinic()
    signer = people.bob(of)
    people.member("Alice", Role.STAFF, of=Agency.objects.get())
    with acting_for(of.pk):
        people.sms_sender(of)
        Import.objects.bulk_create(
            Import(
                client=of,
                file_name="list.csv",
                file_sha256="0" * 64,
                state="done",
                taken=1,
                done_at=of.created_at,
            )
            for _ in range(20)
        )
        imports = list(Import.objects.values_list("pk", flat=True))
    _fill(of, rows, min(imports))  # outside the scope: its transaction would idle for minutes
    with acting_for(of.pk):
        made = people.campaign(of, {"channel": "sms"})
        people.ready(of)
        people.approve(made, signer)
        AudienceCount.objects.update(people=rows)  # else the launch finds that the audience grew
        made.refresh_from_db()
        launched = launch(made, by=None)
    with closing(psycopg2.connect(os.environ["BENCH_ADMIN_URL"])) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return World(of.pk, made.pk, launched.pk)


def _fill(of: Client, rows: int, first_import: int) -> None:
    values = {
        "n": rows, "client": of.pk, "name": encrypt("Jane"), "phone": encrypt(KNOWN_PHONE), "note": encrypt(""), "keys": WINDOW_KEYS,
        "jane": word_hash(of.pk, KNOWN_NAME[0].lower()), "doe": word_hash(of.pk, KNOWN_NAME[1].lower()), "first_import": first_import,
        "known": address_hash("sms", KNOWN_PHONE), "known_at": rows // 2 - (rows // 2) % 20 + 3,
    }  # fmt: skip
    with psycopg2.connect(os.environ["BENCH_ADMIN_URL"]) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT setseed(0.42)")
        for statement in STATEMENTS:
            cursor.execute(statement, values)
    assert Address.objects.known("sms", KNOWN_PHONE)


# Of 20 people one shares phone and household with the one before. Texts for all, mail for 60 %.
STATEMENTS = (
    "INSERT INTO consent_address (id, channel) OVERRIDING SYSTEM VALUE SELECT i, 'sms' FROM generate_series(1, %(n)s) AS i",
    "INSERT INTO consent_address (id, channel) OVERRIDING SYSTEM VALUE SELECT %(n)s + i, 'email' FROM generate_series(1, %(n)s * 6 / 10) AS i",
    "SELECT setval(pg_get_serial_sequence('consent_address', 'id'), (SELECT max(id) FROM consent_address))",
    """
    INSERT INTO consent_addresshash (address_id, key_version, hash)
    SELECT id, 1, CASE WHEN id = %(known_at)s THEN %(known)s ELSE sha256(id::text::bytea) END FROM consent_address
    """,
    """
    INSERT INTO consent_contact (id, client_id, external_id, first_name, last_name, name_words, language, state, adult_from,
        deceased, last_visit, segment, guardian_id, window_key, household, filled, made_by_import_id)
    OVERRIDING SYSTEM VALUE
    SELECT i, %(client)s, 'P' || i, %(name)s, %(name)s,
        CASE WHEN i %% 5000 = 7 THEN ARRAY[%(jane)s::bigint, %(doe)s::bigint]
            ELSE ARRAY[hashtextextended('f' || floor(power(random(), 3) * 4000), 0), hashtextextended('l' || floor(power(random(), 3) * 20000), 0)] END,
        'en', 'IN', CASE WHEN random() < 0.05 THEN '2030-01-01'::date END,
        random() < 0.005, '2019-01-01'::date + (random() * 2200)::int, 'Segment ' || (random() * 6)::int,
        CASE WHEN random() < 0.04 AND i > 1 THEN i - 1 END, 'K' || floor(power(random(), 2) * %(keys)s)::int,
        CASE WHEN i %% 20 = 0 THEN i - 1 ELSE i END,
        CASE WHEN random() < 0.01 THEN '{}'::text[] ELSE '{first_name,last_name}' END, %(first_import)s + (i %% 20)
    FROM generate_series(1, %(n)s) AS i
    """,
    "SELECT setval(pg_get_serial_sequence('consent_contact', 'id'), %(n)s)",
    """
    INSERT INTO consent_contactpoint (client_id, contact_id, channel, address_id, value, since, ended_at, end_reason)
    SELECT %(client)s, i, 'sms', CASE WHEN i %% 20 = 0 THEN i - 1 ELSE i END, %(phone)s, now() - interval '400 days', NULL, ''
    FROM generate_series(1, %(n)s) AS i
    """,
    """
    INSERT INTO consent_contactpoint (client_id, contact_id, channel, address_id, value, since, ended_at, end_reason)
    SELECT %(client)s, i, 'email', %(n)s + i, %(phone)s, now() - interval '400 days', CASE WHEN random() < 0.02 THEN now() END, ''
    FROM generate_series(1, %(n)s * 6 / 10) AS i
    """,
    """
    INSERT INTO consent_consentrecord (client_id, contact_id, address_id, channel, purpose, tier, method, wording, evidence, since, ended_at)
    SELECT %(client)s, contact_id, address_id, channel, CASE WHEN random() < 0.8 THEN 'marketing' ELSE 'care' END,
        CASE WHEN random() < 0.9 THEN 'written' ELSE 'number_given' END, 'paper', '', %(note)s, now() - interval '300 days',
        CASE WHEN random() < 0.01 THEN now() - interval '1 day' END
    FROM consent_contactpoint WHERE channel = 'sms' AND random() < 0.85
    """,
    """
    INSERT INTO consent_suppression (client_id, address_id, channel, source, note, since, ended_at, lifted_by_consent)
    SELECT %(client)s, id, channel, CASE WHEN random() < 0.3 THEN 'keyword' ELSE 'import' END, %(note)s,
        now() - interval '200 days', CASE WHEN lifted THEN now() END, CASE WHEN lifted THEN 0 END
    FROM (SELECT id, channel, random() < 0.05 AS lifted FROM consent_address WHERE random() < 0.04 OFFSET 0) AS out
    """,
    "INSERT INTO consent_unsafemark (address_id, reason, since) SELECT id, 'wrong_number', now() FROM consent_address WHERE random() < 0.0005",
    """
    INSERT INTO consent_touch (client_id, address_id, household, channel, purpose, at, message_id)
    SELECT %(client)s, address_id, contact_id, channel, 'marketing', now() - interval '90 days' * power(random(), 0.7), contact_id
    FROM consent_contactpoint WHERE random() < 0.2
    """,
    """
    INSERT INTO consent_touch (client_id, address_id, household, channel, purpose, at, message_id)
    SELECT %(client)s, address_id, contact_id, channel, 'recall', now() - interval '8 days' * random(), contact_id
    FROM consent_contactpoint, generate_series(1, 3) WHERE contact_id %% 100 = 0
    """,
    """
    INSERT INTO consent_pause (client_id, contact_id, reason, since)
    SELECT %(client)s, id, 'unsure', now() FROM consent_contact WHERE random() < 0.002
    """,
    """
    INSERT INTO compliance_sendingwindow (window_key, rules_version, opens_at, closes_at, edges)
    SELECT 'K' || k, 'bench', day, day + interval '1 day', '[]' FROM generate_series(0, %(keys)s) AS k,
        LATERAL generate_series(date_trunc('day', now()) - interval '1 day' + k %% 24 * interval '1 hour', now() + interval '35 days', interval '1 day') AS day
    """,
    """
    INSERT INTO compliance_ownwindow (client_id, window_key, opens_at, closes_at)
    SELECT %(client)s, window_key, opens_at, closes_at FROM compliance_sendingwindow
    """,
)
