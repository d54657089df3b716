"""A message's other words: the second wording that half of the households read, and the Spanish ones. Saved, and taken out again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import editing, wordings
from campaigns.campaign_pages import SAYS, say_saved, with_mark
from campaigns.editing import CannotEdit, ChangedMeanwhile, seen_mark
from campaigns.forms import WordsForm, require_words
from campaigns.merge_fields import FIELDS, parts_needed
from campaigns.models import Step
from campaigns.spanish_words import spanish_of
from campaigns.spoken import STOP_LINE, said
from campaigns.state import LAUNCHED, State, state_of
from campaigns.step_pages import step_of
from consent.models import Contact
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Client
from tenants.models.member import AGENCY_ROLES


@dataclass(frozen=True)
class Kind:
    """Which other words: where they are kept, and what a page calls them."""

    letter: str
    prefix: str
    page: str
    heading: str
    named: str
    same: str

    def of(self, step: Step) -> dict[str, str]:
        """The words that are kept; both empty where there are none."""
        return {part: getattr(step, f"{self.prefix}{part}") for part in ("subject", "body")}


SECOND = Kind(
    wordings.SECOND, "other_", "step_second", "Second wording", "Wording B",
    "These are the first wording's words. Change them, or there is nothing to compare.",
)  # fmt: skip
SPANISH = Kind(
    wordings.SPANISH, "spanish_", "step_spanish", "Spanish words", "Spanish",
    "These are the English words. Write them in Spanish.",
)  # fmt: skip


class OtherWordsForm(WordsForm):
    """Other words of a step."""

    seen = forms.CharField(widget=forms.HiddenInput)
    field_order = ["subject", "body", "seen"]

    def __init__(self, *args: Any, step: Step, kind: Kind, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, step=step, **kwargs)
        require_words(self)

    def clean(self) -> dict[str, Any]:
        """They must be others."""
        given: dict[str, Any] = super().clean() or {}
        same = given.get("body") == self.step.body and given.get("subject", "") == self.step.subject
        if same and not self.errors:
            self.add_error("body", self.kind.same)
        return given


@client_page()
@require_http_methods(["GET", "POST"])
def step_second(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Both wordings side by side; saves the second."""
    return _edited(request, client, campaign, step, SECOND)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_second_remove(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Take the second wording out: everybody reads the first."""
    return _removed(request, client, campaign, step, SECOND)


@client_page()
@require_http_methods(["GET", "POST"])
def step_spanish(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """The words for whoever reads Spanish, beside the English; saves them."""
    return _edited(request, client, campaign, step, SPANISH)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_spanish_remove(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Take the Spanish words out: everybody reads the English."""
    return _removed(request, client, campaign, step, SPANISH)


def _edited(request: MemberRequest, client: Client, campaign: int, step: int, kind: Kind) -> HttpResponse:
    chosen = step_of(client, campaign, step)
    if request.method == "GET":
        return _page(request, chosen, kind, _form_of(chosen, kind))
    if request.member.role not in STAFF:
        raise PermissionDenied(SAYS)
    form = OtherWordsForm(request.POST, step=chosen, kind=kind)
    if not form.is_valid():
        return _page(request, chosen, kind, form, status=422)
    given = form.cleaned_data
    try:
        with editing.change(chosen.campaign, given["seen"], request.user) as edit:
            _write(chosen, kind, given.get("subject", ""), given["body"])
    except ChangedMeanwhile as refused:
        again = step_of(client, campaign, step)
        return _page(request, again, kind, with_mark(form, again.campaign), conflict=str(refused), status=409)
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return _to(chosen, kind)
    say_saved(request, edit.voided)
    return _to(chosen, kind)


def _removed(request: MemberRequest, client: Client, campaign: int, step: int, kind: Kind) -> HttpResponse:
    chosen = step_of(client, campaign, step)
    try:
        with editing.change(chosen.campaign, None, request.user) as edit:
            _write(chosen, kind, "", "")
    except CannotEdit as refused:
        messages.error(request, str(refused))
    else:
        say_saved(request, edit.voided)
    return redirect("step", client=client.slug, campaign=chosen.campaign_id, step=chosen.pk)


def _write(chosen: Step, kind: Kind, subject: str, body: str) -> None:
    """The words as given; only inside `editing.change`. A second wording gets a seed of its own once there is one."""
    setattr(chosen, f"{kind.prefix}subject", subject)
    setattr(chosen, f"{kind.prefix}body", body)
    chosen.split_seed = (chosen.split_seed or secrets.token_hex(16)) if chosen.has_second else ""
    chosen.needs = parts_needed(chosen.all_words)
    chosen.save()


def _form_of(chosen: Step, kind: Kind) -> OtherWordsForm:
    words = kind.of(chosen)
    if not words["body"]:
        words = {"subject": chosen.subject, "body": chosen.body}
        if kind is SPANISH and (known := spanish_of(**words))[1]:
            words = dict(zip(words, known, strict=True))
    return OtherWordsForm(step=chosen, kind=kind, initial=words | {"seen": seen_mark(chosen.campaign)})


def _page(
    request: MemberRequest,
    chosen: Step,
    kind: Kind,
    form: OtherWordsForm,
    *,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    state = state_of(chosen.campaign)
    values = {
        "campaign": chosen.campaign,
        "step": chosen,
        "kind": kind,
        "kept": kind.of(chosen),
        "form": form,
        "conflict": conflict,
        "editable": request.member.role in AGENCY_ROLES and state not in LAUNCHED and state != State.ARCHIVED,
        "voids": state in {State.ASKED, State.APPROVED},
        "fields": FIELDS,
        "stop_line": said(STOP_LINE, wordings.language_of(kind.letter)),
    }
    if kind is SPANISH:
        values["readers"] = Contact.objects.filter(client=chosen.client_id, language="es").count()
    return render(request, "campaigns/wording.html", values, status=status)


def _to(chosen: Step, kind: Kind) -> HttpResponse:
    return redirect(
        kind.page, client=chosen.campaign.client.slug, campaign=chosen.campaign_id, step=chosen.pk
    )
