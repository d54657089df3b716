"""A client's account at a provider. Secrets are written, never shown."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django import forms
from django.conf import settings as site
from dns.inet import is_address

from compliance.models import Answer, Canary, DomainCheck, SeedMail
from tenants.clock import db_now
from tenants.hashing import new_token, token_hash
from tenants.models import Client, HookEndpoint, Provider, ProviderAccount, Sender
from tenants.providers.outside import reaches_out

KEEP = "Leave empty to keep the one on file."


class AccountForm(forms.Form):
    """Common to all: a secret left empty keeps the one on file; the webhook's address never changes."""

    provider: str
    secrets: tuple[str, ...] = ()
    # A secret goes to no other account and no other server than it was entered for.
    bound_to: tuple[str, ...] = ()
    # What names the account at its provider: no two clients share one. Empty: they may, as of a mail server.
    named_by = ""

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        self.client = client
        self.row = (
            ProviderAccount.objects.in_force(db_now()).filter(client=client, provider=self.provider).first()
        )
        self.before = self.row.credentials() if self.row and self.row.is_readable else {}
        kwargs.setdefault(
            "initial", {name: value for name, value in self.before.items() if name not in self.secrets}
        )
        super().__init__(*args, **kwargs)
        for name in self.secrets:
            if self.before.get(name):
                self.fields[name].required = False
                self.fields[name].help_text = KEEP

    def settings(self) -> dict[str, str]:
        """What is to be stored, secrets kept where the form left them empty."""
        given = {name: str(value or "") for name, value in self.cleaned_data.items()}
        return {
            name: value or (self.before.get(name, "") if name in self.secrets else "")
            for name, value in given.items()
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.before and any(str(given.get(name)) != str(self.before.get(name)) for name in self.bound_to):
            for name in self.secrets:
                if not given.get(name):
                    self.add_error(name, "This is another account or server: enter the secret again.")
        if not self.errors and self._is_anothers():
            self.add_error(
                self.named_by,
                "Another client sends with this account. Each client has its own account or subaccount, so that neither "
                "answers for the other’s messages.",
            )
        return given

    def save(self) -> ProviderAccount:
        """End the settings in force and begin the new ones; the first account of a provider gets its webhook."""
        values = self.settings()
        hook = self.before.get("hook") or self._new_hook()
        at = db_now()
        ProviderAccount.objects.filter(client=self.client, provider=self.provider).end(at)
        # What was proven was proven of the former credentials.
        senders = Sender.objects.filter(client=self.client, provider=self.provider)
        Canary.objects.filter(client=self.client, sender__in=senders, ended_at=None).update(ended_at=at)
        proven = SeedMail.objects.filter(client=self.client, domain__in=senders.values("domain"))
        proven.filter(answer=Answer.PASS).end(at)
        HookEndpoint.objects.filter(
            client=self.client, provider=self.provider, token_hash=token_hash(hook)
        ).update(account_hash=self._digest())
        account_id = values.pop("account_id", "")
        return ProviderAccount.objects.create(
            client=self.client,
            provider=self.provider,
            account_id=account_id,
            host=values.get("host", ""),
            settings=json.dumps(values | {"hook": hook}),
        )

    def _digest(self) -> bytes | None:
        name = self.settings()[self.named_by] if self.named_by else ""
        return token_hash(f"{self.provider} {name}") if name else None

    def _is_anothers(self) -> bool:
        digest = self._digest()
        rows = HookEndpoint.objects.filter(provider=self.provider, account_hash=digest, ended_at=None)
        return digest is not None and rows.exclude(client=self.client).exists()

    def _new_hook(self) -> str:
        token, digest = new_token()
        HookEndpoint.objects.create(token_hash=digest, provider=self.provider, client=self.client)
        return token


def _secret(label: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=400,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        **more,
    )


class TwilioForm(AccountForm):
    """The client's own Twilio (sub)account."""

    provider, secrets, bound_to = Provider.TWILIO.value, ("auth_token",), ("account_id",)
    named_by = "account_id"
    account_id = forms.RegexField(
        r"^AC[0-9a-fA-F]{32}$", label="Account SID", help_text="AC… of this client's own account or subaccount.",
        error_messages={"invalid": "An account SID is AC followed by 32 letters and digits."},
    )  # fmt: skip
    auth_token = _secret("Auth token")


class SendGridForm(AccountForm):
    """The client's own SendGrid (sub)account."""

    provider, secrets = Provider.SENDGRID.value, ("api_key",)
    named_by = "api_key"
    api_key = _secret("API key")
    verification_key = forms.CharField(
        label="Verification key", max_length=400, required=False,
        help_text="Of the signed event webhook, as SendGrid shows it. Without it no event is believed.",
    )  # fmt: skip

    def clean_verification_key(self) -> str:
        key: str = "".join(self.cleaned_data["verification_key"].split())
        try:
            base64.b64decode(key, validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError(
                "This is not a key: copy the whole line from SendGrid's event webhook settings."
            ) from None
        return key


class SmtpForm(AccountForm):
    """The client's own mail server."""

    provider, secrets, bound_to = (
        Provider.SMTP.value,
        ("password",),
        ("account_id", "host", "port", "security"),
    )
    host = forms.CharField(label="Server", max_length=253)
    port = forms.IntegerField(label="Port", min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label="Encryption", choices=[("starttls", "STARTTLS (587)"), ("tls", "TLS from the start (465)")]
    )
    account_id = forms.CharField(label="User name", max_length=64)
    password = _secret("Password")
    return_domain = forms.CharField(
        label="Bounce domain",
        max_length=253,
        required=False,
        help_text="Where bounces are sent. Empty = the From address's domain.",
    )

    sends_from = forms.CharField(
        label="Addresses it sends from",
        max_length=400,
        required=False,
        help_text="IP addresses, with a space between them, if they are others than the server’s own: a received mail shows them. "
        "The domain’s SPF record must let every one send.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if site.DEMO:
            self.fields["security"].choices += [("none", "None (demo only)")]  # type: ignore[attr-defined]

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip().lower()
        if not site.DEMO and not reaches_out(host):
            raise forms.ValidationError(
                "This server cannot be found, or lies inside this installation's own network. Enter its public name."
            )
        return host

    def clean_sends_from(self) -> str:
        given = self.cleaned_data["sends_from"].replace(",", " ").split()
        if not all(map(is_address, given)):
            raise forms.ValidationError(
                "Enter whole IP addresses, as in 192.0.2.10, with a space between them."
            )
        return " ".join(dict.fromkeys(given))

    def save(self) -> ProviderAccount:
        """What was seen of SPF was seen for the former server."""
        domains = Sender.objects.filter(client=self.client, provider=self.provider).values("domain")
        DomainCheck.objects.filter(client=self.client, domain__in=domains, passed=True, ended_at=None).update(
            ended_at=db_now()
        )
        return super().save()


FORMS: dict[str, type[AccountForm]] = {form.provider: form for form in (TwilioForm, SendGridForm, SmtpForm)}
