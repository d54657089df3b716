"""Adding and ending senders; a client's accounts at providers."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.fingerprint import refresh_client
from compliance.account_trial import NotAccepted, try_account
from compliance.forms import accounts, senders
from compliance.pages.readiness import ONLY_STAFF
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, Provider, ProviderAccount, Sender
from tenants.step_up import lately_proven


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, client: Client, channel: str) -> HttpResponse:
    """Add a number or a From address."""
    made = senders.FORMS.get(channel)
    if made is None:
        raise Http404
    form = made(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        sender = form.save()
        audit.record(
            "sender.added",
            sender,
            client_id=client.pk,
            request=request,
            channel=channel,
            purposes=sender.purposes,
        )
        messages.success(request, "The sender is added. Press “check now” on its card to look at it.")
        return redirect("readiness", client=client.slug)
    title = "Add a number" if channel == Channel.SMS else "Add a From address"
    return render(
        request,
        "compliance/sender.html",
        {"form": form, "title": title},
        status=422 if form.is_bound else 200,
    )


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def end(request: MemberRequest, client: Client, sender: int) -> HttpResponse:
    """End a sender now: from the next message on nothing is sent from it."""
    row = get_object_or_404(Sender, pk=sender, client=client)
    if Sender.objects.filter(pk=row.pk, client=client).end(db_now()):
        refresh_client(client)
        audit.record("sender.ended", row, client_id=client.pk, request=request)
        messages.success(
            request,
            "The sender is ended. Campaigns that use it wait until they name another and are signed anew.",
        )
    return redirect("readiness", client=client.slug)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_http_methods(["GET", "POST"])
@lately_proven
def account(request: MemberRequest, client: Client, provider: str) -> HttpResponse:
    """Enter or change a client's account at a provider."""
    made = accounts.FORMS.get(provider)
    if made is None:
        raise Http404
    form = made(request.POST or None, client=client)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        audit.record("provider_account.saved", row, client_id=client.pk, request=request, provider=provider)
        messages.success(request, "The account is saved. Press test to try it.")
        return redirect("readiness", client=client.slug)
    context = {"form": form, "title": f"{Provider(provider).label} account"}
    return render(request, "compliance/account.html", context, status=422 if form.is_bound else 200)


@client_page(roles=STAFF, says=ONLY_STAFF)
@require_POST
def test_account(request: MemberRequest, client: Client, provider: str) -> HttpResponse:
    """Ask the provider whether it accepts the credentials on file."""
    row = get_object_or_404(ProviderAccount, client=client, provider=provider, ended_at=None)
    try:
        if not row.is_readable:
            raise NotAccepted(  # noqa: TRY301
                "No key of this installation opens what is on file for this account. Enter its settings again."
            )
        messages.success(request, try_account(provider, row.credentials()))
        accepted = True
    except NotAccepted as why:
        messages.error(request, str(why))
        accepted = False
    audit.record("provider_account.tested", row, client_id=client.pk, request=request, accepted=accepted)
    return redirect("readiness", client=client.slug)
