"""Filing agreements, the postal address and the certificate."""

from __future__ import annotations

import base64
import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tenants.file_kinds import kind_of
from tenants.models import Agreement, Client, PostalAddress, Provider, SubProcessor

LARGEST = 10 * 1024 * 1024
OLDEST, NEWEST = 1996, 2100  # the year of HIPAA; a later or earlier one is a slip of the hand
STATES = [
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "DC",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
    "MI",
    "MN",
    "MS",
    "MO",
    "MT",
    "NE",
    "NV",
    "NH",
    "NJ",
    "NM",
    "NY",
    "NC",
    "ND",
    "OH",
    "OK",
    "OR",
    "PA",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VT",
    "VA",
    "WA",
    "WV",
    "WI",
    "WY",
    "AS",
    "GU",
    "MP",
    "PR",
    "VI",
]


class AgreementForm(forms.Form):
    """A signed agreement with its evidence."""

    kind = forms.ChoiceField(label="Between whom", choices=Agreement.Kind.choices)
    provider = forms.ChoiceField(
        label="Provider", required=False, help_text="Only for an agreement with a provider. SendGrid signs none.",
        choices=[("", "–"), *[(each.value, each.label) for each in Provider if each != Provider.SENDGRID]],
    )  # fmt: skip
    company = forms.TypedChoiceField(
        label="Company", required=False, coerce=int, empty_value=None,
        help_text="Only for an agreement with another company that was named on the readiness page.",
    )  # fmt: skip
    product = forms.CharField(
        label="Product or service", max_length=200, required=False,
        help_text="As the agreement names it, as in Programmable Messaging and Lookup. Asked for with providers and hosts.",
    )  # fmt: skip
    scope = forms.CharField(
        label="Data it covers", max_length=300, required=False,
        help_text="As in names, numbers and the words of texts. Asked for with providers and hosts.",
    )  # fmt: skip
    host = forms.CharField(
        label="Mail server", max_length=253, required=False,
        help_text="Only for the own mail server: the server of the account, which must be the one the agreement is about.",
    )  # fmt: skip
    hipaa_account = forms.BooleanField(
        label="Twilio has flagged this client’s account for HIPAA.", required=False,
        help_text="Only for an agreement with Twilio: it covers no account that is not flagged.",
    )  # fmt: skip
    parties = forms.CharField(
        label="Parties", max_length=300, help_text="As in Bright Smiles Dental PC and Reach Agency LLC."
    )
    signed_on = forms.DateField(label="Signed on", widget=forms.DateInput(attrs={"type": "date"}))
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty when it runs until it is ended.",
    )
    file = forms.FileField(
        label="The signed document", help_text="PDF, PNG or JPEG, up to 10 MB. Kept encrypted."
    )

    def __init__(self, *args: Any, companies: list[SubProcessor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(each.pk), f"{each.name}, {each.product}") for each in companies]
        self.fields["company"].choices = [("", "–"), *named]  # type: ignore[attr-defined]
        if not companies:
            del self.fields["company"]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                f"The file has {(file.size or 0) / 1e6:.1f} MB; at most 10 MB are taken."
            )
        head = file.read(16)
        file.seek(0)
        if not kind_of(head):
            raise forms.ValidationError(
                "This is no PDF, PNG or JPEG. Scan or print the signed document to one of these."
            )
        return file

    def clean_signed_on(self) -> date:
        signed: date = self.cleaned_data["signed_on"]
        if signed > date.today() + timedelta(days=1):
            raise forms.ValidationError("A date in the future: enter the day it was signed.")
        if signed.year < OLDEST:
            raise forms.ValidationError("This is too long ago to be right.")
        return signed

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Agreement.Kind.PROVIDER and not given.get("provider"):
            self.add_error("provider", "Choose the provider it was made with.")
        if given.get("kind") in (Agreement.Kind.PROVIDER, Agreement.Kind.HOSTING):
            for name, says in (
                ("product", "Enter the product that it names."),
                ("scope", "Enter which data it covers."),
            ):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, says)
        if self._with(Provider.SMTP) and not given.get("host"):
            self.add_error(
                "host",
                "Enter the mail server that it is about: an agreement about another one does not count.",
            )
        if self._with(Provider.TWILIO) and not given.get("hipaa_account"):
            self.add_error("hipaa_account", "Ask Twilio to flag the account first, then say so here.")
        if given.get("kind") == Agreement.Kind.OTHER and not given.get("company"):
            self.add_error(
                "company" if "company" in self.fields else "kind",
                "Choose the company it was made with; name it on the readiness page first.",
            )
        signed, last = given.get("signed_on"), given.get("expires_on")
        if last and last < date.today():
            self.add_error(
                "expires_on", "This day is past: the agreement has run out. File the one in force."
            )
        elif last and last.year > NEWEST:
            self.add_error(
                "expires_on", "This is too far ahead. Leave it empty when it runs until it is ended."
            )
        elif signed and last and last < signed:
            self.add_error("expires_on", "The last day lies before the signature.")
        return given

    def _with(self, provider: str) -> bool:
        given = self.cleaned_data
        return given.get("kind") == Agreement.Kind.PROVIDER and given.get("provider") == provider

    def save(self, client: Client, by: Any) -> Agreement:
        """File it. Its last day ends at midnight of the client's own time zone."""
        given = self.cleaned_data
        data = given["file"].read()
        kind = given["kind"]
        return Agreement.objects.create(
            client=client, kind=kind, provider=given["provider"] if kind == Agreement.Kind.PROVIDER else "",
            sub_processor_id=given.get("company") if kind == Agreement.Kind.OTHER else None,
            product=given["product"], scope=given["scope"], host=given["host"].strip().lower() if self._with(Provider.SMTP) else "",
            hipaa_account=self._with(Provider.TWILIO), parties=given["parties"],
            signed_on=given["signed_on"], expires_at=_end_of(given["expires_on"], client),
            file_name=given["file"].name[-200:], file_sha256=hashlib.sha256(data).hexdigest(), file=base64.b64encode(data).decode(),
            filed_by=by,
        )  # fmt: skip


def _end_of(day: date | None, client: Client) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(client.time_zone)) if day else None


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A further company that sees the client's data."""

    class Meta:
        model = SubProcessor
        fields = ("name", "product", "sees")
        labels = {"name": "Company", "product": "Product or service", "sees": "What it sees"}
        help_texts = {
            "product": "As in mail relay, encrypted backups, telephone answering.",
            "sees": "As in mail addresses and the words of mails; or encrypted files only.",
        }


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address every mail shows; confirming it is the deed."""

    confirmed = forms.BooleanField(
        label="This is the practice's current street address, a post office box or a registered private mailbox in its name."
    )

    class Meta:
        model = PostalAddress
        fields = ("line", "city", "state", "zip_code")
        labels = {"line": "Street and number, or PO box", "zip_code": "ZIP code"}
        widgets = {"state": forms.Select(choices=[(each, each) for each in STATES])}


class CertificateForm(forms.Form):
    """A named person's word for the list."""

    STATEMENT = (
        "I certify that every person who ever asked {practice} not to be contacted, by any channel, keyword, vendor or earlier system, "
        "is in the lists imported here as opted out, and that no list was bought, rented or shared."
    )
    agreed = forms.BooleanField(label="I certify this.")
    typed_name = forms.CharField(label="Your name", max_length=120)

    @classmethod
    def statement(cls, client: Client) -> str:
        """What is certified, with the practice's name."""
        return cls.STATEMENT.format(practice=client.legal_name or client.name)
