"""Forms about agencies, clients and the people who sign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import phonenumbers
from django import forms
from django.contrib.auth.password_validation import validate_password

from tenants.models import Client, Location, Role, User

if TYPE_CHECKING:  # at run time Django's ModelForm takes no parameter
    OfClient = forms.ModelForm[Client]
    OfLocation = forms.ModelForm[Location]
else:
    OfClient = OfLocation = forms.ModelForm

ZONES = [
    ("America/New_York", "Eastern (New York)"),
    ("America/Detroit", "Eastern (Detroit)"),
    ("America/Indiana/Indianapolis", "Eastern (Indianapolis)"),
    ("America/Chicago", "Central (Chicago)"),
    ("America/Denver", "Mountain (Denver)"),
    ("America/Phoenix", "Mountain, no summer time (Phoenix)"),
    ("America/Los_Angeles", "Pacific (Los Angeles)"),
    ("America/Anchorage", "Alaska (Anchorage)"),
    ("Pacific/Honolulu", "Hawaii (Honolulu)"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
]
# The widest federal hours; states narrow them further by themselves (compliance.hours).
EARLIEST, LATEST = 8, 21
US = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
TEXTABLE = frozenset({0, 1, 2})  # phonenumbers: fixed line, mobile, either
WEEKDAYS = [(str(n), day) for n, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), start=1)]
COVERED_HELP = (
    "A practice that bills health plans electronically is covered. Until this is answered we treat "
    "the client as covered: no import without a signed business associate agreement."
)

ADDICTION = "Would the list show that people were treated for addiction?"
ADDICTION_HELP = "Part 2 of 42 CFR: if it would, or until this is answered, nothing is sent."
# Left out of a form, these stay as they were.
KEPT_WHEN_EMPTY = ("addiction", "days_between", "most_a_year", "hand_off_minutes")


_NAMED = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def named_website(given: str) -> str:
    """`given` if it is a web address with a host of its own name: it is printed in messages and shown to patients."""
    try:
        parts = urlsplit(given if "//" in given else f"https://{given}")
        named = parts.scheme in ("http", "https") and _NAMED.fullmatch((parts.hostname or "").lower())
        plain = (
            parts.username is None and (parts.port or 443) and not re.search(r"[\s\\{}<>\"'\x00-\x20]", given)
        )
    except ValueError:
        named = plain = None
    if given and not (named and plain):
        raise forms.ValidationError("Write a web address with a name, as in https://www.brightsmiles.com.")
    return given


class NewClientForm(OfClient):
    """The few things a client begins with; everything else can follow."""

    time_zone = forms.ChoiceField(label="Time zone of the practice", choices=ZONES)

    class Meta:
        model = Client
        fields = ["name", "legal_name", "covered", "time_zone"]
        labels = {"name": "Name", "legal_name": "Legal name", "covered": "Is the client covered by HIPAA?"}
        widgets = {"covered": forms.RadioSelect}
        help_texts = {"legal_name": "As in its contracts, if it differs.", "covered": COVERED_HELP}


class ClientForm(OfClient):
    """What the client is called and when it may send."""

    time_zone = forms.ChoiceField(label="Time zone", choices=ZONES)
    hours_from = forms.TypedChoiceField(
        label="Not before",
        coerce=int,
        choices=[(hour, f"{hour}:00") for hour in range(EARLIEST, LATEST)],
        help_text="By the clock of the person who receives it.",
    )
    hours_until = forms.TypedChoiceField(
        label="Not after",
        coerce=int,
        choices=[(hour, f"{hour}:00") for hour in range(EARLIEST + 1, LATEST + 1)],
    )
    health_policy = forms.URLField(
        label="Address of its health data policy", required=False, max_length=200, assume_scheme="https",
        help_text="Washington and Nevada ask for one of clients that HIPAA does not cover. Empty: nobody there is contacted.",
    )  # fmt: skip
    days = forms.MultipleChoiceField(label="Days", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Client
        fields = [
            "name", "legal_name", "phone", "website", "addiction", "health_policy", "private_words", "sensitive_line", "time_zone",
            "hours_from", "hours_until",
            "days", "days_between", "most_a_year", "first_a_day", "most_dollars", "hand_off_minutes",
            "confirms_opt_outs",
        ]  # fmt: skip
        labels = {
            "name": "Name that patients know", "legal_name": "Legal name", "website": "Website", "addiction": ADDICTION,
            "days_between": "Days from one message to the next",
            "most_a_year": "Messages to one address in a year",
            "first_a_day": "People a day who get a first message",
            "most_dollars": "Dollars a month, at most",
            "hand_off_minutes": "Minutes until a reply is overdue",
            "confirms_opt_outs": "Confirm opt-outs that Twilio does not confirm",
            "private_words": "Words kept out of messages",
            "sensitive_line": "A sensitive line of care: mental health, reproduction, HIV, gender care or the like",
        }  # fmt: skip
        widgets = {"addiction": forms.RadioSelect}
        help_texts = {
            "name": "",
            "addiction": ADDICTION_HELP,
            "private_words": "Of the practice’s speciality, with commas between; each with any ending. "
            "They come on top of the product’s own list.",
            "sensitive_line": "Whatever its name says. Somebody then says by name of every campaign why it may go out.",
            "days_between": "To one household, at least 1.",
            "most_a_year": "At most; one a day and three a week hold besides.",
            "first_a_day": "As many as the front desk can answer and book. Whoever was contacted in the last 24 hours counts; "
            "the others wait. Empty: no limit.",
            "most_dollars": "About what its messages cost at our prices, by the calendar month. Once reached, the rest waits for the "
            "next month or a higher limit. Empty: no limit.",
            "hand_off_minutes": "Counted on the days and in the hours above, by the practice’s clock. Overdue conversations stand "
            "first in the inbox.",
            "confirms_opt_outs": "Twilio answers STOP and its like by itself. Whoever opts out by text in words of their own then gets one "
            "text from the number they wrote to, within five minutes and in a lawful hour, or none.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["days"] = list(self.instance.days)
        for name in KEPT_WHEN_EMPTY:
            self.fields[name].required = False
        if self.instance.time_zone not in dict(ZONES):
            self.fields["time_zone"].choices = [*ZONES, (self.instance.time_zone, self.instance.time_zone)]  # type: ignore[attr-defined]

    def clean_website(self) -> str:
        return named_website(self.cleaned_data["website"])

    def clean_health_policy(self) -> str:
        return named_website(self.cleaned_data["health_policy"])

    def clean_days(self) -> str:
        return "".join(sorted(self.cleaned_data["days"]))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in KEPT_WHEN_EMPTY:
            if name not in self.errors and given.get(name) in (None, ""):
                given[name] = self.initial[name]
            elif given.get(name) == 0:
                self.add_error(name, "At least 1.")
        begins, ends = given.get("hours_from"), given.get("hours_until")
        if begins is not None and ends is not None and begins >= ends:
            self.add_error("hours_until", "The last hour must be later than the first.")
        return given


class CoveredForm(OfClient):
    """Whether HIPAA covers the client: asked on its own, because much follows from it."""

    class Meta:
        model = Client
        fields = ["covered"]
        labels = {"covered": "Is the client covered by HIPAA?"}
        widgets = {"covered": forms.RadioSelect}
        help_texts = {"covered": COVERED_HELP}


class LocationForm(OfLocation):
    """A site of the client."""

    time_zone = forms.ChoiceField(label="Time zone", choices=ZONES)

    class Meta:
        model = Location
        fields = ["name", "time_zone", "phone"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Location.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a location with this name already.")
        return name


class InvitationForm(forms.Form):
    """Whom to invite, at the agency or (with a title) at the client."""

    name = forms.CharField(max_length=120)
    email = forms.EmailField(label="E-mail", max_length=254, help_text="They sign in with it.")
    role = forms.ChoiceField(widget=forms.RadioSelect)
    title = forms.CharField(max_length=120, required=False, help_text="As in Practice manager.")

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]  # type: ignore[attr-defined]
        if not any(role == Role.APPROVER for role in roles):
            del self.fields["title"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not _NAMED.fullmatch(email.rpartition("@")[2].lower()):
            raise forms.ValidationError("This is not a mail address at a domain.")
        return email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("role") == Role.APPROVER and not given.get("title"):
            self.add_error("title", "The compliance contact signs with a title: please give it.")
        return given


class AccountForm(forms.Form):
    """What a new person sets: a name and a password."""

    name = forms.CharField(label="Your name", max_length=120)
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters; a few words are easier to keep than signs.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("password"):
            try:
                validate_password(given["password"], User(email=self.email, name=given.get("name", "")))
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return given


class TestPhoneForm(forms.Form):
    """The agency's own number, where a campaign's test texts go; empty switches them off."""

    test_phone = forms.CharField(
        label="Number for test texts",
        max_length=30,
        required=False,
        help_text="A phone of the agency itself. Test texts go here and nowhere else.",
    )

    def clean_test_phone(self) -> str:
        written = self.cleaned_data["test_phone"]
        if not written:
            return ""
        try:
            number = phonenumbers.parse(written, "US")
        except phonenumbers.NumberParseException:
            number = None
        if (
            number is None
            or phonenumbers.region_code_for_number(number) not in US
            or phonenumbers.number_type(number) not in TEXTABLE
        ):
            raise forms.ValidationError("This is not a US phone number: give the area code and seven digits.")
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class QuestionsForm(forms.Form):
    """Where anybody writes who asks how the agency handles their data; empty shows none."""

    questions_to = forms.EmailField(
        label="E-mail address for questions",
        required=False,
        help_text="Shown to patients under unsubscribe and sign-up pages, and to the practices in every review. Somebody must read it.",
    )
