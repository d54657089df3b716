"""Adding a sending number or a From address."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from django import forms
from django.core.validators import validate_email

from compliance.domains.check import FREE_MAIL
from consent.places import is_us_number
from tenants.models import Channel, Client, Location, Provider, Purpose, Sender

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
PREMIUM = phonenumbers.PhoneNumberType.PREMIUM_RATE
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class SenderForm(forms.Form):
    """What both kinds have in common."""

    purposes = forms.MultipleChoiceField(
        label="Used for", choices=Purpose.choices, widget=forms.CheckboxSelectMultiple,
        help_text="A campaign may only use it for these. Keep a number that patients know for care free of marketing.",
    )  # fmt: skip
    location = forms.ModelChoiceField(
        label="Location", queryset=Location.objects.none(), required=False, empty_label="Every location"
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        self.fields["location"].queryset = Location.objects.filter(client=client)  # type: ignore[attr-defined]

    channel: str

    def unused(self, address: str) -> str:
        """The address, when no sender in force has it. Raises ValidationError."""
        if Sender.objects.filter(
            client=self.client, channel=self.channel, address=address, ended_at=None
        ).exists():
            raise forms.ValidationError("This sender is already in use. End it first to change it.")
        return address

    def values(self) -> dict[str, Any]:
        """What the row holds."""
        return {name: value for name, value in self.cleaned_data.items() if name in {"address", "purposes", "location"}} | {
            "client": self.client, "channel": self.channel
        }  # fmt: skip

    def save(self) -> Sender:
        return Sender.objects.create(**self.values())


class NumberForm(SenderForm):
    """A number at Twilio."""

    channel = Channel.SMS.value
    address = forms.CharField(
        label="Number", max_length=30, help_text="A United States number of the client's Twilio account."
    )
    messaging_service = forms.RegexField(
        r"^MG[0-9a-fA-F]{32}$", label="Messaging service", required=False, strip=True,
        help_text="MG… as Twilio shows it; the campaign registration hangs on it. Empty for a toll-free number.",
        error_messages={"invalid": "A messaging service is MG followed by 32 letters and digits."},
    )  # fmt: skip
    on_request = forms.BooleanField(
        label="Only for what people asked for", required=False,
        help_text="Its texts wait unless the person’s consent says what they asked for: on the phone, to a voice agent or by a keyword.",
    )  # fmt: skip
    field_order = ("address", "messaging_service", "purposes", "on_request", "location")

    def clean_address(self) -> str:
        try:
            number = phonenumbers.parse(self.cleaned_data["address"], "US")
        except phonenumbers.NumberParseException:
            raise forms.ValidationError("This is not a telephone number.") from None
        canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if not phonenumbers.is_valid_number(number) and not is_us_number(canonical):
            raise forms.ValidationError("This is not a telephone number that exists.")
        if not is_us_number(canonical) or phonenumbers.number_type(number) == PREMIUM:
            raise forms.ValidationError("Only United States numbers can send here.")
        return self.unused(canonical)

    def values(self) -> dict[str, Any]:
        return super().values() | {
            "provider": Provider.TWILIO,
            "messaging_service": self.cleaned_data["messaging_service"],
            "on_request": self.cleaned_data["on_request"],
        }


class MailSenderForm(SenderForm):
    """A From address."""

    channel = Channel.EMAIL.value
    provider = forms.ChoiceField(
        label="Provider", choices=[(each.value, each.label) for each in (Provider.SENDGRID, Provider.SMTP)]
    )
    address = forms.CharField(
        label="From address", max_length=254, help_text="Of a domain that belongs to the practice."
    )
    display_name = forms.CharField(
        label="From name", max_length=120, help_text="The practice's name, as patients know it."
    )
    dkim_selectors = forms.CharField(
        label="DKIM selectors",
        max_length=200,
        help_text="What the provider signs with, separated by commas. SendGrid: s1, s2.",
    )
    return_path = forms.CharField(
        label="Return-path host", max_length=253, required=False,
        help_text="As SendGrid shows it (em1234.example.com). Empty when the provider uses the domain itself.",
    )  # fmt: skip
    field_order = (
        "provider",
        "address",
        "display_name",
        "dkim_selectors",
        "return_path",
        "purposes",
        "location",
    )

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip().lower()
        validate_email(address)
        domain = address.rpartition("@")[2]
        if domain in FREE_MAIL:
            raise forms.ValidationError(
                f"{domain} is a free mail service: campaigns in its name are refused everywhere. Use the practice's own domain."
            )
        if not _HOST.fullmatch(domain):
            raise forms.ValidationError("This is not a mail address at a domain.")
        return self.unused(address)

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"].strip()
        if any(each in name for each in '<>@\r\n"') or any(ord(each) < 32 for each in name):
            raise forms.ValidationError("A From name is plain words: no brackets, quotes or mail address.")
        return name

    def clean_dkim_selectors(self) -> list[str]:
        selectors = [each for each in re.split(r"[\s,]+", self.cleaned_data["dkim_selectors"]) if each]
        if wrong := [each for each in selectors if not _SELECTOR.fullmatch(each)]:
            raise forms.ValidationError(
                f"“{wrong[0][:40]}” is not a selector: letters, digits, dots and dashes."
            )
        return list(dict.fromkeys(selectors))[:5]

    def clean_return_path(self) -> str:
        host: str = self.cleaned_data["return_path"].strip().lower().rstrip(".")
        if host and not _HOST.fullmatch(host):
            raise forms.ValidationError("This is not a host name.")
        return host

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        return super().values() | {
            "provider": given["provider"], "domain": given["address"].rpartition("@")[2], "display_name": given["display_name"],
            "dkim_selectors": given["dkim_selectors"], "return_path": given["return_path"],
        }  # fmt: skip


FORMS: dict[str, type[SenderForm]] = {Channel.SMS.value: NumberForm, Channel.EMAIL.value: MailSenderForm}
