"""The peers that are no Celery tasks, and the filling: `python -m tests.benchmarks.peers.loops fill sms 2000`."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.peers.settings")

import django  # noqa: E402

django.setup()

from django.core.mail import EmailMessage, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.benchmarks.folk import BODY, mailbox, phone  # noqa: E402
from tests.benchmarks.peers.reference import key_of, reference, seal  # noqa: E402

MERGED = 1000


def fill(channel: str, number: str) -> None:
    """The tables anew, with so many people."""
    from post_office.models import STATUS, Email

    from tests.benchmarks.peers.models import Recipient

    call_command("migrate", run_syncdb=True, verbosity=0)
    Recipient.objects.all().delete()
    Email.objects.all().delete()
    if channel == "post_office":
        Email.objects.bulk_create(
            [
                Email(from_email="hello@mail.example.org", to=mailbox(at), subject="Your visit", message=BODY,
                      status=STATUS.queued, priority=2)
                for at in range(int(number))
            ]
        )  # fmt: skip
        return
    if channel == "reference":
        Recipient.objects.bulk_create(
            [Recipient(address=seal(phone(at)), body=seal(BODY), key=key_of(phone(at))) for at in range(int(number))],
            batch_size=5000,
        )  # fmt: skip
        return
    Recipient.objects.bulk_create(
        Recipient(
            address=phone(at) if channel == "sms" else mailbox(at),
            body=BODY,
        )
        for at in range(int(number))
    )  # fmt: skip


def enqueue(task: str) -> None:
    """One task a recipient."""
    from tests.benchmarks.peers.celery import app
    from tests.benchmarks.peers.models import Recipient

    send = app.tasks[f"peers.{task}"].delay
    for pk in Recipient.objects.order_by("pk").values_list("pk", flat=True):
        send(pk)


def post_office() -> None:
    """Its own command, in two processes."""
    call_command("send_queued_mail", processes=2, log_level=0)


def merged() -> None:
    """Anymail, a thousand people a request."""
    from django.utils import timezone

    from tests.benchmarks.peers.models import OptOut, Recipient

    connection = get_connection("anymail.backends.sendgrid.EmailBackend")
    rows = list(Recipient.objects.filter(status="queued").order_by("pk"))
    gone = set(OptOut.objects.values_list("address", flat=True))
    for begin in range(0, len(rows), MERGED):
        some = [row for row in rows[begin : begin + MERGED] if row.address not in gone]
        message: Any = EmailMessage(
            "Your visit", BODY, "hello@mail.example.org", [row.address for row in some], connection=connection
        )
        message.merge_data = {row.address: {"name": "Jane"} for row in some}
        message.send()
        Recipient.objects.filter(pk__in=[row.pk for row in some]).update(
            status="sent", sent_at=timezone.now()
        )


if __name__ == "__main__":
    {each.__name__: each for each in (fill, enqueue, post_office, merged, reference)}[sys.argv[1]](
        *sys.argv[2:]
    )
