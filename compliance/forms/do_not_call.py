"""A file of the do-not-call registry, with what proves where it came from."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from compliance.models import RegistryFile
from compliance.models.registry import GOOD_FOR
from consent.importing import uploads
from tenants.models import Client


class RegistryFileForm(forms.Form):
    """What was brought, of which day, from whom."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=RegistryFile.Kind.choices,
        help_text="The registry’s own file clears every number of its area codes that it does not name. An answer clears only the "
        "numbers in it: a number and “listed” or “clear” on each line.",
    )
    as_of = forms.DateField(
        label="The day it shows",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="It counts for 31 days from then.",
    )
    account = forms.CharField(
        label="Account number or service",
        max_length=60,
        help_text="The practice’s subscription account number at telemarketing.donotcall.gov, or who looked the numbers up.",
    )
    file = forms.FileField(
        label="The file", help_text="Text or CSV, unpacked, up to 512 MB. It is read once, then deleted."
    )

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if day > date.today() + timedelta(days=1):
            raise forms.ValidationError("A date in the future: enter the day of the registry that it shows.")
        if day <= date.today() - GOOD_FOR:
            raise forms.ValidationError("This is more than 31 days ago, so it counts no more. Fetch it anew.")
        return day

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.FILE_UPLOAD_KEPT_AT_MOST:
            raise forms.ValidationError("This file is larger than 512 MB. Bring it by area codes, in parts.")
        return file

    def save(self, client: Client, by: Any) -> RegistryFile:
        """Keep it encrypted until it is read. Inside the client's scope."""
        given = self.cleaned_data
        kept = uploads.keep(given["file"].chunks())
        try:
            made: RegistryFile = RegistryFile.objects.create(
                client=client, kind=given["kind"], as_of=given["as_of"], account=given["account"], filed_by=by,
                file_name=PurePath((given["file"].name or "list").replace("\\", "/")).name[-200:],
                file_sha256=kept.sha256, stored_as=kept.name,
            )  # fmt: skip
        except BaseException:
            uploads.discard(kept.name)
            raise
        return made
