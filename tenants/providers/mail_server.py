"""The way to a client's own mail server; only to public addresses (tenants.providers.outside)."""

from __future__ import annotations

import smtplib
import socket
import ssl

from tenants.providers import outside


def connected(host: str, port: int, security: str, *, timeout: float, greeting: str = "") -> smtplib.SMTP:
    """A connection that was greeted, not yet signed in; `security` is `starttls`, `tls` or `none`.

    `timeout` is in seconds, for each address. `greeting` is the name we greet with; smtplib would ask the DNS for it.
    Raises Inside, other OSErrors (also of TLS) and SMTPException.
    """
    context, name = ssl.create_default_context(), greeting or "localhost"
    if security == "tls":
        return _Encrypted(host, port, local_hostname=name, timeout=timeout, context=context)
    server = _Plain(host, port, local_hostname=name, timeout=timeout)
    try:
        if security == "starttls":
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


class _Plain(smtplib.SMTP):
    """smtplib asks for its socket here; the name it was made with stays the one that TLS asks for."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return outside.opened(host, port, timeout)


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """TLS from the start, over the socket of `_Plain`."""
