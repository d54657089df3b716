"""A source as the owner sets it up: where lists are looked for, and the statement under which they are taken."""

from __future__ import annotations

from typing import Any

import asyncssh
from django import forms
from django.conf import settings

from consent.models import ListSource
from tenants.providers.outside import reaches_out

ATTEST = (
    "{name} gives us the lists that come this way for its own messages; none was bought or rented, and every no "
    "that the practice knows of is in them."
)


class StatementForm(forms.Form):
    """The standing statement, in the name of whoever makes it."""

    attest = forms.BooleanField(label="I state this")
    typed_name = forms.CharField(label="Your name", max_length=120)

    def __init__(self, *args: Any, client_name: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["attest"].help_text = ATTEST.format(name=client_name)
        self.fields["attest"].error_messages["required"] = "Without this statement no list is taken."


class SourceForm(StatementForm):
    """Where, how often, and what is needed to get in."""

    name = forms.CharField(label="Name", max_length=80, help_text="As in: nightly export.")
    kind = forms.ChoiceField(label="Lists come to", widget=forms.RadioSelect, initial=ListSource.Kind.SFTP)
    every = forms.TypedChoiceField(
        label="Looked at", choices=ListSource.Every.choices, initial=ListSource.Every.DAY, coerce=int
    )
    host = forms.CharField(
        label="Server", max_length=253, required=False, help_text="As in sftp.practice.example."
    )
    port = forms.IntegerField(label="Port", min_value=1, max_value=65535, initial=22, required=False)
    folder = forms.CharField(
        label="Folder on it", max_length=200, required=False, help_text="Empty: where one arrives."
    )
    user_name = forms.CharField(
        label="User name",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    secret = forms.CharField(
        label="Password, or private key", required=False, max_length=8000, strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted and shown to nobody. A key in PEM, without a passphrase.",
    )  # fmt: skip
    host_key = forms.CharField(
        label="The server’s public key", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The line that whoever runs the server gives you, as in ssh-ed25519 AAAA… Another server is not spoken to.",
    )  # fmt: skip
    field_order = (
        "name", "kind", "every", "host", "port", "folder", "user_name", "secret", "host_key", "attest", "typed_name",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = ListSource.Kind.choices if settings.LIST_FOLDERS_DIR else [ListSource.Kind.choices[1]]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean_host_key(self) -> str:
        """The key alone, in its one form."""
        words = self.cleaned_data["host_key"].split()
        if not words:
            return ""
        at = next(
            (place for place, word in enumerate(words) if word.startswith(("ssh-", "ecdsa-", "sk-"))), 0
        )
        try:
            return str(
                asyncssh.import_public_key(" ".join(words[at : at + 2])).export_public_key().decode().strip()
            )
        except (asyncssh.KeyImportError, ValueError):
            raise forms.ValidationError(
                "This is no public key of a server. It begins with ssh-ed25519 or the like."
            ) from None

    def clean_secret(self) -> str:
        """A private key is one that can be read."""
        given: str = self.cleaned_data["secret"]
        if given.lstrip().startswith("-----BEGIN"):
            try:
                asyncssh.import_private_key(given)
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
                raise forms.ValidationError(
                    "This private key cannot be read. It must be whole and without a passphrase."
                ) from None
        return given

    def clean(self) -> dict[str, Any]:
        """A server needs all that leads into it."""
        given = super().clean() or {}
        if given.get("kind") != ListSource.Kind.SFTP:
            for name in ("host", "folder", "user_name", "secret", "host_key"):
                given[name] = ""
            return given | {"port": 22}
        for name in ("host", "user_name", "secret", "host_key"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, "A server needs this.")
        given["port"] = given.get("port") or 22
        if given.get("host") and not settings.DEMO and not reaches_out(given["host"]):
            self.add_error(
                "host",
                "This name has no address on the open internet. Our own network and this machine are never called.",
            )
        return given
