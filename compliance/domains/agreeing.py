"""Two name servers are asked, so that one that lies or lags decides nothing (rule DOMAIN-READY)."""

from __future__ import annotations

from django.conf import settings

from compliance.domains.findings import UNKNOWN, WARN, Seen
from compliance.domains.lookups import ALL_LOOKUPS, Lookups

PARTS = ("spf", "dkim", "dmarc", "mx")
NAMES = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC", "mx": "MX"}
ONLY_ONE = "Only one name server is asked, so nobody contradicts it. Name a second one in DNS_NAMESERVERS."


def resolvers() -> list[Lookups]:
    """The first two name servers of DNS_NAMESERVERS, else of the system, each alone; one when there is no second.

    Together they wait no longer than one would. Raises what dnspython does when there is none.
    """
    configured = list(settings.DNS_NAMESERVERS)
    if not configured:
        configured = [str(each) for each in Lookups().nameservers]
    chosen = list(dict.fromkeys(configured))[:2]
    if len(chosen) < 2:
        return [Lookups()]
    return [Lookups([each], in_all=ALL_LOOKUPS / len(chosen)) for each in chosen]


def both(first: Seen, second: Seen) -> Seen:
    """What both saw: a part that they answer differently could not be checked."""
    agreed = Seen()
    for part in PARTS:
        one, other = first.answer(part), second.answer(part)
        if one == other:
            agreed.findings += [each for each in first.findings if each.part == part]
            continue
        if UNKNOWN in (one, other):
            says = f"Could not check {NAMES[part]}: only one of the two name servers gave a usable answer."
        else:
            says = f"Could not check {NAMES[part]}: the two name servers answer differently. A change may still be on its way."
        agreed.note(part, UNKNOWN, says)
    agreed.records = dict(first.records)
    for name, values in second.records.items():
        if first.records.get(name) != values:
            agreed.records[f"{name} (second name server)"] = values
    return agreed


def alone(seen: Seen) -> Seen:
    """The answer of one, with the doubt said."""
    seen.note("mx", WARN, ONLY_ONE)
    return seen
