"""The page where texts for answering are kept: the client's and one's own, with the list of merge fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.merge_fields import FIELDS, BadField, pieces
from compliance.content.finding import Finding
from compliance.content.review import blocks
from messaging import answering, ready_words
from messaging.models import ReadyWords
from messaging.thread_pages import ANSWERERS, ONLY
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Client


class ReadyWordsForm(forms.Form):
    """A name to find it by, the words, and whom it is for."""

    name = forms.CharField(label="Name", max_length=60, help_text="What you look for when you answer.")
    words = forms.CharField(
        label="Words",
        max_length=answering.MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The practice's name and “Reply STOP to opt out” are added where they are missing.",
    )
    shared = forms.BooleanField(
        label="For everybody who answers at this client", required=False, help_text="Otherwise for you alone."
    )

    def clean_words(self) -> str:
        """Words that a merge field can be put into."""
        words: str = self.cleaned_data["words"]
        try:
            pieces(words)
        except BadField as bad:
            raise forms.ValidationError(bad.says) from None
        return words


@client_page(roles=ANSWERERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def ready_words_page(request: MemberRequest, client: Client) -> HttpResponse:
    """What is kept ready, and a form for one more."""
    begun = dict(
        zip(("name", "words"), ready_words.STARTERS.get(request.GET.get("from", ""), ()), strict=False)
    )
    form = ReadyWordsForm(request.POST or None, initial=begun)
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        findings = answering.findings_of(form.cleaned_data["words"], client)
        if blocks(findings):
            form.add_error("words", "These words could not be sent. What stands in the way is listed below.")
        elif _keep(request, client, form):
            return redirect("ready_words", client=client.slug)
    values: dict[str, Any] = {
        "starters": {key: name for key, (name, _) in ready_words.STARTERS.items()},
        "form": form, "findings": findings, "fields": FIELDS, "rows": ready_words.of(client, request.user),
    }  # fmt: skip
    return render(request, "messaging/ready_words.html", values, status=422 if form.errors else 200)


@client_page(roles=ANSWERERS, says=ONLY)
@require_POST
def ready_words_end(request: MemberRequest, client: Client, ready: int) -> HttpResponse:
    """Keep one no longer. What was sent with it stays as it was sent."""
    found: ReadyWords = get_object_or_404(ready_words.of(client, request.user), pk=ready)
    ReadyWords.objects.filter(pk=found.pk).end(db_now())
    audit.record("ready_words.ended", found, client_id=client.pk, request=request)
    messages.success(request, f"“{found.name}” is no longer kept ready.")
    return redirect("ready_words", client=client.slug)


def _keep(request: MemberRequest, client: Client, form: ReadyWordsForm) -> bool:
    given = form.cleaned_data
    owner = None if given["shared"] else request.user
    if ReadyWords.objects.filter(owner=owner, ended_at=None).count() >= ready_words.MOST:
        form.add_error(None, f"At most {ready_words.MOST:,} are kept ready. End one first.")
        return False
    try:
        with transaction.atomic():
            made = ReadyWords.objects.create(
                client=client, owner=owner, name=given["name"], words=given["words"], made_by=request.user
            )
    except IntegrityError:
        form.add_error("name", "There is one of this name already. Choose another name, or end that one.")
        return False
    audit.record("ready_words.kept", made, client_id=client.pk, request=request, shared=owner is None)
    messages.success(request, f"“{made.name}” is kept ready.")
    return True
