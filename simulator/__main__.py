"""`python -m simulator`: run until interrupted; prints one line of JSON with the ports when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from aiohttp import web

from simulator.app import application
from simulator.dns import DnsServer
from simulator.exchange import Exchange
from simulator.smtp import SmtpServer
from simulator.world import WorldError


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=int, default=8900, help="HTTP: providers, page and API; 0 picks a free one"
    )
    parser.add_argument("--dns-port", type=int, default=8953, help="DNS over UDP and TCP")
    parser.add_argument("--smtp-port", type=int, default=8925, help="mail relay")
    parser.add_argument("--world", type=Path, help="JSON file with the accounts, numbers and DNS records")
    parser.add_argument("--log", type=Path, help="file to add every call to, one JSON object a line")
    parser.add_argument(
        "--keep", type=int, default=500_000, help="accepted messages to remember (default 500000)"
    )
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    """Run until SIGTERM or SIGINT. Raises OSError for a port that is taken, WorldError for a wrong world."""
    exchange = Exchange(given.log, given.keep)
    if given.world:
        try:
            exchange.put_world(json.loads(given.world.read_text()))
        except ValueError as error:
            raise WorldError(f"{given.world}: {error}") from error
    await exchange.courier.start()
    runner = web.AppRunner(application(exchange), access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, given.host, given.port, backlog=1024)
    await site.start()
    dns, smtp = DnsServer(), SmtpServer()
    ports = {
        "port": runner.addresses[0][1],
        "dns_port": await dns.start(exchange, given.host, given.dns_port),
        "smtp_port": await smtp.start(exchange, given.host, given.smtp_port),
    }
    print(json.dumps(ports), flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await dns.close()
    await smtp.close()
    await runner.cleanup()
    await exchange.courier.close()
    exchange.log.close()


def main() -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # aiosmtpd warns at each start that sign-in without TLS is unsafe; the relay listens on loopback only.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    try:
        asyncio.run(serve(arguments()))
    except (OSError, WorldError) as error:
        print(f"The simulator cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
