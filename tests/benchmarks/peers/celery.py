"""One task a recipient, with the official SDKs."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.utils import timezone

from tests.benchmarks.folk import ACCOUNT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.peers.settings")
app = Celery("peers", broker=os.environ["PEERS_BROKER_URL"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=32,
    worker_hijack_root_logger=False,
    CELERY_DB_REUSE_MAX=1_000_000,  # otherwise each task connects anew
)
_kept: dict[str, Any] = {}


def texting() -> Any:
    """One client a process, its requests sent to the stub."""
    if "twilio" not in _kept:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        class ToStub(TwilioHttpClient):  # type: ignore[misc]
            def request(self, method: str, url: str, *given: Any, **named: Any) -> Any:
                return super().request(
                    method, url.replace("https://api.twilio.com", os.environ["STUB_URL"]), *given, **named
                )

        _kept["twilio"] = Client(ACCOUNT, "secret", http_client=ToStub(timeout=10))
    return _kept["twilio"]


def mailing() -> Any:
    if "sendgrid" not in _kept:
        from sendgrid import SendGridAPIClient

        _kept["sendgrid"] = SendGridAPIClient("SG.key", host=os.environ["STUB_URL"])
    return _kept["sendgrid"]


@app.task(name="peers.text")
def text(recipient: int) -> None:
    """Read, look for an opt-out, mark, send, note."""
    from tests.benchmarks.peers.models import OptOut, Recipient

    row = Recipient.objects.get(pk=recipient)
    if row.status != "queued" or OptOut.objects.filter(address=row.address).exists():
        return
    Recipient.objects.filter(pk=row.pk, status="queued").update(status="sending")
    made = texting().messages.create(to=row.address, from_="+15742310600", body=row.body)
    Recipient.objects.filter(pk=row.pk).update(status="sent", provider_id=made.sid, sent_at=timezone.now())


@app.task(name="peers.mail")
def mail(recipient: int) -> None:
    """The same by mail."""
    from sendgrid.helpers.mail import Mail

    from tests.benchmarks.peers.models import OptOut, Recipient

    row = Recipient.objects.get(pk=recipient)
    if row.status != "queued" or OptOut.objects.filter(address=row.address).exists():
        return
    Recipient.objects.filter(pk=row.pk, status="queued").update(status="sending")
    answer = mailing().send(
        Mail("hello@mail.example.org", row.address, "Your visit", plain_text_content=row.body)
    )
    Recipient.objects.filter(pk=row.pk).update(
        status="sent", provider_id=answer.headers.get("X-Message-Id", ""), sent_at=timezone.now()
    )
