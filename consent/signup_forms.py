"""The form a person fills to agree to texts, and the one with which a member writes its wording."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from consent import confirming_mail
from consent.addresses import AddressRefused, canonical_email, canonical_sms
from consent.signing_up import lint, starter
from tenants.models import Client, Purpose

LASTS = (6, 12, 18, 24, 36)  # months


class AgreeForm(forms.Form):
    """Name, number, and a box that nobody ticks but the person."""

    first_name = forms.CharField(
        label=gettext_lazy("First name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    signer_relationship = forms.ChoiceField(
        label=gettext_lazy("You agree"), widget=forms.RadioSelect, initial="self",
        choices=[("self", gettext_lazy("For yourself")), ("guardian", gettext_lazy("As a parent or guardian, for the child named above"))],
    )  # fmt: skip
    agree = forms.BooleanField(
        error_messages={
            "required": gettext_lazy("Tick the box if you agree. Without it nothing is recorded.")
        }
    )
    signer_name = forms.CharField(label=gettext_lazy("Your full name, as your signature"), max_length=120)
    email = forms.CharField(
        label=gettext_lazy("E-mail address, if you want e-mails too"), max_length=254, required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    agree_mail = forms.BooleanField(required=False)
    ticket = forms.CharField(max_length=1000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail:
            del self.fields["email"], self.fields["agree_mail"]

    def clean_email(self) -> str:
        """The address in its one form; empty when none was given."""
        try:
            return canonical_email(self.cleaned_data["email"]) if self.cleaned_data["email"] else ""
        except AddressRefused as refused:
            raise forms.ValidationError(gettext(refused.sentence)) from None

    def clean(self) -> dict[str, Any]:
        """An address and its own box belong together."""
        given = super().clean() or {}
        if given.get("email") and not given.get("agree_mail"):
            self.add_error(
                "agree_mail", gettext("Tick this box too if you want e-mails, or leave the address empty.")
            )
        if given.get("agree_mail") and not given.get("email") and "email" not in self.errors:
            self.add_error("email", gettext("Type the address you want e-mails at, or leave its box empty."))
        return given

    def clean_phone(self) -> str:
        """The number in its one form."""
        try:
            return canonical_sms(self.cleaned_data["phone"])
        except AddressRefused as refused:
            raise forms.ValidationError(gettext(refused.sentence)) from None


class WordingForm(forms.Form):
    """A version of the wording: it may only be kept when it says everything it must."""

    name = forms.CharField(
        label="Name of the form", max_length=60, help_text="For you: where it stands, as in “Website”."
    )
    purposes = forms.MultipleChoiceField(
        label="To texts about", choices=Purpose.choices, widget=forms.CheckboxSelectMultiple,
        help_text="Only what the wording says. Offers and invitations are marketing.",
    )  # fmt: skip
    asks_mail = forms.BooleanField(
        label="Also offer e-mails, with a box of their own", required=False,
        help_text="An address counts once the person has confirmed it by a link mailed to it, good for 7 days.",
    )  # fmt: skip
    language = forms.ChoiceField(label="Language", choices=[("en", "English"), ("es", "Spanish")])
    lasts_months = forms.TypedChoiceField(
        label="A yes given here ends by itself", required=False, coerce=int, empty_value=None,
        choices=[("", "Never: only when they take it back"), *((each, f"After {each} months") for each in LASTS)],
        help_text="A sentence beside the box says so. Whoever agreed before agreed to what was shown to them.",
    )  # fmt: skip
    wording = forms.CharField(
        label="The wording beside the box", max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Word for word what people agree to. A change is a new version; whoever agreed before agreed to theirs.",
    )  # fmt: skip

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        if not confirming_mail.possible(client):
            self.fields["asks_mail"].disabled = True
            self.fields["asks_mail"].initial = False
            self.initial.pop("asks_mail", None)
            self.fields["asks_mail"].help_text = confirming_mail.COVERED

    def clean(self) -> dict[str, Any]:
        """Every sentence of the lint stands at the wording."""
        given = super().clean() or {}
        if given.get("wording") and given.get("purposes"):
            wording = given["wording"] = given["wording"].strip()  # an error takes it out again
            for says in lint(wording, given["purposes"], self.client.name):
                self.add_error("wording", says)
            if given.get("language") == "es" and wording.startswith("I agree"):
                begun = starter(self.client.name, given["purposes"], "es")
                self.add_error("wording", f"This wording is English. In Spanish it may be: {begun}")
        return given
