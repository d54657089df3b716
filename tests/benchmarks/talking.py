"""The inbox, a conversation and a contact, where five campaigns wrote to a million people and one in five answered."""

from __future__ import annotations

import os
from contextlib import closing
from importlib import import_module
from typing import Any

import psycopg2
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from campaigns.models import AudienceCount, Campaign
from consent.models import Contact
from messaging import outbox
from messaging.models import Inbound, Message
from messaging.tally import KIND
from tenants.encryption import encrypt
from tenants.hashing import word_hash
from tenants.models import Client, User
from tenants.scope import acting_for
from tests import people
from tests.benchmarks.pages import timed
from tests.benchmarks.world import KNOWN_NAME, KNOWN_PHONE

CAMPAIGNS = 5
UNREAD = 100  # of so many answers one was read by nobody yet
ENTRIES = import_module("messaging.migrations.0034_counts_of_months_and_wordings")
ANSWERED = import_module("messaging.migrations.0033_answered")
WORD = "Thursday"  # one answer in 25 has it


def build(rows: int) -> dict[str, int]:
    """Four campaigns more, every message handed over and delivered, and `rows` / 5 answers."""
    of, signer = Client.objects.get(), User.objects.get(name="Bob")
    for number in range(2, CAMPAIGNS + 1):
        with acting_for(of.pk):
            made = people.campaign(of, {"channel": "sms"}, name=f"Recall {number}")
            people.approve(made, signer)
            AudienceCount.objects.filter(campaign=made).update(people=rows)
            made.refresh_from_db()
            launched = outbox.launch(made, by=None)
        outbox.plan(launched)
    values = {
        "client": of.pk, "value": encrypt("+15742310611"), "body": encrypt("Can I come on Thursday?"), "note": encrypt(""),
        "word": word_hash(of.pk, WORD.lower()), "unread": UNREAD, "answers": rows // 5,
    }  # fmt: skip
    with psycopg2.connect(os.environ["BENCH_ADMIN_URL"]) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # nothing here needs checking
        for statement in STATEMENTS:
            cursor.execute(statement, values)
    with closing(psycopg2.connect(os.environ["BENCH_ADMIN_URL"])) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    with acting_for(of.pk):
        return {"messages": Message.objects.count(), "answers": Inbound.objects.count()}


STATEMENTS = (
    """
    UPDATE messaging_message SET status = 'accepted', failed = '{}', delivery = 'delivered', fence = 1, judged_at = at, claimed_at = at, settled_at = at
    FROM (SELECT id AS sent, now() - campaign_id * interval '20 days' + contact_id * interval '1 second' / 10 AS at FROM messaging_message) AS times
    WHERE id = sent
    """,
    "UPDATE campaigns_launch SET at = now() - campaign_id * interval '20 days' - interval '1 day'",
    "DELETE FROM messaging_tally",
    f"INSERT INTO messaging_tally ({KIND}, number, segments, joined) SELECT {KIND}, count(*), sum(segments), true FROM ("
    "    SELECT *, campaign_id AS campaign, step_id AS step, date_bin('15 minutes', claimed_at, '2000-01-01Z') AS quarter"
    f"    FROM messaging_message) AS m GROUP BY {KIND}",
    ENTRIES.THOSE_THERE_ARE,
    f"INSERT INTO messaging_entrytally ({ENTRIES.KIND}, number, joined)"
    f" SELECT {ENTRIES.KIND}, count(*), true FROM (SELECT {ENTRIES.QUARTER} FROM messaging_entry) AS e GROUP BY {ENTRIES.KIND}",
    """
    INSERT INTO messaging_inbound (client_id, channel, provider_id, address_id, sender_id, contact_id, message_id, value, body, body_words,
        pictures, label, rule, received_at, handled_at)
    SELECT %(client)s, channel, 'SM' || id, address_id, sender_id, contact_id, id, %(value)s, %(body)s,
        CASE WHEN id %% 500 = 3 THEN ARRAY[%(word)s::bigint] ELSE ARRAY[hashtextextended('w' || id %% 4000, 0)] END, 0,
        CASE WHEN id %% 40 = 3 THEN 'opt_out' WHEN id %% 60 = 23 THEN 'unsure' ELSE 'other' END, 'none', claimed_at + interval '1 hour',
        CASE WHEN id %% (20 * %(unread)s) <> 3 THEN claimed_at + interval '1 day' END
    FROM (SELECT * FROM messaging_message WHERE id %% 20 = 3 ORDER BY claimed_at LIMIT %(answers)s) AS answered
    """,
    ANSWERED.THOSE_THERE_ARE,
    """
    INSERT INTO consent_suppression (client_id, address_id, channel, source, note, since, enforced_at)
    SELECT %(client)s, address_id, channel, 'keyword', %(note)s, min(received_at), min(received_at) + interval '1 second'
    FROM messaging_inbound WHERE label = 'opt_out' GROUP BY address_id, channel
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO campaigns_booking (client_id, contact_id, number, booked_at, day_only, for_at, for_day_only, cents, status, since)
    SELECT client_id, contact_id, 'A-' || id, claimed_at + id %% 15 * interval '1 day', false, claimed_at + interval '30 days', false, 12000,
        CASE WHEN id %% 30 = 7 THEN 'cancelled' ELSE 'kept' END, claimed_at + interval '20 days'
    FROM messaging_message WHERE id %% 50 = 7
    """,
)


