"""Trying a provider account: one harmless question with its credentials."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping

from django.conf import settings as site

from tenants.models import Provider
from tenants.providers import mail_server, outside
from tenants.providers.twilio_client import twilio_client

TIMEOUT = 6.0  # seconds


class NotAccepted(Exception):
    """The account did not work; the message says why, without any secret."""


def try_account(provider: str, credentials: Mapping[str, str]) -> str:
    """Ask the provider who we are; returns the sentence of success. Raises NotAccepted. At most about TIMEOUT seconds."""
    return _TRIALS[provider](credentials)


def _twilio(credentials: Mapping[str, str]) -> str:
    from requests import RequestException
    from twilio.base.exceptions import TwilioException

    try:
        account = (
            twilio_client(credentials, timeout=TIMEOUT, connections=1)
            .api.accounts(credentials["account_id"])
            .fetch()
        )
    except TwilioException as refused:
        if getattr(refused, "status", 0) in {401, 403, 404}:
            raise NotAccepted("Twilio does not know this account SID with this token.") from None
        raise NotAccepted("Twilio answered with an error. Try again later.") from None
    except RequestException:
        raise NotAccepted("Twilio could not be reached. Try again later.") from None
    if account.status != "active":
        raise NotAccepted(f"Twilio knows the account, but it is {account.status}.")
    return "Twilio accepts these credentials; the account is active."


def _sendgrid(credentials: Mapping[str, str]) -> str:
    from urllib.error import URLError

    from python_http_client.exceptions import HTTPError
    from sendgrid import SendGridAPIClient

    client = SendGridAPIClient(
        credentials.get("api_key", ""), **({"host": site.SENDGRID_BASE_URL} if site.SENDGRID_BASE_URL else {})
    )
    client.client.timeout = TIMEOUT
    try:
        scopes = client.client.scopes.get().to_dict.get("scopes", [])
    except HTTPError as refused:
        if refused.status_code in {401, 403}:
            raise NotAccepted("SendGrid does not accept this API key.") from None
        raise NotAccepted("SendGrid answered with an error. Try again later.") from None
    except (URLError, OSError, ValueError):
        raise NotAccepted("SendGrid could not be reached. Try again later.") from None
    if "mail.send" not in scopes:
        raise NotAccepted(
            "SendGrid accepts the key, but it may not send mail. Give it the permission Mail Send."
        )
    return "SendGrid accepts the API key, and it may send mail."


def _smtp(credentials: Mapping[str, str]) -> str:
    host, port, security = (
        credentials.get("host", ""),
        int(credentials.get("port") or 587),
        credentials.get("security") or "starttls",
    )
    try:
        with mail_server.connected(
            host, port, security, timeout=TIMEOUT, greeting=credentials.get("return_domain", "")
        ) as server:
            server.login(credentials.get("account_id", ""), credentials.get("password", ""))
    except smtplib.SMTPAuthenticationError:
        raise NotAccepted("The mail server does not accept this user name and password.") from None
    except ssl.SSLError:
        raise NotAccepted(
            "No encrypted connection came about: check server name, port and encryption."
        ) from None
    except outside.Inside:
        raise NotAccepted(
            "This server's name leads into this installation's own network by now. Enter its public name."
        ) from None
    except (smtplib.SMTPException, OSError):
        raise NotAccepted(
            "The mail server could not be reached, or broke off. Check server name, port and encryption."
        ) from None
    return "The mail server accepts these credentials."


_TRIALS: dict[str, Callable[[Mapping[str, str]], str]] = {
    Provider.TWILIO.value: _twilio, Provider.SENDGRID.value: _sendgrid, Provider.SMTP.value: _smtp,
}  # fmt: skip
