"""Which mails a person gets: some may be turned off, those that keep somebody safe or prove something may not."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tenants import audit
from tenants.access import MemberRequest, signed_in
from tenants.models import MailChoice

ALWAYS = [
    (
        "A campaign was paused because of bounces, complaints, opt-outs or errors",
        "people may be harmed while nobody looks",
    ),
    ("The record of a client was tampered with", "nothing of it is sealed until somebody acts"),
    ("Emergency access was asked for or granted", "it opens a client’s data to somebody new"),
    ("Something changed after the client’s signature", "what was signed is not what would be sent"),
    ("A system that is told of opt-outs cannot be reached", "it may go on writing to who said no"),
    ("A launch that was put off did not begin", "somebody counts on it"),
    ("An agreement runs out within 7 days", "nothing may be sent without it"),
    ("Requests to sign, codes, copies of signatures, objections", "they prove what was agreed"),
    ("The end of an engagement; your invitation, your second factor", "nobody else would notice a wrong one"),
]


class ChoicesForm(forms.Form):
    """The kinds that are wanted."""

    wanted = forms.MultipleChoiceField(
        label="Mail me when", choices=MailChoice.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="What you turn off stands on the pages all the same. If nobody would be told of something that waits, everybody is.",
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def mail_choices(request: MemberRequest) -> HttpResponse:
    """One's own choice, for all clients."""
    mine = MailChoice.objects.filter(user=request.user)
    off = set(mine.values_list("kind", flat=True))
    wanted = [kind for kind in MailChoice.Kind.values if kind not in off]
    form = ChoicesForm(request.POST if request.method == "POST" else None, initial={"wanted": wanted})
    if request.method == "POST" and form.is_valid():
        now_off = [kind for kind in MailChoice.Kind.values if kind not in form.cleaned_data["wanted"]]
        mine.exclude(kind__in=now_off).delete()
        rows = [MailChoice(user=request.user, kind=kind) for kind in now_off]
        MailChoice.objects.bulk_create(rows, ignore_conflicts=True)
        audit.record_account("account.mails_chosen", by=request.user, request=request, off=now_off)
        messages.success(request, "Saved.")
        return redirect("mail_choices")
    values = {"form": form, "always": ALWAYS}
    return render(request, "tenants/mail_choices.html", values, status=422 if form.errors else 200)


def willing(kind: str, addresses: Iterable[str], *, somebody: bool = True) -> list[str]:
    """Those of these addresses that want mails of this kind, in their order. `somebody`: if none does, all get it."""
    given = list(addresses)
    unwilling = set(
        MailChoice.objects.filter(kind=kind, user__email__in=given).values_list("user__email", flat=True)
    )
    found = [each for each in given if each not in unwilling]
    return found or (given if somebody else [])