def pages() -> dict[str, Any]:
    """Milliseconds (wall and CPU) and queries of each page, signed in as the agency's staff."""
    of = Client.objects.get()
    browser = people.sign_in(Browser(), User.objects.get(name="Alice"))
    with acting_for(of.pk):
        unread = Inbound.objects.filter(handled_at=None).latest("pk")
        middle = Contact.objects.order_by("pk")[50].pk
        last = Campaign.objects.latest("pk").pk
        common = _number("SELECT hashtextextended('f0', 0)")  # one first name in sixteen, see world.py
        spot = _number(
            "SELECT address_id FROM messaging_inbound WHERE handled_at IS NULL ORDER BY id LIMIT 1"
        )
    inbox, contacts = reverse("inbox", args=[of.slug]), reverse("contacts", args=[of.slug])
    jane, nobody = (word_hash(of.pk, each) for each in (KNOWN_NAME[0].lower(), "zebedee"))
    asked = {
        "inbox, unread": inbox,
        "inbox, needs a person": f"{inbox}?show=decide",
        "inbox, say they have booked": f"{inbox}?show=booked",
        "inbox, opted out": f"{inbox}?show=out",
        "inbox, mine": f"{inbox}?show=mine",
        "inbox, all": f"{inbox}?show=all",
        "inbox, waiting longest": f"{inbox}?first=longest",
        "inbox, a number": f"{inbox}?show=all&address={spot}",
        "inbox, a word": f"{inbox}?show=all&words={word_hash(of.pk, WORD.lower())}",
        "inbox, a word nobody wrote": f"{inbox}?show=all&words={nobody}",
        "inbox, a name": f"{inbox}?show=all&named={jane}",
        "inbox, a name nobody has": f"{inbox}?show=all&named={nobody}",
        "inbox, a name that many have": f"{inbox}?show=all&named={common}",
        "inbox, a location where nobody wrote": f"{inbox}?show=all&location=1",
        "the bell": reverse("bell"),
        "a conversation": reverse("thread", args=[of.slug, unread.pk]),
        "contacts": contacts,
        "contacts, those who opted out": f"{contacts}?state=opted_out",
        "contacts, those without a consent": f"{contacts}?state=none",
        "contacts, a name": f"{contacts}?words={jane}",
        "contacts, a name nobody has": f"{contacts}?words={nobody}",
        "contacts, a name that many have": f"{contacts}?words={common}",
        "one contact": reverse("contact", args=[of.slug, unread.contact_id]),
        "one contact, line of time": reverse("contact_life", args=[of.slug, unread.contact_id]),
        "one contact, the gate": reverse("contact_gate", args=[of.slug, unread.contact_id]),
        "why, a person": reverse("why_contact", args=[of.slug, unread.contact_id]),
        "another contact": reverse("contact", args=[of.slug, middle]),
        "overview": reverse("client", args=[of.slug]),
        "campaigns": reverse("campaigns", args=[of.slug]),
        "live, the first to look": reverse("live", args=[of.slug, last]),
        "live": reverse("live", args=[of.slug, last]),
        "live, its numbers": reverse("live_numbers", args=[of.slug, last]),
        "rates": reverse("rates", args=[of.slug]),
        "records": reverse("records", args=[of.slug]),
    }
    typed = {
        f"{where}, looking for {whom}": (reverse(door, args=[of.slug]), {"q": q})
        for where, door in (("inbox", "inbox_search"), ("contacts", "contact_search"))
        for whom, q in (
            ("a number", KNOWN_PHONE),
            ("a name", " ".join(KNOWN_NAME)),
            ("nobody", "Zebedee Nobody"),
        )
    }
    found = {name: timed(browser, url, anew=name.endswith("first to look")) for name, url in asked.items()}
    return found | {name: timed(browser, url, data) for name, (url, data) in typed.items()}


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
