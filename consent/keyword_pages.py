"""The members' pages of keywords: which there are, a new one, closing one, and the poster with its code to print."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from consent import keywords as words
from consent.models import ConsentRecord, Keyword
from consent.signup_pages import WRITERS
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client, Purpose, Sender
from tenants.templatetags.figures import phone

ONLY = "Keywords are made by the agency and the compliance contact."
FIRST = "JOIN"  # what is offered
MOST = 20  # in use at a client


class KeywordForm(forms.Form):
    """A word, the number it is texted to, and what stands on the poster."""

    word = forms.CharField(
        label="The word", max_length=12, help_text="Short and easy to spell, as in JOIN. It is never used again for other words."
    )  # fmt: skip
    number: Any = forms.ChoiceField(label="Texted to")
    purposes = forms.MultipleChoiceField(
        label="To texts about", choices=Purpose.choices, widget=forms.CheckboxSelectMultiple,
        help_text="Only what the wording says. Offers and invitations are marketing.",
    )  # fmt: skip
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("es", "Spanish")])
    wording = forms.CharField(
        label="The wording on the poster", max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Word for word what people agree to. {keyword} and {number} are put in. It cannot be changed afterwards.",
    )  # fmt: skip

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        senders = Sender.objects.filter(client=client, channel=Channel.SMS, ended_at=None).order_by("pk")
        numbers = list(dict.fromkeys(each.address for each in senders))
        self.numbers = numbers
        self.fields["number"].choices = [(each, phone(each)) for each in numbers]  # type: ignore[attr-defined]

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"]).strip().upper()
        if problem := words.problem_of(word):
            raise forms.ValidationError(problem)
        if Keyword.objects.filter(client=self.client, word=word).exists():
            raise forms.ValidationError(
                "This word had a wording before, and a poster of it may still hang. Choose another."
            )
        return word

    def clean(self) -> dict[str, Any]:
        """The wording with word and number in it; every sentence of the lint stands at it."""
        given = super().clean() or {}
        if all(given.get(name) for name in ("wording", "purposes", "number", "word", "language")):
            wording = given["wording"].strip().replace("{keyword}", given["word"])
            wording = wording.replace("{number}", phone(given["number"]))
            given["wording"] = wording  # an error takes it out again
            for says in words.problems_of(
                wording, given["word"], given["number"], given["purposes"], self.client.name
            ):
                self.add_error("wording", says)
            if given["language"] == "es" and wording.startswith("By texting"):
                begun = words.starter(self.client.name, given["purposes"], "es")
                self.add_error("wording", f"This wording is English. In Spanish it may be: {begun}")
        return given


@client_page(roles=WRITERS, says=ONLY)
@require_http_methods(["GET", "POST"])
def keywords(request: MemberRequest, client: Client) -> HttpResponse:
    """Every keyword with its wording and how many said yes by it; a new one."""
    first = {
        "purposes": Purpose.values,
        "wording": words.starter(client.name, Purpose.values),
        "word": "" if Keyword.objects.filter(client=client, word=FIRST).exists() else FIRST,
    }
    form = KeywordForm(request.POST or None, client=client, initial=first)
    if request.method == "POST" and form.is_valid():
        if Keyword.objects.filter(client=client, ended_at=None).count() >= MOST:
            form.add_error(None, f"A client has at most {MOST} keywords. Close one first.")
        else:
            made = Keyword.objects.create(client=client, made_by=request.user, **form.cleaned_data)
            audit.record("keyword.made", made, client_id=client.pk, request=request, word=made.word)
            messages.success(
                request,
                f"Whoever texts {made.word} to {phone(made.number)} is on record from now on. Print its poster.",
            )
            return redirect("keyword_poster", client=client.slug, keyword=made.pk)
    rows = list(Keyword.objects.filter(client=client).select_related("made_by").order_by("ended_at", "-pk"))
    yes = _said_yes(rows)
    values = {
        "form": form,
        "rows": [(each, yes[each.pk]) for each in rows],
        "no_number": not form.numbers,
    }
    return render(request, "consent/keywords.html", values, status=422 if form.is_bound else 200)


@client_page(roles=WRITERS, says=ONLY)
@require_GET
def keyword_poster(request: MemberRequest, client: Client, keyword: int) -> HttpResponse:
    """One sheet to print: the code, the word, the number, and exactly what is agreed to."""
    found = get_object_or_404(Keyword, pk=keyword, client=client)
    wrong = words.problems_of(found.wording, found.word, found.number, found.purposes, client.name)
    values = {"keyword": found, "code": words.code_of(found), "wrong": wrong}
    return render(request, "consent/keyword_poster.html", values)


@client_page(roles=WRITERS, says=ONLY)
@require_POST
def keyword_close(request: MemberRequest, client: Client, keyword: int) -> HttpResponse:
    """From now on the word is a text like any other. What people agreed to stays."""
    found = get_object_or_404(Keyword, pk=keyword, client=client)
    if Keyword.objects.filter(pk=found.pk).end(db_now()):
        audit.record("keyword.closed", found, client_id=client.pk, request=request)
        messages.success(
            request,
            f"{found.word} is closed: whoever texts it now is read by a person. What people agreed to stays.",
        )
    return redirect("keywords", client=client.slug)


def _said_yes(rows: list[Keyword]) -> dict[int, int]:
    """People by keyword, counted by the wording each consent keeps."""
    found = ConsentRecord.objects.filter(
        method=words.METHOD, wording__in=[each.wording for each in rows]
    ).order_by()
    counts = dict(found.values_list("wording").annotate(Count("contact", distinct=True)))
    return {each.pk: counts.get(each.wording, 0) for each in rows}
