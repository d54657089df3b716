"""Forms about who must sign, and who signs for whom."""

from __future__ import annotations

from typing import Any

from django import forms

from campaigns.models import SigningRule
from tenants.models import User

DAY = forms.DateInput(attrs={"type": "date"})


class RuleForm(forms.Form):
    """How many must sign, and a number for each who must."""

    how = forms.ChoiceField(label="Who must sign", choices=SigningRule.How.choices, widget=forms.RadioSelect)
    seen = forms.IntegerField(min_value=0, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, people: list[User], rule: SigningRule | None) -> None:
        places = {pk: place for place, pk in enumerate(rule.signers, start=1)} if rule else {}
        initial = {"how": rule.how if rule else SigningRule.How.ANY, "seen": rule.pk if rule else 0}
        super().__init__(data, initial=initial)
        for each in people:
            self.fields[f"place_{each.pk}"] = forms.IntegerField(
                label=each.name,
                required=False,
                min_value=1,
                max_value=99,
                initial=places.get(each.pk),
                help_text=each.email,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def places(self) -> list[forms.BoundField]:
        """The fields of the people."""
        return [self[name] for name in self.fields if name.startswith("place_")]

    def named(self) -> list[int]:
        """The people who were given a number, in the order of the numbers."""
        given = [
            (place, int(name.removeprefix("place_")))
            for name, place in self.cleaned_data.items()
            if name.startswith("place_") and place
        ]
        return [pk for _, pk in sorted(given)]


class DelegateForm(forms.Form):
    """Who signs for me, and when."""

    delegate = forms.TypedChoiceField(label="Who signs for you", coerce=int)
    from_day = forms.DateField(label="From", widget=DAY)
    until_day = forms.DateField(label="Until, that day included", widget=DAY)

    def __init__(self, data: Any = None, *, people: list[User]) -> None:
        super().__init__(data)
        self.people = {each.pk: each for each in people}
        self.fields["delegate"].choices = [  # type: ignore[attr-defined]
            ("", "Choose"),
            *((str(each.pk), f"{each.name} ({each.email})") for each in people),
        ]
