"""DKIM keys (RFC 6376, 8463) under the selectors the sender's provider signs with."""

from __future__ import annotations

import base64
import binascii

from compliance.domains.findings import FAIL, PASS, UNKNOWN, WARN, Record, Seen
from compliance.domains.lookups import CouldNotCheck, Lookups

SHORTEST, SHORT = 1024, 2048  # bits of an RSA key: refused below the first, warned below the second


def look(domain: str, selectors: list[str], provider: str, lookups: Lookups, seen: Seen) -> None:
    """Judge the key under each selector; findings go to `seen`. No selector named is a failure: nobody could verify."""
    if not selectors:
        seen.note(
            "dkim",
            FAIL,
            f"No DKIM selector is named for {domain}. Ask the mail provider which it signs with and add it to the sender.",
        )
    for selector in selectors:
        name = f"{selector}._domainkey.{domain}"
        try:
            records = [text for text in lookups.texts(name) if "p=" in text.replace(" ", "")]
        except CouldNotCheck as why:
            seen.note("dkim", UNKNOWN, str(why))
            continue
        if len(records) != 1:
            how = "no DKIM key" if not records else f"{len(records)} DKIM keys, so receivers may use none"
            seen.note(
                "dkim",
                FAIL,
                f"{name} has {how}. It needs one: add the record that the mail provider shows.",
                _example(name, provider),
            )
            continue
        _judge(name, tags(records[0]), seen)


def _judge(name: str, found: dict[str, str], seen: Seen) -> None:
    if found.get("v", "DKIM1") != "DKIM1":
        seen.note(
            "dkim",
            FAIL,
            f"The key at {name} is of version {found['v'][:20]}, not DKIM1. Copy it anew from the mail provider.",
        )
        return
    if not found.get("p"):
        seen.note(
            "dkim",
            FAIL,
            f"The key at {name} is empty, which means withdrawn. Publish a new one with the mail provider.",
        )
        return
    kind = found.get("k", "rsa").lower()
    try:
        raw = base64.b64decode("".join(found["p"].split()), validate=True)
        bits = 256 if kind == "ed25519" and len(raw) == 32 else _rsa_bits(raw) if kind == "rsa" else 0
    except (binascii.Error, ValueError):
        bits = 0
    if not bits:
        seen.note(
            "dkim",
            FAIL,
            f"The key at {name} cannot be read. Copy the whole record anew from the mail provider.",
        )
    elif kind == "rsa" and bits < SHORTEST:
        seen.note(
            "dkim",
            FAIL,
            f"The key at {name} has {bits} bits and can be forged; at least {SHORTEST}, better {SHORT}, are needed.",
        )
    else:
        if kind == "rsa" and bits < SHORT:
            seen.note("dkim", WARN, f"The key at {name} has {bits} bits; {SHORT} are today's measure.")
        if "y" in found.get("t", "").split(":"):
            seen.note(
                "dkim",
                WARN,
                f"The key at {name} is marked as a test (t=y): receivers may ignore it. Take the mark away.",
            )
        seen.note(
            "dkim",
            PASS,
            f"{name} holds {'an Ed25519 key' if kind == 'ed25519' else f'an RSA key of {bits} bits'}.",
        )


def _rsa_bits(raw: bytes) -> int:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(raw)
    except UnsupportedAlgorithm:
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0


def tags(record: str) -> dict[str, str]:
    """The `name=value` list of a DKIM or DMARC record; the first of a repeated name counts."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def _example(name: str, provider: str) -> Record | None:
    if provider == "sendgrid":
        return Record(
            "CNAME",
            name,
            f"{name.split('.')[0]}.domainkey.u0000000.wl000.sendgrid.net (yours is shown in SendGrid, Sender Authentication)",
        )
    return None
