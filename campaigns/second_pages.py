"""The second wording of a message: beside the first, saved, and taken out again."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import editing
from campaigns.campaign_pages import SAYS, say_saved, with_mark
from campaigns.editing import CannotEdit, ChangedMeanwhile, seen_mark
from campaigns.forms import WordsForm, require_words
from campaigns.merge_fields import FIELDS, parts_needed
from campaigns.models import Step
from campaigns.rendering import STOP_LINE
from campaigns.state import LAUNCHED, State, state_of
from campaigns.step_pages import step_of
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client
from tenants.models.member import AGENCY_ROLES


class SecondForm(WordsForm):
    """A second wording of a step, which half of the households read."""

    seen = forms.CharField(widget=forms.HiddenInput)
    field_order = ["subject", "body", "seen"]

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, step=step, **kwargs)
        require_words(self)

    def clean(self) -> dict[str, Any]:
        """It must be another one."""
        given: dict[str, Any] = super().clean() or {}
        same = given.get("body") == self.step.body and given.get("subject", "") == self.step.subject
        if same and not self.errors:
            self.add_error(
                "body", "These are the first wording's words. Change them, or there is nothing to compare."
            )
        return given


@client_page()
@require_http_methods(["GET", "POST"])
def step_second(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Both wordings side by side; saves the second."""
    chosen = step_of(client, campaign, step)
    if request.method == "GET":
        return _page(request, chosen, _form_of(chosen))
    if request.member.role not in STAFF:
        raise PermissionDenied(SAYS)
    form = SecondForm(request.POST, step=chosen)
    if not form.is_valid():
        return _page(request, chosen, form, status=422)
    given = form.cleaned_data
    try:
        with editing.change(chosen.campaign, given["seen"], request.user) as edit:
            _write(chosen, given.get("subject", ""), given["body"])
    except ChangedMeanwhile as refused:
        again = step_of(client, campaign, step)
        return _page(request, again, with_mark(form, again.campaign), conflict=str(refused), status=409)
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return _to(chosen)
    say_saved(request, edit.voided)
    return _to(chosen)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_second_remove(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Take the second wording out: everybody reads the first."""
    chosen = step_of(client, campaign, step)
    try:
        with editing.change(chosen.campaign, None, request.user) as edit:
            _write(chosen, "", "")
    except CannotEdit as refused:
        messages.error(request, str(refused))
    else:
        say_saved(request, edit.voided)
    return redirect("step", client=client.slug, campaign=chosen.campaign_id, step=chosen.pk)


def _write(chosen: Step, subject: str, body: str) -> None:
    """The second wording as given, with a seed of its own once there is one; only inside `editing.change`."""
    seed = chosen.split_seed or secrets.token_hex(16)
    chosen.other_subject, chosen.other_body, chosen.split_seed = subject, body, seed if body else ""
    chosen.needs = parts_needed([chosen.subject, chosen.body, subject, body])
    chosen.save()


def _form_of(chosen: Step) -> SecondForm:
    words = (
        {"subject": chosen.other_subject, "body": chosen.other_body}
        if chosen.has_second
        else {"subject": chosen.subject, "body": chosen.body}
    )
    return SecondForm(step=chosen, initial=words | {"seen": seen_mark(chosen.campaign)})


def _page(
    request: MemberRequest, chosen: Step, form: SecondForm, *, conflict: str = "", status: int = 200
) -> HttpResponse:
    state = state_of(chosen.campaign)
    values = {
        "campaign": chosen.campaign,
        "step": chosen,
        "form": form,
        "conflict": conflict,
        "editable": request.member.role in AGENCY_ROLES and state not in LAUNCHED and state != State.ARCHIVED,
        "voids": state in {State.ASKED, State.APPROVED},
        "fields": FIELDS,
        "stop_line": STOP_LINE,
    }
    return render(request, "campaigns/second.html", values, status=status)


def _to(chosen: Step) -> HttpResponse:
    return redirect(
        "step_second", client=chosen.campaign.client.slug, campaign=chosen.campaign_id, step=chosen.pk
    )
