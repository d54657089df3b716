"""The end of an engagement: what is taken along, what is deleted, in numbers, and the two people it takes."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from compliance.models import Stop
from compliance.pages.stops import StopRequest, says_when_it_stands
from messaging.ending import asking, deleting
from messaging.ending.deleting import CannotDelete
from messaging.evidence.pages import WHOLE, WHOLE_SAYS, ask_for_pack
from messaging.models import Certificate
from tenants.access import MemberRequest, client_page
from tenants.models import Client
from tenants.step_up import lately_proven

SAYS = "An engagement is ended by the agency's owner and the practice's compliance contact."


class NameForm(forms.Form):
    """The practice's name, typed: nobody deletes the wrong one by a slip."""

    name = forms.CharField(label="The practice's name, to be sure", max_length=120)

    def __init__(self, *args: object, client: Client, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.client = client
        self.fields["name"].help_text = f"Type {client.name}"

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"])
        if " ".join(typed.split()).casefold() != " ".join(self.client.name.split()).casefold():
            raise forms.ValidationError(f"Type the name as it stands here: {self.client.name}.")
        return typed


@client_page(roles=WHOLE, says=SAYS)
@require_GET
def ending(request: MemberRequest, client: Client) -> HttpResponse:
    """What would go, what stays, and where it stands."""
    return _page(request, client, NameForm(client=client))


@client_page(roles=WHOLE, says=WHOLE_SAYS)
@require_POST
@lately_proven
def ending_export(request: MemberRequest, client: Client) -> HttpResponse:
    """Have everything the client owns put into one file."""
    return ask_for_pack(request, client, whole=True)


@says_when_it_stands
@client_page(roles=WHOLE, says=SAYS)
@require_POST
@lately_proven
def ending_ask(request: StopRequest, client: Client) -> HttpResponse:
    """Ask for the deletion. Sending stops."""
    form = NameForm(request.POST, client=client)
    if not form.is_valid():
        return _page(request, client, form, status=422)
    answer = _done(request, client, lambda: asking.ask(client, request.user, request),
                   "Asked. Whoever can agree was written to.")  # fmt: skip
    stop = Stop.objects.filter(client=client, campaign=None, ended_at=None).first()
    if stop is not None and asking.open_departure(client) is not None:
        request.stopped = stop, "All sending is paused."
    return answer


@client_page(roles=WHOLE, says=SAYS)
@require_POST
@lately_proven
def ending_withdraw(request: MemberRequest, client: Client) -> HttpResponse:
    """Take it back."""
    return _done(request, client, lambda: asking.withdraw(client, request.user, request),
                 "Taken back. Sending stays paused until somebody of the agency lets it run again.")  # fmt: skip


@client_page(roles=WHOLE, says=SAYS)
@require_POST
@lately_proven
def ending_agree(request: MemberRequest, client: Client) -> HttpResponse:
    """The second person agrees; a worker deletes."""
    form = NameForm(request.POST, client=client)
    if not form.is_valid():
        return _page(request, client, form, status=422)
    return _done(request, client, lambda: asking.agree(client, request.user, request),
                 "Agreed. It is being deleted; the certificate is mailed to everybody concerned.")  # fmt: skip


def _done(request: MemberRequest, client: Client, deed: Callable[[], object], says: str) -> HttpResponse:
    try:
        with transaction.atomic():
            deed()
    except CannotDelete as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, says)
    return redirect("ending", client=client.slug)


def _page(request: MemberRequest, client: Client, form: NameForm, status: int = 200) -> HttpResponse:
    asked = asking.open_departure(client)
    try:
        deleting.refuse_if_held(client)
        held = ""
    except CannotDelete as refused:
        held = str(refused)
    context = {
        "form": form,
        "asked": asked,
        "mine": asked is not None and asked.asked_by_id == request.user.pk,
        "held": held,
        "export": asking.last_export(client),
        "numbers": deleting.numbers(client),
        "kept": deleting.kept(client),
        "certificate": Certificate.objects.filter(client=client, what="client").order_by("-pk").first(),
    }
    return render(request, "messaging/ending.html", context, status=status)
