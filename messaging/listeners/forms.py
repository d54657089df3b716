"""A listener as the owner types it."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django import forms
from django.conf import settings

from messaging.models import Listener
from tenants.providers.outside import reaches_out

MOST_URL = 500
HERE = {"127.0.0.1", "::1", "localhost"}


class ListenerForm(forms.Form):
    """Which system is told, where, and what."""

    name = forms.CharField(label="Which system listens", max_length=80, help_text="As in: practice software.")
    url = forms.CharField(
        label="Its address",
        max_length=MOST_URL,
        help_text="As in https://crm.example.com/clear-to-send. Each request is signed.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(
        label="It is told when",
        choices=Listener.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only numbers of ours are told, no names, addresses or words: what they stand for is asked of the API, with a key.",
    )

    def clean_url(self) -> str:
        """An https address on the open internet; what it may say is not repeated."""
        given: str = self.cleaned_data["url"]
        parts = _parts(given)
        here = settings.DEMO and parts is not None and parts.hostname in HERE
        if parts is None or not (parts.scheme == "https" or here):
            raise forms.ValidationError("Give an address that begins with https:// and names a host.")
        if parts.username is not None or parts.fragment:
            raise forms.ValidationError("Leave out the user name before @ and what stands behind #.")
        if not here and not reaches_out(str(parts.hostname)):
            raise forms.ValidationError(
                "This name has no address on the open internet. Our own network and this machine are never called."
            )
        return given


def _parts(url: str) -> SplitResult | None:
    """What the address is made of; None when a program would read it in another way than people do."""
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' \\<>"'):
        return None
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if known else None
