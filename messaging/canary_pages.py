"""The page of the canaries: each sender, what its last one proved, and the button that sends another."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from compliance.models import Answer, Canary
from messaging.canaries import release
from messaging.test_send import NotPossible
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, Sender


@client_page(roles=STAFF, says="Only the agency's staff can send canaries.")
@require_http_methods(["GET", "POST"])
def canaries(request: MemberRequest, client: Client) -> HttpResponse:
    """Send a canary from one sender to ourselves, or see what became of the last."""
    if request.method == "POST":
        given = request.POST.get("sender", "")
        number = int(given) if given.isdecimal() and len(given) < 19 else 0
        sender = get_object_or_404(Sender, pk=number, client=client, ended_at=None)
        try:
            release(client, sender, request.user, partial(_told, request, client, sender))
        except NotPossible as why:
            messages.error(request, str(why))
        return redirect("canaries", client=client.slug)
    return render(request, "messaging/canaries.html", {
        "rows": _rows(client), "mailbox": request.user.email, "phone": client.agency.test_phone, "at": db_now(),
    })  # fmt: skip


def _told(request: MemberRequest, client: Client, sender: Sender, canary: Canary | None, to: str) -> None:
    if canary is None:
        messages.error(request, "The provider cannot be reached. Nothing was sent; try again in a minute.")
        return
    audit.record(
        "canary.sent", canary, client_id=client.pk, request=request, channel=sender.channel, answer=str(canary.answer)
    )  # fmt: skip
    if canary.answer == Answer.FAIL:
        messages.error(request, f"The provider refused it (code {canary.code}). Nothing was sent.")
    else:
        messages.success(request, f"The canary is on its way to {to}. Look again in a minute.")


def _rows(client: Client) -> list[tuple[Sender, Canary | None, str]]:
    """Every sender in use with its newest canary, and where the next one goes: two queries."""
    senders = Sender.objects.filter(client=client, ended_at=None).order_by("channel", "address")
    newest = {
        canary.sender_id: canary
        for canary in Canary.objects.filter(client=client, sender__in=senders)
        .order_by("sender", "-sent_at", "-pk")
        .distinct("sender")
    }
    return [
        (each, newest.get(each.pk), "phone" if each.channel == Channel.SMS else "mailbox") for each in senders
    ]
