"""Whether a domain's SPF record lets one address send: `check_host` of RFC 7208, section 4, evaluated as receivers do.

Its syntax is judged before, in `spf.py`. No maintained library evaluates a record with a resolver of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from compliance.domains.lookups import CouldNotCheck, Lookups

MOST_LOOKUPS = 10
PASSES, REFUSES, NOT_SOUND = "pass", "fail", "permerror"
_RESULTS = {"": PASSES, "+": PASSES, "-": REFUSES, "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"(?P<how>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?::(?P<value>.+?))?"
    r"(?P<four>/\d{1,3})?(?://(?P<six>\d{1,3}))?",
    re.IGNORECASE,
)
_MACRO = re.compile(
    r"%(?:%|_|-|\{(?P<letter>[a-z])(?P<kept>\d*)(?P<turned>r?)(?P<cut>[.+,/_=-]*)\})", re.IGNORECASE
)

Address = IPv4Address | IPv6Address


@dataclass
class Asking:
    """One evaluation for one address; `left`: look-ups that it may still cost."""

    address: Address
    lookups: Lookups
    left: int = MOST_LOOKUPS
    path: list[str] = field(default_factory=list)

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotSound


class NotSound(Exception):
    """A permanent error of the record: receivers then let nobody in by it."""


def result(address: str, domain: str, lookups: Lookups) -> str:
    """`pass`, `fail`, `softfail`, `neutral`, `none` or `permerror`. Raises CouldNotCheck."""
    try:
        return _of(domain, Asking(ip_address(address), lookups))
    except NotSound:
        return NOT_SOUND


def _of(domain: str, asking: Asking) -> str:
    if domain in asking.path:
        raise NotSound
    asking.path.append(domain)
    records = [each for each in asking.lookups.texts(domain) if each.lower().split(" ", 1)[0] == "v=spf1"]
    if len(records) != 1:
        if records:
            raise NotSound
        asking.path.pop()
        return "none"
    terms = records[0].split()[1:]
    answer = next((found for term in terms if (found := _term(term, domain, asking))), "")
    if not answer:
        answer = _elsewhere(terms, domain, asking)
    asking.path.pop()
    return answer


def _elsewhere(terms: list[str], domain: str, asking: Asking) -> str:
    """What a redirect says, which counts where no term matched."""
    there = next((each[9:] for each in terms if each.lower().startswith("redirect=")), "")
    if not there:
        return "neutral"
    asking.spend()
    answer = _of(_filled(there, domain, asking), asking)
    if answer == "none":
        raise NotSound
    return answer


def _term(term: str, domain: str, asking: Asking) -> str:
    """The result of a term that matches the address, empty when it does not."""
    read = _TERM.fullmatch(term)
    if read is None:
        return ""  # a modifier
    name, value = read["name"].lower(), read["value"] or ""
    if name in ("ip4", "ip6"):
        matches = _is_in(f"{value}{read['four'] or ''}", asking.address)
    elif name == "all":
        matches = True
    else:
        asking.spend()
        matches = _asks(name, _filled(value, domain, asking) if value else domain, read, asking)
    return _RESULTS[read["how"]] if matches else ""


def _asks(name: str, host: str, read: re.Match[str], asking: Asking) -> bool:
    """A term that costs a look-up. `ptr` lets nobody in here: the standard asks to leave it out, and receivers may skip it."""
    if name == "include":
        answer = _of(host, asking)
        if answer == "none":
            raise NotSound
        return answer == PASSES
    if name == "exists":
        return any(":" not in each for each in asking.lookups.addresses(host))
    if name == "ptr":
        return False
    hosts = [host] if name == "a" else asking.lookups.mail_hosts(host)
    if len(hosts) > MOST_LOOKUPS:
        raise NotSound
    length = (read["four"] or "/32")[1:] if asking.address.version == 4 else read["six"] or "128"
    return any(
        _is_in(f"{each}/{length}", asking.address)
        for one in hosts
        if one
        for each in asking.lookups.addresses(one)
        if (":" in each) is (asking.address.version == 6)
    )


def _is_in(network: str, address: Address) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        raise NotSound from None


def _filled(spec: str, domain: str, asking: Asking) -> str:
    """A domain with its macros filled in (section 7). The mailbox before the @ is another in each mail: could not check."""

    def one(found: re.Match[str]) -> str:
        if found["letter"] is None:
            return {"%%": "%", "%_": " ", "%-": "%20"}[found[0]]
        letter = found["letter"].lower()
        if letter in "sl":
            raise CouldNotCheck(
                f"Could not check SPF: the record of {domain} asks for each mailbox of its own."
            )
        values = {
            "i": _dotted(asking.address),
            "v": "in-addr" if asking.address.version == 4 else "ip6",
            "p": "unknown",
        }
        parts = re.split(f"[{re.escape(found['cut'] or '.')}]", values.get(letter, domain))
        parts = parts[::-1] if found["turned"] else parts
        return ".".join(parts[-int(found["kept"]) :] if found["kept"] else parts)

    return _MACRO.sub(one, spec).rstrip(".").lower()


def _dotted(address: Address) -> str:
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
