"""The form with which a yes to texts is taken down: on the phone, on paper, on a web form."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile

from consent import proof
from consent.models import ConsentRecord, Contact, ContactPoint
from tenants.clock import db_now
from tenants.file_kinds import HEAD, kind_of, sound_of
from tenants.models import Channel, Client, Purpose
from tenants.templatetags.masks import address_for

METHODS = (
    (ConsentRecord.Method.PHONE, "On the phone: they said yes"),
    (ConsentRecord.Method.PAPER, "On paper"),
    (ConsentRecord.Method.WEB_FORM, "On a form of the practice’s website"),
)
# What is asked of some ways to say yes only, by its fields; the page shows the rest always.
ONLY_OF = (
    (
        ("phone",),
        ("reference", "script_version", "caller_number", "recording_notice", "recording", "recording_sha256"),
    ),
    (("paper", "web_form"), ("signer_name", "signer_relationship", "form_version", "own_box")),
    (("paper",), ("signed", "scan")),
    (("web_form",), ("page_url", "ip", "user_agent")),
)
LARGEST = 5_000_000  # bytes of a scan or a recording
STOP = re.compile(r"\bSTOP\b", re.IGNORECASE)
OLDEST = 1991  # the TCPA's year: an earlier day is a slip of the hand


def script(practice: str) -> str:
    """What the caller is told before they answer; the practice may write its own."""
    return (
        f"Would you like {practice} to text you at this number? It is completely optional, and every service is yours "
        "without it. Message and data rates may apply. You can opt out at any time by replying STOP."
    )


def _asked(label: str, longest: int = 300) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False)


def _ticked(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class ConsentForm(forms.Form):
    """When, how and to what a person said yes, and how that can be shown.

    What is asked of one method only may stay empty; `proof.worth` says what the yes is worth without it.
    """

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
    until = forms.DateField(
        label="Last day of the yes, if it ends", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="By the practice’s clock. Empty: until they take it back.",
    )  # fmt: skip
    asked_for = forms.CharField(
        label="What they asked to have by text", max_length=300, required=False,
        help_text="A few neutral words, as in: time of the next visit. Nothing about health. A number kept for what people asked for "
        "needs it.",
    )  # fmt: skip
    reference = forms.CharField(
        label="On the phone: the number of the recording", max_length=120, required=False, help_text="A yes on the phone needs it."
    )  # fmt: skip
    taken_by = forms.CharField(label="Who took it", max_length=120)
    read_back = forms.BooleanField(label="The number was read back to them and they said it is right")
    told_optional = forms.BooleanField(
        label="They were told that texts are optional and that STOP ends them, and understood"
    )
    script_version = _asked("On the phone: the version of the script")
    caller_number = _asked("On the phone: the number they called from")
    recording_notice = _ticked("On the phone: they were told that the call is recorded")
    recording = forms.FileField(
        label="On the phone: the recording itself",
        required=False,
        help_text="WAV, MP3, M4A or OGG, 5 MB at most (ten minutes of a telephone's sound); kept encrypted, as long as the consent. "
        "Its number is asked for all the same.",
    )
    recording_sha256 = forms.CharField(
        label="On the phone: the SHA-256 of a recording that stays elsewhere", required=False, max_length=64,
        help_text="64 digits and letters. Of a recording that is attached here we take it ourselves.",
    )  # fmt: skip
    signer_name = _asked("Signed: the name of who signed")
    signer_relationship = forms.ChoiceField(
        label="Signed: for whom", required=False, widget=forms.RadioSelect,
        choices=[("self", "For themselves"), ("guardian", "As a parent or guardian, for a child")],
        help_text="A minor's yes counts as a number given only, unless a guardian gave it.",
    )  # fmt: skip
    form_version = _asked("Signed: the version of the form")
    own_box = _ticked("Signed: an empty box of its own beside the wording, ticked by themselves")
    signed = _ticked("On paper: they signed exactly this wording with their own hand")
    scan = forms.FileField(
        label="On paper: the scan of what they signed",
        required=False,
        help_text="PDF, PNG or JPEG, 5 MB at most; kept encrypted.",
    )
    page_url = _asked("On the website: the address of the page")
    ip = _asked("On the website: the IP address they came from")
    user_agent = _asked("On the website: the browser, as the form kept it", 1000)

    def __init__(
        self, *args: Any, client: Client, points: list[ContactPoint], clear: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.client, self.points = client, {str(point.pk): point for point in points}
        shown = [(key, address_for(point.value, clear)) for key, point in self.points.items()]
        self.fields["point"].choices = shown  # type: ignore[attr-defined]
        if len(points) == 1:
            self.initial.setdefault("point", str(points[0].pk))

    @property
    def always(self) -> list[forms.BoundField]:
        """The fields of every way to say yes."""
        own = {name for _, names in ONLY_OF for name in names}
        return [self[name] for name in self.fields if name not in own]

    @property
    def only_of(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of some ways only, with the names of their part of the page."""
        return [
            (" ".join(f"of-{way}" for way in ways), [self[name] for name in names]) for ways, names in ONLY_OF
        ]

    def clean_scan(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["scan"]
        if file is None:
            return None
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError("The file is larger than 5 MB. Scan it in fewer dots or as PDF.")
        if not kind_of(file.read(HEAD)):
            raise forms.ValidationError("This is no PDF, PNG or JPEG.")
        file.seek(0)
        return file

    def clean_recording(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["recording"]
        if file is None:
            return None
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                "The file is larger than 5 MB. Cut it to the part with the yes, or save it as MP3."
            )
        if not sound_of(file.read(HEAD)):
            raise forms.ValidationError("This is no WAV, MP3, M4A or OGG.")
        file.seek(0)
        return file

    def clean_wording(self) -> str:
        wording: str = self.cleaned_data["wording"].strip()
        if not proof.names(wording, self.client.name):
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
        if given.get("until") and given.get("day") and given["until"] < given["day"]:
            self.add_error("until", "It would end before it was given.")
        by_phone = given.get("method") == ConsentRecord.Method.PHONE
        if by_phone and not given.get("reference"):
            self.add_error("reference", "A yes on the phone needs the number of its recording.")
        for name in ("signed", "own_box"):
            if by_phone and given.get(name):
                self.add_error(name, "Nobody signs on the phone.")
        if given.get("recording") and not by_phone:
            self.add_error("recording", "Only a yes on the phone has a recording.")
        if given.get("recording") and not given.get("recording_notice"):
            self.add_error(
                "recording_notice", "A recording is kept only when they were told that the call is recorded."
            )
        typed = (given.get("recording_sha256") or "").lower()
        if typed and not proof.SHA256.fullmatch(typed):
            self.add_error("recording_sha256", "A SHA-256 has 64 digits and letters from a to f.")
        elif typed and given.get("recording") and typed != _sha256(given["recording"]):
            self.add_error("recording_sha256", "This is not the SHA-256 of the recording attached here.")
        if given.get("recording") and given.get("scan"):
            self.add_error("scan", "A yes on the phone has its recording; leave the scan away.")
        return given

    @property
    def expires_at(self) -> datetime | None:
        """The first instant at which the yes no longer counts, where it ends by itself."""
        last: date | None = self.cleaned_data["until"]
        zone = ZoneInfo(self.client.time_zone)
        return datetime.combine(last + timedelta(days=1), time(), tzinfo=zone) if last else None

    @property
    def shows_it(self) -> UploadedFile | None:
        """The file that shows the yes: the recording of the call, or the scan of what was signed."""
        file: UploadedFile | None = self.cleaned_data["recording"] or self.cleaned_data["scan"]
        return file

    def worth(self, contact: Contact) -> dict[str, proof.Worth]:
        """What this yes reaches for each purpose, as from any other door."""
        given, evidence = self.cleaned_data, self.evidence()
        return {
            purpose: proof.worth(
                given["method"], Channel.SMS, purpose, wording=given["wording"], brand=self.client.name,
                evidence=evidence, minor=proof.is_minor(contact, db_now()),
            )
            for purpose in given["purposes"]
        }  # fmt: skip

    def evidence(self) -> dict[str, str | bool]:
        """What is kept, encrypted, beside the wording: what `proof` asks of the method, as far as it was given."""
        given = self.cleaned_data
        kept: dict[str, str | bool] = {
            "agent": given["taken_by"], "keyed_by": given["taken_by"], "script_version": given["script_version"],
            "caller_number": given["caller_number"], "recording": given["reference"],
            "recording_sha256": _sha256(given["recording"]) or given["recording_sha256"].lower(),
            "recording_notice": given["recording_notice"],
            "number_read_back": given["read_back"], "understood_optional": given["told_optional"], "requested": given["asked_for"],
            "signer_name": given["signer_name"], "signer_relationship": given["signer_relationship"],
            "form_version": given["form_version"], "box_separate": given["own_box"], "wet_signature": given["signed"],
            "scan_sha256": _sha256(given["scan"]), "signed_on": given["day"].isoformat(), "ticked_at": given["given_at"].isoformat(),
            "page_url": given["page_url"], "ip": given["ip"], "user_agent": given["user_agent"],
        }  # fmt: skip
        # Nobody confirms a mailed link on this page, so not every proof of a method is among these.
        return {item.key: kept[item.key] for item in proof.ASKED_OF[given["method"]] if kept.get(item.key)}


def _sha256(file: UploadedFile | None) -> str:
    if file is None:
        return ""
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    return digest
