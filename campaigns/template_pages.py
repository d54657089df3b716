"""The library of templates: what a campaign may begin with, shown as people would get it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campaigns import own_templates
from campaigns.campaign_pages import SAYS, found_campaign
from campaigns.fingerprint import address_line, brand_of, footer_lines
from campaigns.models import OwnTemplate
from campaigns.own_templates import CannotKeep
from campaigns.rendering import Unrenderable, text_of
from campaigns.rendering import render as render_step
from campaigns.sample_people import MADE_UP
from campaigns.starter_parts import Starter
from campaigns.starter_words import STARTERS
from campaigns.starters import words_at
from tenants import audit
from tenants.access import STAFF, MemberRequest, client_page
from tenants.models import Channel, Client, Purpose

EXAMPLE_LINK = "https://example.com/u/example"


class TemplateNameForm(forms.Form):
    """What a template is found by."""

    name = forms.CharField(max_length=80, help_text="For your agency's list; it is not sent.")


@client_page(roles=STAFF, says=SAYS)
@require_GET
def templates(request: MemberRequest, client: Client) -> HttpResponse:
    """The agency's own templates, and ours by kind of practice."""
    ours = [(key, each) for key, each in STARTERS.items() if each.steps]
    fields = [(field, list(rows)) for field, rows in groupby(ours, lambda row: row[1].field)]
    return render(
        request, "campaigns/templates.html", {"own": own_templates.of(client)[: own_templates.MOST], "fields": fields}
    )  # fmt: skip


@client_page(roles=STAFF, says=SAYS)
@require_GET
def starter(request: MemberRequest, client: Client, key: str) -> HttpResponse:
    """One of ours, message by message."""
    chosen = STARTERS.get(key)
    if chosen is None:
        raise Http404
    return _page(request, client, chosen, key)


@client_page(roles=STAFF, says=SAYS)
@require_http_methods(["GET", "POST"])
def template(request: MemberRequest, client: Client, template: int) -> HttpResponse:
    """One of the agency's own, message by message; renames it."""
    kept: OwnTemplate = get_object_or_404(own_templates.of(client), pk=template)
    form = TemplateNameForm(request.POST or None, initial={"name": kept.name})
    if form.is_valid():
        try:
            own_templates.rename(kept, form.cleaned_data["name"])
        except CannotKeep as refused:
            form.add_error("name", str(refused))
            kept.refresh_from_db()
        else:
            audit.record("template.renamed", kept, client_id=client.pk, request=request)
            messages.success(request, f"The template is called “{kept.name}” now.")
            return redirect("template", client=client.slug, template=kept.pk)
    key = f"{own_templates.PREFIX}{kept.pk}"
    return _page(request, client, own_templates.as_starter(kept), key, kept=kept, form=form)


@client_page(roles=STAFF, says=SAYS)
@require_POST
def template_delete(request: MemberRequest, client: Client, template: int) -> HttpResponse:
    """Keep it no longer; campaigns that began from it keep their words."""
    kept: OwnTemplate = get_object_or_404(own_templates.of(client), pk=template)
    audit.record("template.deleted", kept, client_id=client.pk, request=request)
    kept.delete()
    messages.success(
        request, f"The template “{kept.name}” is deleted. Campaigns that began from it stay as they are."
    )
    return redirect("templates", client=client.slug)


@client_page(roles=STAFF, says=SAYS)
@require_http_methods(["GET", "POST"])
def template_new(request: MemberRequest, client: Client, campaign: int) -> HttpResponse:
    """Keep a campaign's words for the next one."""
    found = found_campaign(client, campaign)
    form = TemplateNameForm(request.POST or None, initial={"name": found.name[:80]})
    if form.is_valid():
        try:
            kept = own_templates.keep(found, form.cleaned_data["name"], request.user)
        except CannotKeep as refused:
            form.add_error("name", str(refused))
        else:
            audit.record("template.kept", kept, client_id=client.pk, request=request, campaign=found.pk)
            messages.success(
                request, f"“{kept.name}” is kept. Any campaign of your agency can begin from it."
            )
            return redirect("template", client=client.slug, template=kept.pk)
    return render(
        request,
        "campaigns/template_new.html",
        {"campaign": found, "form": form, "steps": found.steps.order_by("position")},
        status=422 if form.is_bound else 200,
    )


def _page(request: MemberRequest, client: Client, chosen: Starter, key: str, **more: Any) -> HttpResponse:
    form = more.get("form")
    context = more | {
        "chosen": chosen,
        "key": key,
        "purpose": Purpose(chosen.purpose).label,
        "shown": shown(client, chosen),
    }
    return render(
        request, "campaigns/template.html", context, status=422 if form is not None and form.is_bound else 200
    )


def shown(client: Client, chosen: Starter) -> list[dict[str, Any]]:
    """Each message as Maria Garcia, who does not exist, would get it from this practice."""
    address = address_line(client)
    content: dict[str, Any] = {"brand": brand_of(client), "steps": []}
    for position, words in enumerate(chosen.steps, start=1):
        body = words_at(client, words.body)
        step = {"position": position, "channel": words.channel, "subject": words.subject, "body": body}
        if words.channel == Channel.SMS:
            step["text"] = text_of(body, client.name)
        else:
            step["footer"] = footer_lines(chosen.purpose, client.name, address)
        content["steps"].append(step)
    made = []
    for words, step in zip(chosen.steps, content["steps"], strict=True):
        row: dict[str, Any] = {"words": words, "position": step["position"], "day": words.delay_days + 1}
        try:
            row["made"] = render_step(content, step["position"], MADE_UP.person, EXAMPLE_LINK)
        except Unrenderable as refused:
            row["problem"] = str(refused)
        made.append(row)
    return made
