"""The form with which a yes to texts is taken down: on the phone, on paper, on a web form."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile

from consent import proof
from consent.models import ConsentRecord, ContactPoint, Tier
from tenants.clock import db_now
from tenants.file_kinds import kind_of
from tenants.models import Client, Purpose

METHODS = (
    (ConsentRecord.Method.PHONE, "On the phone: they said yes"),
    (ConsentRecord.Method.PAPER, "On paper"),
    (ConsentRecord.Method.WEB_FORM, "On a form of the practice’s website"),
)
# The elements of a signed consent that the wording itself must hold (47 CFR 64.1200(f)(9)), and what to write.
ELEMENTS = (
    (
        "that it is no condition for any service or purchase",
        re.compile(r"\b(?:condition|required|optional)\b", re.I),
    ),
    ("that texts may be sent automatically", re.compile(r"\bautomat|\bautodial", re.I)),
    ("that rates may apply", re.compile(r"\brates\b", re.I)),
)
OF_MARKETING = (
    "that they are about marketing",
    re.compile(r"\bmarketing\b|\bpromotion|\boffers?\b|\badverti", re.I),
)
LARGEST_SCAN = 5_000_000  # bytes
STOP = re.compile(r"\bSTOP\b", re.IGNORECASE)
OLDEST = 1991  # the TCPA's year: an earlier day is a slip of the hand


def script(practice: str) -> str:
    """What the caller is told before they answer; the practice may write its own."""
    return (
        f"Would you like {practice} to text you at this number? It is completely optional, and every service is yours "
        "without it. Message and data rates may apply. You can opt out at any time by replying STOP."
    )


class ConsentForm(forms.Form):
    """When, how and to what a person said yes, and how that can be shown."""

    point = forms.ChoiceField(label="The number", widget=forms.RadioSelect)
    method = forms.ChoiceField(label="How they said yes", widget=forms.RadioSelect, choices=METHODS)
    purposes = forms.MultipleChoiceField(
        label="To texts about", choices=Purpose.choices, widget=forms.CheckboxSelectMultiple,
        help_text="Only what they were asked. Offers and invitations are marketing.",
    )  # fmt: skip
    wording = forms.CharField(
        label="What they were told or shown, word for word", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="It must name the practice and say STOP. “Up to 2 texts a month” binds us, if it is in there.",
    )  # fmt: skip
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    hour = forms.TimeField(
        label="Time of day",
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text="By the practice’s clock.",
    )
    asked_for = forms.CharField(
        label="What they asked to have by text", max_length=300, required=False,
        help_text="A few neutral words, as in: time of the next visit. Nothing about health.",
    )  # fmt: skip
    reference = forms.CharField(
        label="Number of the call recording, or of the form", max_length=120, required=False
    )
    taken_by = forms.CharField(label="Who took it", max_length=120)
    read_back = forms.BooleanField(label="The number was read back to them and they said it is right")
    told_optional = forms.BooleanField(
        label="They were told that texts are optional and that STOP ends them, and understood"
    )
    scan = forms.FileField(
        label="The paper, scanned, or what the form kept, exported",
        required=False,
        help_text="PDF, PNG or JPEG, 5 MB at most; kept encrypted. Without it a signed yes counts as a number given only.",
    )
    signed = forms.BooleanField(
        label="They signed exactly this wording themselves: by hand, or by ticking an empty box next to it",
        required=False,
        help_text="Only this is enough for marketing. A yes on the phone never is, nor a box that somebody else ticked.",
    )

    def __init__(self, *args: Any, client: Client, points: list[ContactPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client, self.points = client, {str(point.pk): point for point in points}
        self.fields["point"].choices = [(key, point.value) for key, point in self.points.items()]  # type: ignore[attr-defined]
        if len(points) == 1:
            self.initial.setdefault("point", str(points[0].pk))

    def clean_scan(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["scan"]
        if file is None:
            return None
        if (file.size or 0) > LARGEST_SCAN:
            raise forms.ValidationError("The file is larger than 5 MB. Scan it in fewer dots or as PDF.")
        if not kind_of(file.read(16)):
            raise forms.ValidationError("This is no PDF, PNG or JPEG.")
        file.seek(0)
        return file

    def clean_wording(self) -> str:
        wording: str = self.cleaned_data["wording"].strip()
        if self.client.name.casefold() not in wording.casefold():
            raise forms.ValidationError(
                f"The wording does not name {self.client.name}, so it is a yes to nobody."
            )
        if not STOP.search(wording):
            raise forms.ValidationError("The wording does not say that STOP ends the texts.")
        return wording

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("day") and given.get("hour"):
            zone = ZoneInfo(self.client.time_zone)
            given["given_at"] = datetime.combine(given["day"], given["hour"], tzinfo=zone)
            if given["given_at"] > db_now():
                self.add_error("day", "This moment has not come yet.")
            elif given["day"].year < OLDEST:
                self.add_error("day", "This is too long ago to be right.")
        by_phone = given.get("method") == ConsentRecord.Method.PHONE
        if by_phone and not given.get("reference"):
            self.add_error("reference", "A yes on the phone needs the number of its recording.")
        if by_phone and given.get("signed"):
            self.add_error("signed", "Nobody signs on the phone.")
        if given.get("signed"):
            needed = (*ELEMENTS, *([OF_MARKETING] if Purpose.MARKETING in given.get("purposes", []) else []))
            lacking = [says for says, element in needed if not element.search(given.get("wording", ""))]
            if lacking:
                self.add_error("wording", f"A signed yes must say {', and '.join(lacking)}.")
        return given

    def tier(self) -> Tier:
        """How strong it is: spoken, signed, or only the number given."""
        if self.cleaned_data["method"] == ConsentRecord.Method.PHONE:
            return Tier.VERBAL
        return Tier.NUMBER_GIVEN if self.missing() else Tier.WRITTEN

    def missing(self) -> list[str]:
        """What keeps it from being a signed consent."""
        given = self.cleaned_data
        if given["method"] == ConsentRecord.Method.PHONE:
            return []
        lacking = [] if given["signed"] else ["they did not sign it themselves"]
        if not given["scan"]:
            lacking.append("the scan of what they signed")
        asked = Purpose.MARKETING if Purpose.MARKETING in given["purposes"] else Purpose.CARE
        return lacking + proof.lacking(given["wording"], asked)

    def evidence(self) -> dict[str, str | bool]:
        """What is kept, encrypted, beside the wording."""
        given = self.cleaned_data
        kept: dict[str, str | bool] = {
            "recording": given["reference"], "requested": given["asked_for"], "agent": given["taken_by"],
            "number_read_back": given["read_back"], "understood_optional": given["told_optional"], "signed": given["signed"],
        }  # fmt: skip
        return kept
