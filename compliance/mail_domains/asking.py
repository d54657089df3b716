"""One domain, asked of one name server or two."""

from __future__ import annotations

from dns.exception import DNSException

from compliance.domains.agreeing import resolvers
from compliance.domains.lookups import CouldNotCheck, Lookups
from compliance.models import Told


def look(domain: str) -> Told:
    """Whether it takes mail. Touches no database; a few seconds when nobody answers.

    One name server's yes is enough. A no keeps people from being written to, so every one asked must say it.
    """
    try:
        asked = resolvers()
    except (OSError, DNSException):
        return Told.UNKNOWN
    first = _by(domain, asked[0])
    if first is Told.TAKES or len(asked) == 1:
        return first
    second = _by(domain, asked[1])
    if second is Told.TAKES:
        return second
    return Told.UNKNOWN if Told.UNKNOWN in (first, second) else first


def _by(domain: str, lookups: Lookups) -> Told:
    try:
        hosts = lookups.mail_hosts(domain)
        if hosts:
            return Told.TAKES if any(hosts) else Told.REFUSES
        return Told.TAKES if lookups.addresses(domain) else Told.NO_SERVER
    except CouldNotCheck:
        return Told.UNKNOWN
