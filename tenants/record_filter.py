"""Which audit events a reader of the record wants to see."""

from __future__ import annotations

import re
from datetime import date

from django import forms
from django.apps import apps

from tenants.audit_areas import CHOICES

NO_DAY = "There is no such day: choose one."
NOT_OFFERED = "“%(value)s” is not on the list: choose from it."
NO_DAYS_BETWEEN = "This day lies before “From”."
NOT_NAMED = "Write what it is and its number: contact 12."


class RecordFilter(forms.Form):
    """Which audit events to show."""

    area = forms.ChoiceField(
        label="About",
        required=False,
        choices=[("", "Everything"), *CHOICES],
        error_messages={"invalid_choice": NOT_OFFERED},
    )
    who = forms.ChoiceField(required=False, error_messages={"invalid_choice": NOT_OFFERED})
    since = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": NO_DAY},
    )
    until = forms.DateField(
        label="Up to",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": NO_DAY},
    )
    what = forms.CharField(
        label="Number of …",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "contact 12", "autocomplete": "off"}),
    )

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["who"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]

    def clean_until(self) -> date | None:
        """Not before the day it begins with."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data["until"]
        if since and until and until < since:
            raise forms.ValidationError(NO_DAYS_BETWEEN)
        return until  # type: ignore[no-any-return]

    def clean_what(self) -> list[str]:
        """As the record names it; several where the words fit several kinds of rows."""
        given: str = self.cleaned_data["what"]
        if not given:
            return []
        if found := names_of(given):
            return found
        raise forms.ValidationError(NOT_NAMED)


def names_of(given: str) -> list[str]:
    """“contact 12”, “Contact: 12” or “consent.Contact:12” as the record names it; a number alone is that of anything."""
    *words, ident = re.split(r"[\s:#]+", given.strip())
    kind = "".join(words).rpartition(".")[2].lower()
    if not re.fullmatch(r"[\w-]*\d[\w-]*", ident):
        return []
    kinds = [each._meta for each in apps.get_models()]
    return sorted(f"{each.label}:{ident}" for each in kinds if kind in ("", each.model_name))
