"""DMARC (RFC 9989): the policy found by walking up the DNS tree, and whether sender and domain align."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.domains.dkim import tags
from compliance.domains.findings import FAIL, PASS, UNKNOWN, WARN, Record, Seen
from compliance.domains.lookups import CouldNotCheck, Lookups

POLICIES = ("none", "quarantine", "reject")
LONGEST_WALK = 8  # questions; a longer name continues at its last seven labels (RFC 9989, 4.10)


@dataclass(frozen=True)
class Policy:
    """A DMARC record at `domain`."""

    domain: str
    tags: dict[str, str]


def look(domain: str, return_paths: list[str], lookups: Lookups, seen: Seen) -> None:
    """Judge the DMARC policy that holds for mail from `domain`; findings go to `seen`."""
    try:
        found = walk(domain, lookups, seen)
        policy = applying(domain, found)
        if policy is None:
            add = Record("TXT", f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
            seen.note(
                "dmarc",
                FAIL,
                f"No DMARC record holds for {domain}: neither it nor a domain above it has exactly one.",
                add,
            )
            return
        _judge(domain, policy, seen)
        _reports(policy, lookups, seen)
        _alignment(domain, return_paths, policy, lookups, seen)
    except CouldNotCheck as why:
        seen.note("dmarc", UNKNOWN, str(why))


def walk(domain: str, lookups: Lookups, seen: Seen | None = None) -> list[Policy]:
    """The DMARC records from the domain up to its top-level domain, longest name first; ends at one that says psd=n or y.

    More than one record at a name counts as none. Raises CouldNotCheck.
    """
    found: list[Policy] = []
    for name in names_up(domain):
        records = [text for text in lookups.texts(f"_dmarc.{name}") if _is_dmarc(text)]
        if len(records) > 1 and seen is not None:
            seen.note(
                "dmarc",
                WARN,
                f"_dmarc.{name} has {len(records)} DMARC records, which counts as none. Keep one.",
            )
        if len(records) == 1:
            found.append(Policy(name, tags(records[0])))
            if found[-1].tags.get("psd", "u").lower() in {"n", "y"}:
                break
    return found


def names_up(domain: str) -> list[str]:
    """The domain and those above it, at most eight."""
    labels = domain.split(".")
    starts = list(range(len(labels)))
    if len(labels) > LONGEST_WALK:
        starts = [0, *range(len(labels) - LONGEST_WALK + 1, len(labels))]
    return [".".join(labels[start:]) for start in starts]


def organization(domain: str, found: list[Policy]) -> str:
    """The Organizational Domain by the records of a walk (RFC 9989, 4.10.2); the domain itself when there is none."""
    if not found:
        return domain
    last = found[-1]
    if last.tags.get("psd", "u").lower() == "y" and last.domain != domain:
        return ".".join(domain.split(".")[-(last.domain.count(".") + 2) :])
    return last.domain


def applying(domain: str, found: list[Policy]) -> Policy | None:
    """The record that holds for mail from `domain`: its own, else its Organizational Domain's, else the public suffix's."""
    by_name = {each.domain: each for each in found}
    return by_name.get(domain) or by_name.get(organization(domain, found)) or (found[-1] if found else None)


def _judge(domain: str, policy: Policy, seen: Seen) -> None:
    asked = policy.tags.get("p") if policy.domain == domain else policy.tags.get("sp", policy.tags.get("p"))
    word = (asked or "none").lower()
    at = f"_dmarc.{policy.domain}"
    if word not in POLICIES:
        add = Record("TXT", at, "v=DMARC1; p=none")
        seen.note(
            "dmarc",
            FAIL,
            f"The DMARC record at {at} asks for p={word[:30]}, which is no policy. Use none, quarantine or reject.",
            add,
        )
        return
    if word == "none":
        says = (
            "has no p=, so nothing is asked of receivers"
            if asked is None
            else "asks receivers to do nothing about forged mail (p=none)"
        )
        seen.note(
            "dmarc", WARN, f"The DMARC record at {at} {says}. Move to p=quarantine once reports look right."
        )
    seen.note("dmarc", PASS, f"The DMARC record at {at} holds for {domain} with p={word}.")


def _reports(policy: Policy, lookups: Lookups, seen: Seen) -> None:
    """Warn when nobody reads reports, or when the place they go to has not agreed (RFC 9990)."""
    targets = [
        each.strip().removeprefix("mailto:") for each in policy.tags.get("rua", "").split(",") if each.strip()
    ]
    if not targets:
        seen.note(
            "dmarc",
            WARN,
            f"The DMARC record of {policy.domain} names nobody to report to (rua=), so forgeries stay unseen.",
        )
    for host in sorted({each.split("!")[0].rpartition("@")[2].lower() for each in targets})[:2]:
        if (
            host
            and host != policy.domain
            and not host.endswith("." + policy.domain)
            and not policy.domain.endswith("." + host)
        ):
            name = f"{policy.domain}._report._dmarc.{host}"
            if not any(_is_dmarc(text) for text in lookups.texts(name)):
                seen.note(
                    "dmarc",
                    WARN,
                    f"{host} has not agreed to take DMARC reports for {policy.domain}, so they are not sent.",
                    Record("TXT", name, "v=DMARC1"),
                )


def _alignment(domain: str, return_paths: list[str], policy: Policy, lookups: Lookups, seen: Seen) -> None:
    """The return path must align for SPF to count. The DKIM keys stand under the From domain itself, so DKIM aligns."""
    for host in return_paths:
        if host == domain:
            continue
        if policy.tags.get("aspf", "r").lower() == "s":
            seen.note(
                "dmarc",
                WARN,
                f"The policy asks for strict alignment (aspf=s), but the return path is {host}: only DKIM counts.",
            )
            continue
        by_tree = organization(domain, walk(domain, lookups)) == organization(host, walk(host, lookups))
        from checkdmarc.utils import get_base_domain

        by_list = get_base_domain(domain) == get_base_domain(host)
        if not by_tree and not by_list:
            seen.note(
                "dmarc",
                WARN,
                f"The return path {host} does not align with {domain}: SPF does not count, only DKIM does.",
            )
        elif by_tree != by_list:
            seen.note(
                "dmarc",
                WARN,
                f"Old and new receivers disagree whether the return path {host} aligns with {domain} (RFC 7489, 9989).",
            )


def _is_dmarc(text: str) -> bool:
    first, _, _ = text.partition(";")
    name, _, value = first.partition("=")
    return name.strip().lower() == "v" and value.strip() == "DMARC1"
