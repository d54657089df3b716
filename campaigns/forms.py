"""What people type into the editor and the review, checked with sentences they can act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.cache import cache
from django.db.models import Count

from campaigns.audience import MOST_MONTHS
from campaigns.mail_layout import BadMarkup, check_links
from campaigns.merge_fields import BadField, parts_needed
from campaigns.models import Campaign, Step
from campaigns.rendering import LONGEST_TEXT, text_of
from campaigns.starter_parts import Starter
from consent.models import Contact
from tenants.clock import db_now
from tenants.models import Channel, Client, Location, Purpose, Sender

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
LONGEST_BODY = 20_000
USUAL_HOLD_OUT, MOST_HELD_OUT = 10, 50  # percent
HOLD_OUT_HELP = "A random share that gets no message, to see who would have booked anyway. 0: nobody."


class DateField(forms.DateField):
    """A day from the browser's picker, between 1990 and 2100."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ["%Y-%m-%d", "%m/%d/%Y"]

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.error_messages["invalid"] = "Write the day as 2026-03-05 or 03/05/2026."

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not EARLIEST <= day < LATEST:
            raise forms.ValidationError("Choose a day between 1990 and 2100.")
        return day


class NewCampaignForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="For your own list; it is not sent.")
    starter = forms.ChoiceField(widget=forms.RadioSelect, initial="recall", label="Begin with")
    hold_out = forms.IntegerField(
        min_value=0,
        max_value=MOST_HELD_OUT,
        initial=USUAL_HOLD_OUT,
        required=False,
        label="Held out, percent",
        help_text=HOLD_OUT_HELP,
    )

    def __init__(self, *args: Any, beginnings: Mapping[str, Starter], **kwargs: Any) -> None:
        self.beginnings = beginnings
        super().__init__(*args, **kwargs)
        self.fields["starter"].choices = [(key, each.label) for key, each in beginnings.items()]  # type: ignore[attr-defined]

    def begins_with(self) -> Starter:
        """What was chosen."""
        return self.beginnings[self.cleaned_data["starter"]]

    def share(self) -> int:
        """How many percent are held out; of messages about care nobody is held out."""
        care = self.begins_with().purpose == Purpose.CARE
        return 0 if care else self.cleaned_data["hold_out"] or 0


class WordsForm(forms.Form):
    """The words of one step. `broken`: checks them only as far as a preview needs."""

    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 10}), label="Words", required=False, max_length=LONGEST_BODY
    )

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        self.step = step
        super().__init__(*args, **kwargs)
        if step.channel == Channel.SMS:
            del self.fields["subject"]

    def clean_subject(self) -> str:
        subject = " ".join(str(self.cleaned_data["subject"]).split())
        self._fields_of(subject)
        return subject

    def clean_body(self) -> str:
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n").strip()
        self._fields_of(body)
        if self.step.channel == Channel.EMAIL:
            try:
                check_links(body)
            except BadMarkup as bad:
                raise forms.ValidationError(bad.says) from None
        elif len(text_of(body, self.step.campaign.client.name)) > LONGEST_TEXT:
            raise forms.ValidationError(
                "A text can have 1,600 characters, with the practice's name and the stop line."
            )
        return body

    @staticmethod
    def _fields_of(text: str) -> None:
        try:
            parts_needed([text])
        except BadField as bad:
            raise forms.ValidationError(bad.says) from None


def require_words(form: forms.Form) -> None:
    """Words and, in a mail, a subject must be there to be saved."""
    for name, what in (("body", "words"), ("subject", "a subject")):
        if name in form.fields:
            form.fields[name].required = True
            form.fields[name].error_messages["required"] = f"Write {what} first."


