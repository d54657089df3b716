"""SPF (RFC 7208) of the domain that the provider's return path is in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dns.inet import is_address

from compliance.domains import letting
from compliance.domains.findings import FAIL, PASS, UNKNOWN, WARN, Record, Seen
from compliance.domains.lookups import CouldNotCheck, Lookups

# What a provider's SPF must name, and where a return-path CNAME of its leads.
INCLUDES = {"sendgrid": "sendgrid.net"}


def look(host: str, provider: str, lookups: Lookups, seen: Seen, server: list[str] | None = None) -> None:
    """Judge the SPF record of a return-path host for a provider (`sendgrid`, `smtp`); findings go to `seen`.

    `server`: of a client's own mail server the addresses it sends from, or its host.
    """
    try:
        records = [
            text
            for text in lookups.texts(host)
            if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
        ]
        alias = lookups.alias(host)
    except CouldNotCheck as why:
        seen.note("spf", UNKNOWN, str(why))
        return
    wanted = INCLUDES.get(provider, "")
    advice = Record("TXT", host, f"v=spf1 include:{wanted} ~all" if wanted else "v=spf1 mx ~all")
    if not records:
        seen.note(
            "spf",
            FAIL,
            f"{host} has no SPF record. It needs exactly one, naming whoever sends its mail.",
            advice,
        )
        return
    if len(records) > 1:
        seen.note(
            "spf",
            FAIL,
            f"{host} has {len(records)} SPF records; receivers then use none. Keep one and put all it needs into it.",
        )
        return
    if not _sound(records[0], host, lookups, seen):
        return
    passing = list(_passing(records[0]))
    if not passing:
        says = f"The SPF record of {host} lets nobody send in its name: nothing stands in it but what refuses. Put whoever sends into it."
        seen.note("spf", FAIL, says, advice)
        return
    if wanted and not (any(_within(each, wanted) for each in passing) or _is_or_under(alias, wanted)):
        add = Record("TXT", host, records[0].replace("v=spf1", f"v=spf1 include:{wanted}", 1))
        seen.note(
            "spf",
            FAIL,
            f"The SPF record of {host} does not allow {provider} to send. Put include:{wanted} into it.",
            add,
        )
        return
    if provider == "smtp" and not _lets_server(host, records[0], server, lookups, seen):
        return
    seen.note("spf", PASS, f"{host} has one SPF record: {records[0][:200]}")


def _lets_server(host: str, record: str, server: list[str] | None, lookups: Lookups, seen: Seen) -> bool:
    """Whether the record lets the client's own mail server send, from every address it has; notes what is wrong."""
    try:
        addresses = _addresses(server, lookups)
        results = {each: letting.result(each, host, lookups) for each in addresses}
    except CouldNotCheck as why:
        seen.note("spf", UNKNOWN, str(why))
        return False
    if refused := [each for each, result in results.items() if result != letting.PASSES]:
        version = 6 if ":" in refused[0] else 4
        says = (
            f"The SPF record of {host} does not let the mail server send from {', '.join(refused[:4])}. Put it into the record. "
            "If the server sends from other addresses, name those in the mail server’s settings."
        )
        add = Record("TXT", host, record.replace("v=spf1", f"v=spf1 ip{version}:{refused[0]}", 1))
        seen.note("spf", FAIL, says, add)
        return False
    seen.note(
        "spf", PASS, f"The SPF record of {host} lets the mail server send from {', '.join(addresses[:4])}."
    )
    return True


def _addresses(server: list[str] | None, lookups: Lookups) -> list[str]:
    """What the mail server sends from: as named, else where its host is. Raises CouldNotCheck."""
    if not server:
        raise CouldNotCheck(
            "Could not check whether SPF lets the mail server send: no server is on file that we can read. Enter it under Accounts."
        )
    found = [at for each in server for at in ([each] if is_address(each) else lookups.addresses(each))]
    if not found:
        raise CouldNotCheck(f"Could not check SPF: the mail server {server[0]} has no address in the DNS.")
    return list(dict.fromkeys(found))


def _passing(record: str) -> Iterator[str]:
    """The terms that let somebody send: mechanisms without a qualifier or with +, and a redirect."""
    for term in record.lower().split()[1:]:
        plain = term.removeprefix("+")
        if re.match(r"(?:a|mx|ptr)(?:[:/]|$)|(?:include|ip4|ip6|exists):.|redirect=.", plain):
            yield plain


def _within(term: str, wanted: str) -> bool:
    name, _, host = term.partition(":") if term.startswith("include:") else term.partition("=")
    return name in ("include", "redirect") and _is_or_under(host.rstrip("."), wanted)


def _is_or_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _sound(record: str, host: str, lookups: Lookups, seen: Seen) -> bool:
    """Syntax, limits of 10 look-ups and 2 void ones, and what `all` says; False when it failed or could not be followed."""
    # 0.8 s and 45 MB to import: only a look at a domain pays.
    from checkdmarc.spf import SPFError, parse_spf_record
    from checkdmarc.utils import DNS_CACHE

    DNS_CACHE.clear()  # it outlives a check by half an hour; "check now" must ask now
    before = len(lookups.troubles)
    try:
        parsed = parse_spf_record(record, host, resolver=lookups, retries=0)
    except SPFError as wrong:
        if len(lookups.troubles) > before:
            seen.note("spf", UNKNOWN, lookups.troubles[-1])
        else:
            seen.note(
                "spf",
                FAIL,
                f"The SPF record of {host} is not sound: {str(wrong)[:300]}. Receivers treat it as an error.",
            )
        return False
    if len(lookups.troubles) > before:
        seen.note("spf", UNKNOWN, lookups.troubles[-1])
        return False
    ending = parsed["parsed"]["all"]
    if ending == "pass":
        add = Record(
            "TXT",
            host,
            record.replace("+all", "~all") if "+all" in record else " ".join(record.split()[:-1]) + " ~all",
        )
        seen.note(
            "spf",
            FAIL,
            f"The SPF record of {host} ends in +all: anybody may send in its name. End it in ~all or -all.",
            add,
        )
        return False
    if ending == "neutral":
        seen.note(
            "spf",
            WARN,
            f"The SPF record of {host} ends in ?all or in nothing, which says nothing. End it in ~all or -all.",
        )
    for warning in parsed["warnings"]:
        if "ptr" in warning:
            seen.note(
                "spf",
                WARN,
                f"The SPF record of {host} uses ptr, which is slow and no longer allowed for. Take it out.",
            )
            break
    return True
