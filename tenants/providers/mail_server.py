"""The way to a client's own mail server: to public addresses only, looked at in the moment of connecting.

A name that was public when it was entered may point into our own network by now, so the address that was looked at is
the very one connected to; the certificate is still asked for by name. The demo's mail server is on this machine, so
nothing is refused there.
"""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl

from django.conf import settings

Address = tuple[str, int]


class Inside(OSError):
    """The server's name leads into this installation's own network."""


def reaches_out(host: str) -> bool:
    """Whether every address of a host is a public one: nobody may point us at our own network."""
    try:
        return all(_is_public(address) for address, _ in _found(host, 0))
    except (OSError, ValueError, UnicodeError):
        return False


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
        found = _found(host, port)
        if not settings.DEMO and not all(_is_public(address) for address, _ in found):
            raise Inside("the mail server's name leads into our own network")
        for each in found[:-1]:
            try:
                return _opened(each, timeout)
            except OSError:
                continue
        return _opened(found[-1], timeout)


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """TLS from the start, over the socket of `_Plain`."""


def _found(host: str, port: int) -> list[Address]:
    """Every address of a host, at least one. Raises OSError or UnicodeError."""
    found = [(str(at[0]), port) for _, _, _, _, at in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found:
        raise OSError("the name has no address")
    return list(dict.fromkeys(found))


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast


def _opened(address: Address, timeout: float) -> socket.socket:
    return socket.create_connection(address, timeout)
