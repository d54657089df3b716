"""Celery: the bell, never the ledger. Tasks carry ids; what is due is asked of PostgreSQL."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_process_init

from config.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("clear_to_send")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=False,  # a lost bell is rung again by the sweeper; a bell rung twice costs nothing
    worker_prefetch_multiplier=1,
    task_default_queue="default",
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    task_routes={
        "messaging.tasks.send_due": {"queue": "sending"},
        # What waits for somebody else's answer, for minutes when nobody answers.
        "messaging.tasks.reconcile": {"queue": "asking"},
        "messaging.tasks.poll_replies": {"queue": "asking"},
        "messaging.tasks.tell_providers": {"queue": "asking"},
        "messaging.tasks.check_ledgers": {"queue": "asking"},
        "messaging.reports.mailing.mail_reports": {"queue": "asking"},
        "messaging.tasks.ask_after_hold": {"queue": "asking"},
        "messaging.tasks.read_given_up": {"queue": "asking"},
        "messaging.tasks.blank_words": {"queue": "asking"},
        "messaging.tasks.fetch_pictures": {"queue": "asking"},
        "messaging.tasks.tell_listeners": {"queue": "asking"},
        "compliance.tasks.gather_facts": {"queue": "asking"},
        "compliance.tasks.look_up_numbers": {"queue": "asking"},
        "compliance.tasks.look_at_new_mail": {"queue": "asking"},
        "compliance.tasks.warn_of_expiry": {"queue": "asking"},
        "tenants.tasks.anchor_records": {"queue": "asking"},
        "consent.tasks.look_at_source": {"queue": "asking"},
        # What works for minutes.
        "consent.tasks.*": {"queue": "lists"},
        "campaigns.tasks.*": {"queue": "lists"},
        "compliance.tasks.read_registry": {"queue": "lists"},
        "compliance.tasks.look_at_mail_domains": {"queue": "lists"},
        "messaging.evidence.*": {"queue": "lists"},
        "messaging.retention.*": {"queue": "lists"},
    },
    # Celery's Django fixup closes the connection around every task; reuse it (11 ms of PostgreSQL each).
    CELERY_DB_REUSE_MAX=200,
)


worker_process_init.connect(settle)


@task_prerun.connect
def leave_a_dead_connection(**_: Any) -> None:
    """Reused as above, a connection that the database's restart has cut would fail every task for hundreds of them."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


# Who sends reads no other queue: neither a provider that hangs nor a long list may keep a message waiting, and a bell that
# keeps all senders busy for seconds may not keep an opt-out waiting to be enforced.
QUEUES = SENDING, SHORT, ASKING, LISTS = ("sending", "default", "asking", "lists")
app.conf.beat_schedule = {
    "send": {"task": "messaging.tasks.ring", "schedule": 2.0, "options": {"expires": 2}},
    "sweep": {"task": "messaging.tasks.sweep", "schedule": 30.0, "options": {"expires": 25}},
    "hooks": {"task": "messaging.tasks.apply_hooks", "schedule": 2.0, "options": {"expires": 2}},
    "watch": {"task": "messaging.tasks.watch", "schedule": 15.0, "options": {"expires": 14}},
    "tally": {"task": "messaging.tally.join_counts", "schedule": 15.0, "options": {"expires": 14}},
    "reconcile": {"task": "messaging.tasks.reconcile", "schedule": 60.0, "options": {"expires": 55}},
    # Each asks what is due: replies every five minutes, the ledger once a day, a hold while there is one.
    "replies": {"task": "messaging.tasks.poll_replies", "schedule": 15.0, "options": {"expires": 14}},
    "opt-outs": {"task": "messaging.tasks.tell_providers", "schedule": 30.0, "options": {"expires": 25}},
    "listeners": {"task": "messaging.tasks.tell_listeners", "schedule": 5.0, "options": {"expires": 5}},
    "blanking": {"task": "messaging.tasks.blank_words", "schedule": 60.0, "options": {"expires": 55}},
    "pictures": {"task": "messaging.tasks.fetch_pictures", "schedule": 10.0, "options": {"expires": 9}},
    "ledgers": {"task": "messaging.tasks.check_ledgers", "schedule": 3600.0, "options": {"expires": 600}},
    "given-up numbers": {
        "task": "messaging.tasks.read_given_up",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "hold": {"task": "messaging.tasks.ask_after_hold", "schedule": 30.0, "options": {"expires": 25}},
    "seal": {"task": "tenants.tasks.seal_records", "schedule": 5.0, "options": {"expires": 5}},
    "anchor": {"task": "tenants.tasks.anchor_records", "schedule": 3600.0, "options": {"expires": 600}},
    "list sources": {"task": "consent.tasks.look_at_sources", "schedule": 300.0, "options": {"expires": 290}},
    "lists": {"task": "consent.tasks.resume_imports", "schedule": 60.0, "options": {"expires": 55}},
    "bookings": {"task": "campaigns.tasks.resume_bookings", "schedule": 60.0, "options": {"expires": 55}},
    "registries": {
        "task": "compliance.tasks.resume_registries",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "lookups": {"task": "compliance.tasks.resume_lookups", "schedule": 60.0, "options": {"expires": 55}},
    "mail domains": {
        "task": "compliance.tasks.tend_mail_domains",
        "schedule": 600.0,
        "options": {"expires": 550},
    },
    "windows": {"task": "compliance.tasks.draw_windows", "schedule": 3600.0, "options": {"expires": 600}},
    # Hourly, though little is due: a schedule that is lost with its container must not put it off for ever.
    "old hooks": {
        "task": "messaging.retention.forget_hooks",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "old raw material": {
        "task": "messaging.retention.forget_raw",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "old deliveries": {
        "task": "campaigns.tasks.forget_deliveries",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "old answers": {"task": "tenants.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 600}},
    "old lists": {"task": "consent.retention.forget_lists", "schedule": 3600.0, "options": {"expires": 600}},
    "purge": {
        "task": "messaging.evidence.purging.purge_all",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "packs": {
        "task": "messaging.evidence.making.tend_packs",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "launches": {"task": "messaging.scheduling.launch_due", "schedule": 15.0, "options": {"expires": 14}},
    "refused launches": {
        "task": "messaging.scheduling.tell_refused",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "standstills": {
        "task": "messaging.standstill.tell_of_standstills",
        "schedule": 600.0,
        "options": {"expires": 540},
    },
    "reports": {
        "task": "messaging.reports.mailing.mail_reports",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "departures": {
        "task": "messaging.ending.asking.tend_departures",
        "schedule": 300.0,
        "options": {"expires": 240},
    },
    "expiry": {"task": "compliance.tasks.warn_of_expiry", "schedule": 3600.0, "options": {"expires": 600}},
    "changes": {"task": "compliance.tasks.tell_changes", "schedule": 600.0, "options": {"expires": 300}},
    "facts": {"task": "compliance.tasks.gather_facts", "schedule": 3600.0, "options": {"expires": 600}},
}
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="retention")
app.autodiscover_tasks(["messaging.evidence"], related_name="purging")
app.autodiscover_tasks(["messaging.evidence"], related_name="making")
app.autodiscover_tasks(["messaging"], related_name="standstill")
app.autodiscover_tasks(["messaging"], related_name="scheduling")
app.autodiscover_tasks(["messaging"], related_name="tally")
app.autodiscover_tasks(["messaging.reports"], related_name="mailing")
app.autodiscover_tasks(["messaging.ending"], related_name="asking")
