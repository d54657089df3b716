"""Forms about contacts: which to list, how one opted out, why one pauses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.matrix import in_cell
from consent.models import AddressPause, ConsentRecord, Contact, ContactPoint, Pause, Suppression, Tier
from tenants.clock import db_now
from tenants.models import Channel
from tenants.templatetags.masks import address_for

STATES = [
    ("", "Everybody"),
    ("opted_out", "Opted out of anything"),
    ("opted_out_sms", "Opted out of texts"),
    ("opted_out_email", "Opted out of mail"),
    ("paused", "Paused"),
    ("written", "Text: signed consent"),
    ("some", "Text: any consent"),
    ("none", "Text: no consent on record"),
    ("no_sms", "No phone to text"),
    ("no_email", "No mail address"),
]
SORTS = [("", "Newest first"), ("last_visit", "Longest away first")]


class ContactFilter(forms.Form):
    """Which contacts, in which order."""

    segment = forms.ChoiceField(required=False)
    state = forms.ChoiceField(label="Consent", choices=STATES, required=False)
    before = forms.DateField(
        label="Last visit before", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    sort = forms.ChoiceField(label="Order", choices=SORTS, required=False)
    # One figure of the page of consents, which links here.
    cell = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, segments: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = [("", "All"), *((each, each) for each in segments)]  # type: ignore[attr-defined]

    def chosen(self, rows: QuerySet[Contact]) -> QuerySet[Contact]:
        """`rows` narrowed; a filter nobody offers narrows to nothing rather than showing too much."""
        if not self.is_valid():
            return rows.none()
        given = self.cleaned_data
        if given["segment"]:
            rows = rows.filter(segment=given["segment"])
        if given["before"]:
            rows = rows.filter(last_visit__lt=given["before"])
        if given["cell"]:
            rows = in_cell(rows, given["cell"], db_now())
        return _in_state(rows, given["state"]) if given["state"] else rows

    def order(self) -> str:
        """What `tenants.keyset.page_of` sorts by."""
        return "last_visit" if self.is_valid() and self.cleaned_data["sort"] == "last_visit" else "-id"


def _in_state(rows: QuerySet[Contact], state: str) -> QuerySet[Contact]:
    at = db_now()
    points = ContactPoint.objects.in_force(at)
    out = Suppression.objects.in_force(at)
    consents = ConsentRecord.objects.in_force(at).filter(channel=Channel.SMS)
    of_this = Q(contact=OuterRef("pk"))
    if state.startswith("opted_out"):
        channel = state.removeprefix("opted_out").removeprefix("_")
        addresses = out.filter(channel=channel) if channel else out
        return rows.filter(pk__in=points.filter(address__in=addresses.values("address")).values("contact"))
    if state == "paused":
        paused = points.filter(address__in=AddressPause.objects.in_force(at).values("address"))
        return rows.filter(
            Q(pk__in=Pause.objects.in_force(at).values("contact")) | Q(pk__in=paused.values("contact"))
        )
    if state == "written":
        return rows.filter(Exists(consents.filter(of_this, tier=Tier.WRITTEN)))
    if state == "some":
        return rows.filter(Exists(consents.filter(of_this)))
    if state == "none":
        return rows.filter(~Exists(consents.filter(of_this)))
    return rows.filter(~Exists(points.filter(of_this, channel=state.removeprefix("no_"))))


class OptOutForm(forms.Form):
    """Somebody asked, by whatever way, not to be contacted."""

    addresses = forms.MultipleChoiceField(label="Not to be contacted at", widget=forms.CheckboxSelectMultiple)
    source = forms.ChoiceField(
        label="What happened",
        widget=forms.RadioSelect,
        choices=[
            (Suppression.Source.STAFF, "They asked us not to: by phone, at the desk, by letter"),
            (Suppression.Source.WRONG_NUMBER, "It is somebody else’s number or address"),
            (Suppression.Source.LEGAL, "A lawyer or an authority demands it"),
        ],
    )
    note = forms.CharField(
        label="In their words, and when",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept encrypted, as proof that the wish was heeded.",
    )

    def __init__(self, *args: Any, points: list[ContactPoint], clear: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.points = {str(point.address_id): point for point in points}
        shown = [(key, address_for(point.value, clear)) for key, point in self.points.items()]
        self.fields["addresses"].choices = shown  # type: ignore[attr-defined]
        self.initial.setdefault("addresses", list(self.points))
        self.initial.setdefault("source", Suppression.Source.STAFF)


class PauseForm(forms.Form):
    """Why nothing is to be sent until somebody looks."""

    reason = forms.CharField(
        max_length=40, help_text="A few neutral words, as in: front desk clarifies. Nothing about health."
    )
