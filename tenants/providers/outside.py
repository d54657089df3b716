"""The way out to a host that a client named: to public addresses only, looked at in the moment of connecting.

A name that was public when it was entered may point into our own network by now, so the address that was looked at is
the very one connected to. The demo's servers are on this machine, so nothing is refused there.
"""

from __future__ import annotations

import ipaddress
import socket

from django.conf import settings

Address = tuple[str, int]
MOST = 4  # addresses of a host that are tried


class Inside(OSError):
    """The host's name leads into this installation's own network."""


def reaches_out(host: str) -> bool:
    """Whether every address of a host is a public one: nobody may point us at our own network."""
    try:
        return all(_is_public(address) for address, _ in _found(host, 0))
    except (OSError, ValueError, UnicodeError):
        return False


def opened(host: str, port: int, timeout: float) -> socket.socket:
    """A connection to one of the host's addresses, `timeout` seconds for each. Raises Inside, other OSErrors, UnicodeError."""
    found = _found(host, port)
    if not settings.DEMO and not all(_is_public(address) for address, _ in found):
        raise Inside("the name leads into our own network")
    *first, last = found[:MOST]
    for each in first:
        try:
            return _opened(each, timeout)
        except OSError:
            continue
    return _opened(last, timeout)


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