class StepForm(WordsForm):
    """Words, sender and place in time, as saved."""

    sender: Any = forms.ModelChoiceField(queryset=None, empty_label=None, label="From")
    delay_days = forms.IntegerField(
        min_value=0,
        max_value=365,
        label="Days after the first day",
        error_messages={"required": "Give a number of days."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    field_order = ["sender", "delay_days", "subject", "body", "seen"]

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, step=step, **kwargs)
        require_words(self)
        senders = Sender.objects.filter(client=step.client_id, channel=step.channel)
        self.fields["sender"].queryset = (  # type: ignore[attr-defined]
            senders.filter(ended_at=None) | senders.filter(pk=step.sender_id)
        ).order_by("pk")

    def clean_sender(self) -> Sender:
        sender: Sender = self.cleaned_data["sender"]
        if sender.ended_at is not None:
            raise forms.ValidationError("This sender was ended. Choose another.")
        return sender


MOOT_OF_A_WELCOME = (
    "last_visit_before", "last_visit_after", "joins", "lapsed_months", "starts_on", "hold_out", "counts_for",
)  # fmt: skip


class RuleForm(forms.Form):
    """Who, why and when: everything of a campaign that is not words."""

    name = forms.CharField(max_length=120)
    purpose = forms.ChoiceField(choices=Purpose.choices, help_text="Decides which consent is enough.")
    last_visit_before = DateField(label="Last visit before")
    last_visit_after = DateField(label="Last visit on or after")
    joins = forms.BooleanField(
        required=False, label="Evergreen: whoever comes to match later joins",
        help_text="While the signature stands, and up to a tenth more people than it was given for.",
    )  # fmt: skip
    lapsed_months = forms.IntegerField(
        min_value=1, max_value=MOST_MONTHS, required=False, label="Last visit more than so many months ago",
        help_text="Evergreen only, in place of a day: counted anew each day.",
    )  # fmt: skip
    greets_known = forms.BooleanField(
        required=False, label="Known people too, at their first yes",
        help_text="Whoever is on your lists and says yes now, as on the phone. A yes that a list told does not count.",
    )  # fmt: skip
    segments = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    location: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="Every location")
    starts_on = DateField(label="First day", help_text="Empty: as soon as it is launched.")
    days_valid = forms.IntegerField(
        min_value=1, max_value=60, label="Drop a message after", help_text="Days after the day it was due."
    )
    hold_out = forms.IntegerField(
        min_value=0,
        max_value=MOST_HELD_OUT,
        required=False,
        label="Held out, percent",
        help_text=HOLD_OUT_HELP,
    )
    counts_for = forms.IntegerField(
        min_value=1,
        max_value=60,
        required=False,
        label="A booking counts within",
        help_text="Business days after the first message to the person.",
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, campaign: Campaign, segments: list[tuple[str, int]], **kwargs: Any
    ) -> None:
        self.campaign = campaign
        super().__init__(*args, **kwargs)
        if campaign.greets:  # whom it is for is said by that alone, and nobody is held out of a welcome
            for name in MOOT_OF_A_WELCOME:
                del self.fields[name]
            segments = []
        else:
            del self.fields["greets_known"]
        labels = dict(segments) | {name: 0 for name in campaign.segments if name not in dict(segments)}
        self.fields["segments"].choices = [  # type: ignore[attr-defined]
            (name, f"{name} ({count:,})") for name, count in labels.items()
        ]
        self.fields["location"].queryset = Location.objects.filter(client=campaign.client_id).order_by("name")  # type: ignore[attr-defined]

    def clean_starts_on(self) -> date | None:
        day: date | None = self.cleaned_data["starts_on"]
        if day is not None and day != self.campaign.starts_on and day < today(self.campaign.client):
            raise forms.ValidationError("The first day has passed. Choose today or later.")
        return day

    def clean_hold_out(self) -> int:
        return self._kept_if_empty("hold_out")

    def clean_counts_for(self) -> int:
        return self._kept_if_empty("counts_for")

    def _kept_if_empty(self, name: str) -> int:
        given = self.cleaned_data[name]
        return int(getattr(self.campaign, name) if given is None else given)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        before, after = given.get("last_visit_before"), given.get("last_visit_after")
        if before and after and after >= before:
            self.add_error(
                "last_visit_after",
                "This must be earlier than the day of “last visit before”, or nobody fits.",
            )
        if given.get("lapsed_months") and (before or not given.get("joins")):
            says = (
                "Give months or a day, not both."
                if before
                else "Months need the tick at “Evergreen”; without it, give a day."
            )
            self.add_error("lapsed_months", says)
        if given.get("purpose") == Purpose.CARE and given.get("hold_out"):
            self.add_error("hold_out", "Nobody is held out of messages about care. Put 0 here.")
        return given

    @classmethod
    def of(cls, campaign: Campaign, seen: str, segments: list[tuple[str, int]], data: Any = None) -> RuleForm:
        """The form filled with what is saved."""
        names = (
            "name",
            "purpose",
            "last_visit_before",
            "last_visit_after",
            "joins",
            "lapsed_months",
            "greets_known",
            "segments",
            "location",
            "starts_on",
            "days_valid",
            "hold_out",
            "counts_for",
        )
        initial = {name: getattr(campaign, name) for name in names} | {"seen": seen}
        return cls(data, campaign=campaign, segments=segments, initial=initial)


def segment_counts(client: Client) -> list[tuple[str, int]]:
    """The client's segments with how many contacts each has, the largest first; half a minute old at most."""

    def counted() -> list[tuple[str, int]]:
        rows = Contact.objects.filter(client=client).exclude(segment="").values_list("segment")
        return list(rows.annotate(n=Count("pk")).order_by("-n", "segment")[:60])

    return cache.get_or_set(f"segment-counts:{client.pk}", counted, 30) or []


def today(client: Client) -> date:
    """The day it is where the client is."""
    return db_now().astimezone(ZoneInfo(client.time_zone)).date()
