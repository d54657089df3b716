"""Twilio's official client over a transport of ours: one pooled session, no retries, a timeout, no log lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings as site

if TYPE_CHECKING:
    from twilio.rest import Client


def twilio_client(settings: Mapping[str, str], *, timeout: float = 10.0, connections: int = 8) -> Client:
    """A client for the account named by `settings` (`account_id`, `auth_token`: `ProviderAccount.credentials()`).

    Keep it: it holds up to `connections` open connections. `timeout` is seconds, to connect and between bytes.
    A request is made once; trying again is the caller's decision. With settings.TWILIO_BASE_URL every
    request goes there, path unchanged.
    """
    # The SDK takes half a second and 40 MB to import: only those who call Twilio pay.
    from requests import PreparedRequest, Session
    from requests.adapters import HTTPAdapter
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Transport(TwilioHttpClient):  # type: ignore[misc]
        """The SDK's own transport, quiet (its log lines name numbers) and aimed at the configured address."""

        def __init__(self) -> None:
            super().__init__(timeout=timeout)
            adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
            session = Session()
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self.session = session

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            return super().request(method, rebased(url), *args, **kwargs)

        def log_request(self, kwargs: dict[str, Any]) -> None:
            """Nothing."""

        def log_response(self, status_code: int, response: PreparedRequest) -> None:
            """Nothing."""

    return Client(
        settings["account_id"], settings["auth_token"], http_client=Transport(), environment={"": ""}
    )


def rebased(url: str) -> str:
    """The address with scheme and host of settings.TWILIO_BASE_URL, or itself when that is empty."""
    if not site.TWILIO_BASE_URL:
        return url
    base, asked = urlsplit(site.TWILIO_BASE_URL), urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + asked.path, asked.query, ""))
