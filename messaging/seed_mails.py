"""A seed mail of each sender domain to oneself, and its received headers brought back: proof that one click is signed."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from compliance.domains.seed import NotThisMail, read
from compliance.models import Answer, SeedMail
from messaging.delivery import hand_over_test
from messaging.providers.base import NotConnected, Outcome, Outgoing
from messaging.test_send import NotPossible, may_send
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, ProviderAccount, Sender, User

AN_HOUR = 10  # seed mails of a client
TOLD = {
    Answer.PASS: (messages.success, "One click is signed: proven."),
    Answer.FAIL: (messages.error, "One click is not signed. Mails of this domain wait until it is."),
    Answer.UNKNOWN: (messages.warning, "The mailbox does not say whether the signature is valid."),
}


@client_page(roles=STAFF, says="Only the agency's staff can send seed mails.")
@require_http_methods(["GET", "POST"])
def seed_mails(request: MemberRequest, client: Client) -> HttpResponse:
    """Send a seed mail to one's own mailbox, or paste what arrived."""
    if request.method == "POST":
        try:
            _bring_back(request, client) if "seed" in request.POST else _send(request, client)
        except (NotPossible, NotThisMail) as why:
            messages.error(request, str(why))
        return redirect("seed_mails", client=client.slug)
    senders = _senders(client)
    newest = {
        seed.domain: seed
        for seed in SeedMail.objects.filter(client=client, domain__in=[each.domain for each in senders])
        .order_by("domain", "-sent_at")
        .distinct("domain")
    }
    proving = set(SeedMail.objects.proving(db_now()).filter(client=client).values_list("pk", flat=True))
    rows = [
        (sender, seed, seed is not None and seed.answer == Answer.PASS and seed.pk not in proving)
        for sender in senders
        for seed in [newest.get(sender.domain)]
    ]
    return render(request, "messaging/seed_mails.html", {"rows": rows, "mailbox": request.user.email})


def _senders(client: Client) -> list[Sender]:
    """One From address of each domain."""
    senders = Sender.objects.filter(client=client, channel=Channel.EMAIL, ended_at=None).exclude(domain="")
    return list(senders.order_by("domain", "pk").distinct("domain"))


def _send(request: MemberRequest, client: Client) -> None:
    sender = next((each for each in _senders(client) if each.domain == request.POST.get("domain")), None)
    if sender is None:
        raise Http404
    who: User = request.user
    may_send(client, sender, who.email)
    at = db_now()
    if SeedMail.objects.filter(client=client, sent_at__gt=at - timedelta(hours=1)).count() >= AN_HOUR:
        raise NotPossible(f"{AN_HOUR} seed mails were sent in the last hour. Wait a little.")
    account = ProviderAccount.objects.in_force(at).filter(client=client, provider=sender.provider).first()
    if account is None:
        raise NotPossible("The sender is not connected to a provider. Readiness says what is missing.")
    code = secrets.token_hex(6)
    try:
        receipt = hand_over_test(account, _outgoing(sender, who.email, code))
    except NotConnected:
        raise NotPossible(
            "The provider cannot be reached. Nothing was sent; try again in a minute."
        ) from None
    if receipt.outcome not in (Outcome.ACCEPTED, Outcome.UNKNOWN):
        raise NotPossible(f"The provider did not take the mail (code {receipt.code}). Nothing was sent.")
    seed = SeedMail.objects.create(client=client, domain=sender.domain, code=code, sent_by=who)
    audit.record("seed.sent", seed, client_id=client.pk, request=request, domain=sender.domain)
    messages.success(
        request, f"The seed mail is on its way to {who.email}. Paste its source here when it arrived."
    )


def _outgoing(sender: Sender, to: str, code: str) -> Outgoing:
    link = settings.PUBLIC_URL + reverse("unsubscribe", args=["test"])  # names nobody
    words = f"This mail proves how mails of {sender.domain} are signed. Open its source and paste it in Clear to Send."
    return Outgoing(
        attempt_id=uuid.uuid4(), to=to, sender_address=sender.address, sender_name=sender.display_name,
        subject=f"[Seed] {code}", text=words, html=f"<p>{words}</p>", unsubscribe_url=link, valid_for=600,
    )  # fmt: skip


def _bring_back(request: MemberRequest, client: Client) -> None:
    given = request.POST["seed"]
    number = int(given) if given.isdecimal() and len(given) < 19 else 0
    seed = get_object_or_404(SeedMail, pk=number, client=client)
    seed = read(seed, request.POST.get("source", ""))
    audit.record(
        "seed.read", seed, client_id=client.pk, request=request, domain=seed.domain, answer=str(seed.answer)
    )
    say, words = TOLD[Answer(seed.answer)]
    say(request, words)
