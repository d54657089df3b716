"""What the client's people type into a review: a signature, or what should be different."""

from __future__ import annotations

from typing import Any

from django import forms


class SignForm(forms.Form):
    """The act of signing."""

    typed_name = forms.CharField(
        max_length=120, label="Your full legal name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    title = forms.CharField(
        max_length=120,
        label="Your title",
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    rests_on = forms.IntegerField(required=False, widget=forms.HiddenInput)
    agree = forms.BooleanField(
        error_messages={"required": "Tick the statement if you agree with it; without it nothing is signed."}
    )
    code = forms.CharField(
        max_length=12,
        label="Code of your authenticator app",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class ObjectForm(forms.Form):
    """What should be different."""

    step = forms.TypedChoiceField(required=False, label="About", coerce=int, empty_value=None)
    comment = forms.CharField(
        max_length=4000,
        label="What should be different?",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Say what should be different, so that the agency can change it."},
    )

    def __init__(self, *args: Any, positions: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            ("", "All of it"),
            *((str(each), f"Message {each}") for each in positions),
        ]
