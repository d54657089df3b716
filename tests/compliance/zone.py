"""A name server on loopback that answers from a table, and can be told to fail."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dnslib
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dnslib.server import BaseResolver, DNSLogger, DNSServer

SILENT, SERVFAIL = "silent", "servfail"


def dkim_key(bits: int) -> str:
    """The value of a DKIM record with a fresh RSA key."""
    public = rsa.generate_private_key(65537, bits).public_key() if bits >= 1024 else None
    if public is None:
        # The library makes no key this short; this modulus is 512 bits of nothing in particular.
        public = rsa.RSAPublicNumbers(65537, (1 << 511) | 12345679).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


class Zone(BaseResolver):  # type: ignore[misc]
    """`records`: {(name, type): [values]}; `broken`: {name: SILENT or SERVFAIL}."""

    def __init__(self, records: dict[tuple[str, str], list[str]]) -> None:
        self.records = records
        self.broken: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []

    def resolve(self, request: Any, handler: Any) -> Any:
        name, kind = str(request.q.qname).rstrip(".").lower(), dnslib.QTYPE[request.q.qtype]
        self.asked.append((name, kind))
        reply = request.reply()
        how = self.broken.get(name) or self.broken.get("*")
        if how == SILENT:
            time.sleep(2)
        if how:
            reply.header.rcode = dnslib.RCODE.SERVFAIL
            return reply
        rows = self.records.get((name, kind), [])
        for value in rows:
            reply.add_answer(*dnslib.RR.fromZone(f"{name}. 60 IN {kind} {_shown(kind, value)}"))
        if not rows:
            for alias in self.records.get((name, "CNAME"), []):
                reply.add_answer(*dnslib.RR.fromZone(f"{name}. 60 IN CNAME {alias}."))
        if not reply.rr and not any(each == name or each.endswith("." + name) for each, _ in self.records):
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        return reply


def _shown(kind: str, value: str) -> str:
    if kind != "TXT":
        return value
    return " ".join(f'"{value[at : at + 250]}"' for at in range(0, len(value), 250))


def _one_port(zone: Zone, logger: DNSLogger) -> tuple[DNSServer, DNSServer]:
    """Both on the same port. One that is free for TCP may be somebody's for UDP: then another."""
    for _ in range(20):
        tcp = DNSServer(zone, address="127.0.0.1", port=0, tcp=True, logger=logger)
        try:
            port = tcp.server.server_address[1]
            return tcp, DNSServer(zone, address="127.0.0.1", port=port, logger=logger)
        except OSError:
            tcp.server.server_close()
    raise OSError("No port is free for both.")


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """The address (`host:port`) of a server for the zone, UDP and TCP."""
    quiet = DNSLogger(log="", prefix=False)
    quiet.logf = lambda *_: None
    tcp, udp = _one_port(zone, quiet)
    port = tcp.server.server_address[1]
    for each in (udp, tcp):
        each.server.handle_error = lambda *_: None  # somebody who no longer waits for the answer
    udp.start_thread()
    tcp.start_thread()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        for server in (udp, tcp):
            server.stop()
            server.server.server_close()
