"""One deed for everybody whom the list of contacts shows: how many each would change, then the deed, once on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consent.contact_forms import ContactFilter
from consent.contact_page import RELEASERS
from consent.contact_pages import chosen, segments_of
from consent.models import ContactPoint, Pause, Suppression
from consent.suppressing import Wish, suppress_many
from tenants import audit
from tenants.access import MemberRequest, client_page
from tenants.clock import db_now
from tenants.models import Channel, Client
from tenants.step_up import lately_proven
from tenants.templatetags.figures import number

MOST = 10_000
ONLY = "The agency or the compliance contact acts on many people at once."
CHANGED = "The list changed meanwhile, so nothing was done. Look at the numbers again."
FILTERS = ("segment", "state", "before", "cell", "words", "address")
TOGETHER = "together: "  # begins the reason of a pause that was set here: no other is released unread
PAUSE, RELEASE, NO_TEXTS, NO_MAIL = "pause", "release", "no_texts", "no_mail"
SAYS = {
    PAUSE: "Pause them: nothing is sent until somebody releases them",
    RELEASE: "Release those who were paused together: the gate decides again",
    NO_TEXTS: "Opt them out of texts: only they themselves can come back",
    NO_MAIL: "Opt them out of mail: only they themselves can come back",
}


@dataclass(frozen=True)
class Many:
    """The people, and what each deed would change."""

    people: list[int]
    paused: set[int]
    releasable: set[int]  # pauses
    open: dict[str, set[int]]  # by channel the addresses in use that did not opt out

    @property
    def counts(self) -> dict[str, int]:
        return {
            PAUSE: len(self.people) - len(self.paused), RELEASE: len(self.releasable),
            NO_TEXTS: len(self.open[Channel.SMS]), NO_MAIL: len(self.open[Channel.EMAIL]),
        }  # fmt: skip


class DeedForm(forms.Form):
    """Which deed, why, and the number that was seen."""

    deed = forms.ChoiceField(label="What to do", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why", max_length=30, help_text="A few neutral words, kept with each. Nothing about health."
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, many: Many) -> None:
        self.counts = many.counts
        super().__init__(data)
        units = {NO_TEXTS: "number", NO_MAIL: "address"}
        self.fields["deed"].choices = [  # type: ignore[attr-defined]
            (
                deed,
                f"{says} ({number(self.counts[deed])} {_many(units.get(deed, 'person'), self.counts[deed])})",
            )
            for deed, says in SAYS.items()
            if self.counts[deed]
        ]

    @property
    def now(self) -> str:
        """The numbers as they stand."""
        return ".".join(str(self.counts[deed]) for deed in SAYS)

    def clean(self) -> dict[str, Any]:
        """What was seen is what is done."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("seen") != self.now:
            raise forms.ValidationError(CHANGED)
        return given


@client_page(roles=RELEASERS, says=ONLY)
@require_http_methods(["GET", "POST"])
@lately_proven
def together(request: MemberRequest, client: Client) -> HttpResponse:
    """Numbers first; the deed acts on exactly those."""
    given = request.POST if request.method == "POST" else request.GET
    rows, _ = chosen(ContactFilter(given, segments=segments_of(client)), given)
    people = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    too_many, many = len(people) > MOST, _many_of(people[:MOST])
    form = DeedForm(request.POST if request.method == "POST" else None, many=many)
    if request.method == "POST" and not too_many and form.is_valid():
        deed = form.cleaned_data["deed"]
        DEEDS[deed](client, many, form.cleaned_data["reason"], request)
        filters = sorted(name for name in FILTERS if given.get(name))
        audit.record(
            f"contacts.{deed}_together", client_id=client.pk, request=request, people=len(people), changed=many.counts[deed],
            filters=filters,
        )  # fmt: skip
        messages.success(request, f"Done: {number(many.counts[deed])} changed.")
        return redirect("contacts", client=client.slug)
    kept = [(name, given[name]) for name in FILTERS if given.get(name)]
    values = {"form": form, "people": len(people), "too_many": too_many, "kept": kept, "most": MOST}
    return render(request, "consent/together.html", values, status=422 if form.errors else 200)


def _many_of(people: list[int]) -> Many:
    at = db_now()
    pauses = list(
        Pause.objects.in_force(at).filter(contact__in=people).values_list("pk", "contact", "reason")
    )
    paused = {contact for _, contact, _ in pauses}
    releasable = {pk for pk, _, reason in pauses if reason.startswith(TOGETHER)}
    out = Suppression.objects.in_force(at).values("address")
    points = ContactPoint.objects.in_force(at).filter(contact__in=people).exclude(address__in=out)
    found: dict[str, set[int]] = {Channel.SMS: set(), Channel.EMAIL: set()}
    for channel, address in points.values_list("channel", "address"):
        found[channel].add(address)
    return Many(people, paused, releasable, found)


def _pause(client: Client, many: Many, reason: str, request: MemberRequest) -> None:  # noqa: ARG001
    rows = [
        Pause(client=client, contact_id=each, reason=TOGETHER + reason)
        for each in many.people
        if each not in many.paused
    ]
    Pause.objects.bulk_create(rows, batch_size=1000)


def _release(client: Client, many: Many, reason: str, request: MemberRequest) -> None:  # noqa: ARG001
    Pause.objects.filter(pk__in=many.releasable).end(db_now(), ended_by=request.user)


def _opts_out(channel: str) -> Callable[[Client, Many, str, MemberRequest], None]:
    def opt_out(client: Client, many: Many, reason: str, request: MemberRequest) -> None:  # noqa: ARG001
        suppress_many(
            client.pk,
            [Wish(address, channel, Suppression.Source.STAFF, reason) for address in many.open[channel]],
        )

    return opt_out


DEEDS = {
    PAUSE: _pause,
    RELEASE: _release,
    NO_TEXTS: _opts_out(Channel.SMS),
    NO_MAIL: _opts_out(Channel.EMAIL),
}


def _many(one: str, count: int) -> str:
    if count == 1:
        return one
    return {"person": "people", "address": "addresses"}.get(one, f"{one}s")
