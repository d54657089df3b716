"""A test of one step to oneself: through the real provider, to nobody but the agency, counted nowhere."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns.fingerprint import signed_content
from campaigns.models import Step
from campaigns.rendering import Rendered, Unrenderable, render, step_at
from campaigns.sample_people import MADE_UP
from campaigns.versions import problems
from compliance.models import Stop, StopEverything
from consent.models import Address, Suppression
from messaging.delivery import hand_over_test
from messaging.providers.base import NotConnected, Outcome, Outgoing, Receipt
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import AuditEvent, Channel, Client, Provider, ProviderAccount, Sender, User

MARK = "[Test] "
AN_HOUR = 20  # tests of one member; more is a campaign, not a test
VALID_FOR = 600  # seconds the provider may keep trying: who tests, waits for it


class NotPossible(Exception):
    """This test cannot be sent; the message is a sentence for the member."""


@client_page(roles=STAFF, says="Only the agency's staff can send tests.")
@require_POST
def test_send(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Send the saved step to oneself: mail to one's own address, a text to the agency's test number. `wording`: another than the first."""
    rows = Step.objects.select_related("campaign__client__agency", "campaign__location", "sender")
    found: Step = get_object_or_404(rows, pk=step, campaign=campaign, client=client)
    try:
        receipt, to = send_to_oneself(found, request.user, request.POST.get("wording", ""))
    except NotPossible as refused:
        messages.error(request, str(refused))
    else:
        said: dict[str, Any] = {
            "channel": found.channel,
            "outcome": receipt.outcome.value,
            "code": receipt.code,
        }
        audit.record("step.test_sent", found, client_id=client.pk, request=request, **said)
        _say(request, receipt, to)
    return redirect("step", client=client.slug, campaign=campaign, step=step)


def send_to_oneself(step: Step, who: User, wording: str = "") -> tuple[Receipt, str]:
    """Hand the step over once, marked as a test and with a made-up person's values; returns the receipt and where it went.

    Writes nothing: the attempt's id is in no table, so that nothing told about it later counts. Raises `NotPossible`.
    """
    client, at = step.campaign.client, db_now()
    to = who.email if step.channel == Channel.EMAIL else client.agency.test_phone
    may_send(client, step.sender, to)
    mine = AuditEvent.objects.filter(actor=who, verb="step.test_sent", at__gt=at - timedelta(hours=1))
    if mine.count() >= AN_HOUR:
        raise NotPossible(f"You sent {AN_HOUR} tests in the last hour. Wait a little.")
    account = ProviderAccount.objects.in_force(at).filter(provider=step.sender.provider).first()
    if account is None or step.sender.ended_at is not None:
        raise NotPossible(
            "The sender of this step is not connected to a provider. Readiness says what is missing."
        )
    try:
        return hand_over_test(account, _outgoing(step, to, wording)), to
    except NotConnected:
        raise NotPossible(
            "The provider cannot be reached. Nothing was sent; try again in a minute."
        ) from None


def may_send(client: Client, sender: Sender, to: str) -> None:
    """Whether anything at all may go to ourselves from this sender; raises `NotPossible`. Inside the client's scope."""
    at = db_now()
    if sender.provider == Provider.SENDGRID and client.needs_agreement:
        raise NotPossible(
            "SendGrid signs no business associate agreement, so it carries none of this client's mail, not even a test."
        )
    if (
        StopEverything.objects.in_force(at).exists()
        or Stop.objects.in_force(at).filter(client=client, campaign=None).exists()
    ):
        raise NotPossible("Sending is stopped, so no test is sent either. Release it first.")
    if not to:
        raise NotPossible("The agency has no number for test texts. Its owner sets one on the Team page.")
    known = Address.objects.known(sender.channel, to)
    if known is not None and Suppression.objects.in_force(at).filter(address=known).exists():
        raise NotPossible(
            "This address opted out of this client's messages, so no test is sent there. Texting START lifts it."
        )


def _outgoing(step: Step, to: str, wording: str) -> Outgoing:
    words = _words(step, wording)
    return Outgoing(
        attempt_id=uuid.uuid4(), to=to, sender_address=step.sender.address, sender_name=step.sender.display_name,
        messaging_service=step.sender.messaging_service, subject=MARK + words.subject if words.subject else "",
        text=words.text if words.subject else MARK + words.text, html=words.html, valid_for=VALID_FOR,
    )  # fmt: skip


def _words(step: Step, wording: str) -> Rendered:
    content = signed_content(step.campaign)
    alone = content | {"steps": [step_at(content, step.position)]}
    if missing := problems(alone):
        raise NotPossible(missing[0])
    link = settings.PUBLIC_URL + reverse(
        "unsubscribe", args=["test"]
    )  # names nobody: it opens the page that says so
    try:
        return render(content, step.position, MADE_UP.person, link, wording)
    except Unrenderable as why:
        raise NotPossible(str(why)) from None


def _say(request: MemberRequest, receipt: Receipt, to: str) -> None:
    match receipt.outcome:
        case Outcome.ACCEPTED:
            messages.success(
                request, f"The test is on its way to {to}. It is marked {MARK.strip()} and counts nowhere."
            )
        case Outcome.UNKNOWN:
            messages.warning(
                request, f"The provider's answer did not arrive: the test may reach {to}, or not."
            )
        case _:
            messages.error(
                request, f"The provider did not take the test (code {receipt.code}). Nothing was sent."
            )
