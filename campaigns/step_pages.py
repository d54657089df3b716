"""One step of the editor: its words, its place, and how it looks to a real person."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import editing, segments
from campaigns.campaign_pages import SAYS, editor, found_campaign, say_saved, with_mark
from campaigns.editing import CannotEdit, ChangedMeanwhile
from campaigns.fingerprint import signed_content
from campaigns.forms import StepForm, WordsForm
from campaigns.mail_frame import mail_page
from campaigns.merge_fields import BY_NAME, parts_needed
from campaigns.models import Campaign, Step
from campaigns.rendering import Rendered, Unrenderable, as_typed, text_of
from campaigns.rendering import render as render_step
from campaigns.sample_people import KINDS, Sample, sample
from campaigns.starters import no_sender, sender_for
from campaigns.wordings import SPANISH, language_of
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Channel, Client

PREVIEW_SECONDS = 600
PREVIEW_KEY = re.compile(r"[\w-]{22}", re.ASCII)  # secrets.token_urlsafe(16)
EXAMPLE_LINK = "https://example.com/u/example"


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_new(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """A further message after the last."""
    found, channel = found_campaign(client, campaign), request.POST.get("channel", "")
    if channel not in Channel.values:
        raise Http404
    sender = sender_for(client, channel, found.purpose)
    if sender is None:
        messages.error(request, no_sender(channel))
        return redirect("campaign", client=client.slug, campaign=found.pk)
    try:
        with editing.change(found, None, request.user) as edit:
            last = Step.objects.filter(campaign=found).order_by("-position").first()
            made = Step.objects.create(
                client=client,
                campaign=found,
                position=editing.next_position(found),
                channel=channel,
                sender=sender,
                delay_days=min(365, last.delay_days + 3) if last else 0,
            )
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return redirect("campaign", client=client.slug, campaign=found.pk)
    say_saved(request, edit.voided)
    return _to(made, client)


@client_page()
@require_http_methods(["GET", "POST"])
def step(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """The editor at one step; saves its words, sender and delay."""
    chosen = step_of(client, campaign, step)
    if request.method == "GET":
        return editor(request, chosen.campaign, step=chosen)
    if request.member.role not in STAFF:
        raise PermissionDenied(SAYS)
    form = StepForm(request.POST, step=chosen)
    if not form.is_valid():
        return editor(request, chosen.campaign, step=chosen, form=form, status=422)
    given = form.cleaned_data
    try:
        with editing.change(chosen.campaign, given["seen"], request.user) as edit:
            for name in ("sender", "delay_days", "subject", "body"):
                setattr(chosen, name, given.get(name, ""))
            chosen.needs = parts_needed(chosen.all_words)
            chosen.save()
    except ChangedMeanwhile as refused:
        again = step_of(client, campaign, step)
        return editor(
            request,
            again.campaign,
            step=again,
            form=with_mark(form, again.campaign),
            conflict=str(refused),
            status=409,
        )
    except CannotEdit as refused:
        messages.error(request, str(refused))
        return _to(chosen, client)
    say_saved(request, edit.voided)
    return _to(chosen, client)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_move(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Swap a step with the one before or after it."""
    chosen = step_of(client, campaign, step)
    try:
        with editing.change(chosen.campaign, None, request.user) as edit:
            editing.move(step_of(client, campaign, step), up=request.POST.get("to") == "earlier")
    except CannotEdit as refused:
        messages.error(request, str(refused))
    else:
        say_saved(request, edit.voided)
    return _to(chosen, client)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def step_remove(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """Take a step out of the sequence."""
    chosen = step_of(client, campaign, step)
    try:
        with editing.change(chosen.campaign, None, request.user) as edit:
            editing.remove(chosen)
    except CannotEdit as refused:
        messages.error(request, str(refused))
    else:
        say_saved(request, edit.voided)
    return redirect("campaign", client=client.slug, campaign=campaign)


@client_page(only_shows=True)
@require_POST
def preview(request: MemberRequest, client: Client, campaign: int, step: int) -> HttpResponse:
    """How the words as typed look to a person of the audience; stores nothing of the campaign."""
    chosen = step_of(client, campaign, step)
    form = WordsForm(request.POST, step=chosen)
    kind = request.POST.get("person", "typical")
    kind = kind if kind in dict(KINDS) else "typical"
    context: dict[str, Any] = {"step": chosen, "kinds": KINDS, "kind": kind, "campaign": chosen.campaign}
    if not form.is_valid():
        return render(request, "campaigns/preview.html", context | {"errors": form.errors.values()})
    words = {"subject": form.cleaned_data.get("subject", ""), "body": form.cleaned_data["body"]}
    letter = SPANISH if request.POST.get("wording") == SPANISH else ""
    shown, made, missing, problem = _rendered(chosen, words, kind, letter)
    if shown is not None and shown.real:
        _on_record(request, chosen, shown)
    context |= {"sample": shown, "made": made, "missing": missing, "problem": problem}
    if chosen.channel == Channel.SMS:
        # What is counted is what is shown; without a person, the words with their examples.
        context["count"] = segments.count(
            made.text if made else _with_examples(chosen, words["body"], letter)
        )
    elif made is not None:
        key = secrets.token_urlsafe(16)
        cache.set(
            f"preview:{key}", {"step": chosen.pk, "kind": kind, "letter": letter, **words}, PREVIEW_SECONDS
        )
        context["key"] = key
    return render(request, "campaigns/preview.html", context)


@client_page()
@require_GET
def preview_mail(request: MemberRequest, client: Client, campaign: int, step: int, key: str) -> HttpResponse:
    """A previewed mail as a page of its own, for the frame; the words come from the preview just made."""
    chosen = step_of(client, campaign, step)
    # Only what could be a key of ours is looked for: an address may be of any length.
    kept = cache.get(f"preview:{key}") if PREVIEW_KEY.fullmatch(key) else None
    if not kept or kept["step"] != chosen.pk:
        raise Http404
    words = {"subject": kept["subject"], "body": kept["body"]}
    _, made, _, _ = _rendered(chosen, words, kept["kind"], kept["letter"])
    if made is None:
        raise Http404
    return mail_page(made.html)


def _on_record(request: MemberRequest, chosen: Step, shown: Sample) -> None:
    """Who saw whom by name: once for as long as a preview is kept, for it is drawn anew with every few letters typed."""
    who = shown.person.contact_id
    seen = f"previewed:{request.user.pk}:{chosen.pk}:{who}"
    if not cache.get(seen):
        audit.record(
            "contact.previewed", f"consent.Contact:{who}", client_id=chosen.client_id, request=request, step=chosen.pk
        )  # fmt: skip
        transaction.on_commit(lambda: cache.set(seen, True, PREVIEW_SECONDS))


def _rendered(
    chosen: Step, words: dict[str, str], kind: str, letter: str
) -> tuple[Sample | None, Rendered | None, str, str]:
    """The sample, what it gets, the name of a missing field, another problem. Works on the words as given."""
    needs = parts_needed(words.values())
    shown = sample(chosen.campaign, chosen.channel, needs, kind)
    if shown is None:
        return None, None, "", ""
    content = signed_content(chosen.campaign)
    content["steps"] = [
        as_typed(each, letter, words["subject"], words["body"], content["brand"]["practice_name"])
        for each in content["steps"]
        if each["position"] == chosen.position
    ]
    try:
        return shown, render_step(content, chosen.position, shown.person, EXAMPLE_LINK, letter), "", ""
    except Unrenderable as refused:
        field = getattr(refused, "field", "")
        return shown, None, BY_NAME[field].says if field in BY_NAME else "", str(refused)


def _with_examples(chosen: Step, body: str, letter: str) -> str:
    text = text_of(body, chosen.campaign.client.name, language_of(letter))
    for field in BY_NAME.values():
        text = text.replace(field.written, field.example)
    return text


def step_of(client: Client, campaign: int, step: int) -> Step:
    """The step of the client's campaign, or 404."""
    found: Campaign = found_campaign(client, campaign)
    chosen: Step = get_object_or_404(
        Step.objects.select_related("sender"), pk=step, campaign=found, client=client
    )
    chosen.campaign = found
    return chosen


def _to(chosen: Step, client: Client) -> HttpResponse:
    return redirect("step", client=client.slug, campaign=chosen.campaign_id, step=chosen.pk)
