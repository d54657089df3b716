"""DNS questions with a limit on time, where "does not exist" and "could not ask" are never confused."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.inet
import dns.nameserver
import dns.resolver
from django.conf import settings

ONE_LOOKUP = 2.0  # seconds; asked twice within it, so that one lost packet is not an answer
ALL_LOOKUPS = 8.0
CNAME_HOPS = 8
KEPT_VALUES, KEPT_LETTERS = 12, 700  # of a record, for the evidence


class CouldNotCheck(Exception):
    """No usable answer: silence, SERVFAIL, a loop. Says nothing about the domain."""


class Lookups(dns.resolver.Resolver):
    """A resolver for the look at one domain; checkdmarc can use it too (`resolver=`).

    `troubles` holds a sentence for every look-up that could not be answered; whoever asks through a library
    that takes such a failure for an absence reads it afterwards.
    """

    def __init__(self, nameservers: Sequence[str] | None = None, *, in_all: float = ALL_LOOKUPS) -> None:
        configured = settings.DNS_NAMESERVERS if nameservers is None else nameservers
        super().__init__(configure=not configured)
        if configured:
            self.nameservers = [_nameserver(each) for each in configured]
        self.timeout, self.lifetime = ONE_LOOKUP / 2, ONE_LOOKUP
        self.retry_servfail = False
        self.ends = time.monotonic() + in_all
        self.troubles: list[str] = []
        self.seen: dict[str, list[str]] = {}
        self._answers: dict[tuple[str, str], Any] = {}

    def resolve(self, qname: Any, rdtype: Any = "A", *args: Any, **kwargs: Any) -> Any:
        """dnspython's answer, each question put once. Raises its NXDOMAIN and NoAnswer, or notes a trouble and raises."""
        name, kind = str(qname).rstrip(".").lower(), str(rdtype).upper()
        if kind == "SPF":  # a record type withdrawn in 2014; checkdmarc asks for it every time
            raise dns.resolver.NoAnswer
        if (name, kind) not in self._answers:
            self._answers[name, kind] = self._ask(name, kind)
        answer = self._answers[name, kind]
        if isinstance(answer, dns.exception.DNSException):
            raise answer
        return answer

    def _ask(self, name: str, kind: str) -> Any:
        left = self.ends - time.monotonic()
        if left <= 0:
            return self._trouble(name, kind, dns.exception.Timeout())  # type: ignore[no-untyped-call]
        try:
            answer = super().resolve(name, kind, lifetime=min(self.lifetime, left), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as nothing:
            return nothing
        except dns.exception.DNSException as error:
            return self._trouble(name, kind, error)
        self.seen[f"{name} {kind}"] = [_text(each)[:KEPT_LETTERS] for each in list(answer)[:KEPT_VALUES]]
        return answer

    def _trouble(self, name: str, kind: str, error: dns.exception.DNSException) -> dns.exception.DNSException:
        why = (
            "nobody answered in time"
            if isinstance(error, dns.exception.Timeout)
            else "the name servers gave no usable answer"
        )
        self.troubles.append(f"Could not look up the {kind} record of {name}: {why}.")
        return error

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, CNAMEs followed; empty when there is none."""
        return [_text(each) for each in self._rows(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """A and AAAA records of a name, CNAMEs followed; empty when there is none."""
        return [each.to_text() for kind in ("A", "AAAA") for each in self._rows(name, kind)]

    def mail_hosts(self, name: str) -> list[str]:
        """The MX hosts of a name by preference; `[""]` is a null MX: the domain takes no mail."""
        rows = sorted(self._rows(name, "MX"), key=lambda each: each.preference)
        return [str(each.exchange).rstrip(".") for each in rows]

    def alias(self, name: str) -> str:
        """Where a CNAME at the name points; empty when there is none."""
        try:
            return str(next(iter(self.resolve(name, "CNAME"))).target).rstrip(".").lower()
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ""
        except dns.exception.DNSException:
            raise CouldNotCheck(self.troubles[-1]) from None

    def _rows(self, name: str, kind: str) -> list[Any]:
        """Records of a kind. A server that does not follow a CNAME itself is helped, up to CNAME_HOPS times."""
        for _ in range(CNAME_HOPS):
            try:
                return list(self.resolve(name, kind))
            except dns.resolver.NXDOMAIN:
                return []
            except dns.resolver.NoAnswer:
                target = self.alias(name)
                if not target:
                    return []
                name = target
            except dns.exception.DNSException:
                raise CouldNotCheck(self.troubles[-1]) from None
        self.troubles.append(f"Could not look up the {kind} record of {name}: the aliases go in a circle.")
        raise CouldNotCheck(self.troubles[-1])


def _nameserver(configured: str) -> dns.nameserver.Nameserver:
    """A name server from `host`, `host:port` or `[v6]:port`; a host name is looked up with the system's resolver."""
    host, _, port = (
        configured.rpartition(":")
        if configured.count(":") == 1 or "]:" in configured
        else (configured, "", "")
    )
    host = (host or configured).strip("[]")
    address = host if dns.inet.is_address(host) else str(socket.getaddrinfo(host, None)[0][4][0])
    return dns.nameserver.Do53Nameserver(address, int(port or 53))


def _text(row: Any) -> str:
    if hasattr(row, "strings"):
        return b"".join(row.strings).decode("utf-8", "replace")
    return str(row.to_text()).rstrip(".")
