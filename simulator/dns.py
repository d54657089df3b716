"""DNS for the records of the world, over UDP and TCP."""

from __future__ import annotations

import asyncio
import struct
from typing import cast

import dnslib
from dnslib import CLASS, QTYPE, RCODE, RR, DNSRecord

from simulator.exchange import Exchange

TTL = 60
LARGEST_STRING = 255  # bytes of one character-string in a TXT record
PLAIN_UDP = 512
# Instead of a record a name may have one of these: the answer itself goes wrong.
FAILURES = {"SERVFAIL": RCODE.SERVFAIL, "REFUSED": RCODE.REFUSED, "TIMEOUT": None}


def answer(exchange: Exchange, packet: bytes) -> DNSRecord | None:
    """The answer to a query; None when there is to be none. Raises DNSError on a packet that is no query."""
    query = DNSRecord.parse(packet)
    reply = query.reply(ra=0, aa=1)
    name = str(query.q.qname).rstrip(".").lower()
    kind = QTYPE.get(query.q.qtype, str(query.q.qtype))
    zone = exchange.world.dns
    faults = exchange.faults
    if faults.touches("dns", faults.provider == "dns"):
        if faults.hits("dropped"):
            return None
        if faults.hits("status_500"):
            reply.header.rcode = RCODE.SERVFAIL
            return reply
    failure = next((record[0] for record in zone.get(name, []) if record[0] in FAILURES), None)
    if failure:
        if FAILURES[failure] is None:
            return None
        reply.header.rcode = FAILURES[failure]
        return reply
    if not _exists(zone, name):
        reply.header.rcode = RCODE.NXDOMAIN
        return reply
    _answer_from(zone, name, kind, reply)
    return reply


def _exists(zone: dict[str, list[list[str]]], name: str) -> bool:
    """Whether a name has records, or names below it that have (RFC 8020)."""
    return name in zone or any(known.endswith(f".{name}") for known in zone)


def _answer_from(zone: dict[str, list[list[str]]], name: str, kind: str, reply: DNSRecord) -> None:
    """Add the records of a name, following aliases as far as they stay in the world."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        alias = None
        for record_type, value in zone.get(name, []):
            if record_type == kind or kind == "ANY":
                reply.add_answer(_record(name, record_type, value))
            elif record_type == "CNAME":
                reply.add_answer(_record(name, record_type, value))
                alias = value.rstrip(".").lower()
        if alias is None:
            return
        name = alias


def _record(name: str, kind: str, value: str) -> RR:
    if kind == "TXT":
        raw = value.encode()
        strings = [raw[at : at + LARGEST_STRING] for at in range(0, len(raw), LARGEST_STRING)] or [b""]
        data: dnslib.RD = dnslib.TXT(strings)
    elif kind == "MX":
        preference, _, host = value.partition(" ")
        data = dnslib.MX(host.strip(), int(preference))
    elif kind in ("CNAME", "NS", "PTR", "A", "AAAA"):
        data = getattr(dnslib, kind)(value)
    else:
        return RR.fromZone(f"{name}. {TTL} IN {kind} {value}")[0]
    return RR(name, getattr(QTYPE, kind), CLASS.IN, TTL, data)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        try:
            reply = answer(self.exchange, data)
        except dnslib.DNSError:
            return
        if reply is None:
            return
        packed = reply.pack()
        if len(packed) > _room(data):
            # The question must be repeated, or resolvers take the answer for somebody else's.
            reply.rr.clear()
            reply.header.tc = 1
            packed = reply.pack()
        self.transport.sendto(packed, address)


def _room(packet: bytes) -> int:
    """How large an answer the asker takes over UDP (EDNS says it in the class of the OPT record)."""
    options = [record for record in DNSRecord.parse(packet).ar if record.rtype == QTYPE.OPT]
    return max(PLAIN_UDP, options[0].rclass) if options else PLAIN_UDP


async def _stream(exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            reply = answer(exchange, await reader.readexactly(length))
            if reply is None:
                break
            packed = reply.pack()
            writer.write(struct.pack("!H", len(packed)) + packed)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, dnslib.DNSError):
        pass
    finally:
        writer.close()


class DnsServer:
    """Listens on one port for both UDP and TCP."""

    async def start(self, exchange: Exchange, host: str, port: int) -> int:
        """Returns the port, which the system picks when 0 is given. Raises OSError when it is taken."""
        loop = asyncio.get_running_loop()
        self._stream = await asyncio.start_server(lambda r, w: _stream(exchange, r, w), host, port)
        taken: int = self._stream.sockets[0].getsockname()[1]
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(exchange), local_addr=(host, taken)
        )
        return taken

    async def close(self) -> None:
        self._datagrams.close()
        self._stream.close()
