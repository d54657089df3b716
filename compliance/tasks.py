"""The rounds that gather facts: windows of the clock, sender domains, registrations. Each repeats itself without harm."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Exists, OuterRef

from campaigns.models import Campaign
from compliance import changes, expiring
from compliance.counting import make
from compliance.do_not_call import judging
from compliance.domains import check as domains
from compliance.lookups import running
from compliance.mail_domains import running as mail_domains
from compliance.models import DomainCheck, LookupRun, RegistryFile, SmsRegistration
from compliance.registrations import check as registrations
from compliance.windows import draw
from tenants.clock import db_now
from tenants.models import Channel, Client, Sender
from tenants.scope import acting_for, acting_for_every_client

log = logging.getLogger(__name__)
STILL_FRESH = timedelta(hours=20)  # of the 24 an answer is good for


@shared_task
def draw_windows(client_id: int | None = None, anew: bool = False) -> int:
    """Draw sending windows for one client (after an import; `anew` after its hours changed) or for all."""
    drawn = 0
    for client in _clients(client_id):
        try:
            drawn += draw(client, anew=anew)
        except Exception:
            log.exception("windows not drawn", extra={"client": client.pk})
    return drawn


@shared_task
def gather_facts(client_id: int | None = None) -> int:
    """Look again at every sender domain and number whose last look is older than 20 hours; returns how many looks."""
    looks = 0
    for client in _clients(client_id):
        try:
            looks += _gather(client)
        except Exception:
            log.exception("facts not gathered", extra={"client": client.pk})
    return looks


def _clients(client_id: int | None) -> list[Client]:
    clients = Client.objects.order_by("pk")
    return list(clients.filter(pk=client_id) if client_id is not None else clients)


def _gather(client: Client) -> int:
    """DNS and Twilio are asked between two transactions, so that no connection waits for them."""
    with acting_for(client.pk):
        since = db_now() - STILL_FRESH
        senders = Sender.objects.filter(client=client, ended_at=None)
        # A pass that something ended, as another mail server does, is looked for again.
        looked = DomainCheck.objects.filter(
            client=client, domain=OuterRef("domain"), checked_at__gt=since, ended_at=None
        )
        due = senders.filter(~Exists(looked), channel=Channel.EMAIL).exclude(domain="").order_by()
        asked = [domains.asked_of(client, each) for each in due.values_list("domain", flat=True).distinct()]
        seen_lately = SmsRegistration.objects.filter(
            client=client, sender=OuterRef("pk"), checked_at__gt=since
        )
        numbers = list(senders.filter(~Exists(seen_lately), channel=Channel.SMS))
        credentials = registrations.credentials_of(client.pk) if numbers else None
    for each in asked:
        seen = domains.look(each)
        with acting_for(client.pk):
            domains.store(client, each.domain, seen)
    for sender in numbers:
        answer = registrations.look(sender, credentials)
        with acting_for(client.pk):
            registrations.store(sender, answer, registrations.inbound_address(credentials))
    return len(asked) + len(numbers)


@shared_task
def read_registry(client_id: int, file_id: int) -> bool:
    """Read one file of the do-not-call registry; may ring twice."""
    return judging.judge(client_id, file_id)


@shared_task
def resume_registries() -> int:
    """Ring again for every registry file whose bell was lost or whose worker died."""
    with acting_for_every_client():
        waiting = list(
            RegistryFile.objects.filter(state=RegistryFile.State.WAITING).values_list("client_id", "pk")
        )
    for client_id, file_id in waiting:
        read_registry.apply_async((client_id, file_id), expires=55)
    return len(waiting)


@shared_task
def look_up_numbers(client_id: int, run_id: int) -> bool:
    """Ask the carrier about some of a run's numbers; True while more are left. May ring twice: each is asked about once."""
    more = running.go_on(client_id, run_id)
    if more:
        look_up_numbers.apply_async((client_id, run_id))
    return more


@shared_task
def resume_lookups() -> int:
    """Ring again for runs whose bell was lost or whose worker died."""
    with acting_for_every_client():
        under_way = list(
            LookupRun.objects.filter(state=LookupRun.State.RUNNING).values_list("client_id", "pk")
        )
    for ids in under_way:
        look_up_numbers.apply_async(ids, expires=55)
    return len(under_way)


@shared_task
def look_at_mail_domains(client_id: int) -> bool:
    """Ask whether the domains of a client's mail addresses take mail, for a while; True while more are left. May ring twice."""
    more = mail_domains.go_on(client_id)
    if more:
        look_at_mail_domains.apply_async((client_id,))
    return more


@shared_task
def look_at_new_mail(client_id: int, contacts: list[int]) -> bool:
    """Ask at once for people who came one by one; what a lost bell leaves, the round finds. True while more are left."""
    more = mail_domains.go_on(client_id, only=contacts)
    if more:
        look_at_mail_domains.apply_async((client_id,))
    return more


@shared_task
def tend_mail_domains() -> int:
    """Ring for every client: people come by other doors than imports, and answers grow old."""
    clients = _clients(None)
    for client in clients:
        look_at_mail_domains.apply_async((client.pk,), expires=550)
    return len(clients)


@shared_task
def warn_of_expiry() -> int:
    """Tell people of agreements that run out within 60, 30 and 7 days; each is told once."""
    taken = 0
    for client in _clients(None):
        try:
            taken += expiring.warn(client)
        except Exception:
            log.exception("expiry not looked at", extra={"client": client.pk})
    return taken


@shared_task
def tell_changes() -> int:
    """Look again at campaigns that were signed, and tell people of what went out of order since; each is told once."""
    taken = 0
    for client in _clients(None):
        try:
            taken += changes.look(client)
        except Exception:
            log.exception("changes not looked at", extra={"client": client.pk})
    return taken


@shared_task
def count_audience(client_id: int, campaign_id: int) -> None:
    """Count a long list for the page that waits for it."""
    with acting_for(client_id):
        campaign = Campaign.objects.select_related("client", "location").filter(pk=campaign_id).first()
        if campaign is not None:
            make(campaign)
